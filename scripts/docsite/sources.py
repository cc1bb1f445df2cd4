"""What the site is made from, as a digest, so that a site that is up to date is not built again."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from docsite.pages import ADOPTED, DOCS, ROOT

PACKAGE = ROOT / "src/onepin"
MADE_FROM = ".made-from"
"""The file of the site that holds the digest."""


def digest() -> str:
    """Of the names and contents of the pages, the package (its code and the OpenAPI document) and the generator."""
    found = hashlib.sha256()
    for path in sorted({*_files(), *ADOPTED.values()}):
        found.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def is_current(folder: Path) -> bool:
    """Whether the site in ``folder`` was made from what there is now."""
    try:
        return (folder / MADE_FROM).read_text("ascii") == digest()
    except FileNotFoundError:
        return False


def _files() -> Iterator[Path]:
    yield from (path for path in DOCS.rglob("*") if path.is_file())
    yield from (path for path in Path(__file__).parent.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    yield from (path for path in PACKAGE.rglob("*.py"))
    yield PACKAGE / "contract/openapi.json"

"""``python -m docsite [FOLDER]``: build the site, say how many pages it has.

``python -m docsite --beside-server`` builds it only where it is not what its sources would give, at a low priority, and
says nothing unless it can't.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docsite.pages import ROOT, SiteError
from docsite.sources import is_current

OUTPUT = ROOT / "src/onepin/documentation"
BESIDE = "--beside-server"


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0 built, 1 something in a page has to be mended, 2 wrong usage."""
    beside = arguments == [BESIDE]
    if not beside and (len(arguments) > 1 or (arguments and arguments[0].startswith("-"))):
        print(f"usage: scripts/docs [FOLDER]     builds the site, into {OUTPUT} unless told where", file=sys.stderr)
        return 2
    folder = Path(arguments[0]) if arguments and not beside else OUTPUT
    try:
        with _alone():
            if beside and is_current(folder):
                return 0
            said = _build(folder, polite=beside)
    except (SiteError, OSError, ImportError) as error:
        way = "; /docs says so. After mending it: scripts/docs" if beside else ""
        print(f"onepin: the documentation was not built: {error}{way}", file=sys.stderr)
        return 1
    if not beside:
        print(said)
    return 0


def _build(folder: Path, *, polite: bool) -> str:
    if polite:
        os.nice(10)
    begun = time.monotonic()
    from docsite.build import build  # takes longer to import than it takes to see that there is nothing to do

    number = build(folder)
    return f"{number} pages in {folder} ({time.monotonic() - begun:.1f} s); `onepin serve` shows them at /docs."


@contextmanager
def _alone() -> Iterator[None]:
    """Keeps two builds in one checkout apart, such as those of two servers that start at once."""
    path = ROOT / ".cache" / "documentation.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

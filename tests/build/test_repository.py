"""What the repository may hold, and what it must say."""

import re
import subprocess
from pathlib import Path

import pytest

import onepin
from docsite.build import collect
from docsite.pages import DOCS
from programs import ROOT

# Written so that this file does not match itself.
REGISTRIES = r"py[p]i\.org|python[h]osted\.org|registry\.n[p]mjs|crates\.[i]o|proxy\.gol[a]ng|deb\.deb[i]an\.org"
MACHINES = r"(?<![\w.])/(w[o]rk|r[o]ot|h[o]me/\w+|Us[e]rs/\w+|opt/wh[e]els|tmp/bash[_]jobs)(/|\b)"


def committed() -> list[Path]:
    """Every file that git has or would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("words", [REGISTRIES, MACHINES], ids=["registries", "machines"])
def test_no_file_names_a_package_registry_or_a_path_of_a_machine(words: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in committed()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if re.search(words, line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text", ["https://py" + "pi.org/simple", "files.python" + "hosted.org", "registry.n" + "pmjs.com"]
)
def test_a_registry_would_be_found(text: str) -> None:
    assert re.search(REGISTRIES, text)


@pytest.mark.parametrize("text", ["see /wo" + "rk/main", "/ro" + "ot/x", "'/ho" + "me/ann/y'", "/Us" + "ers/ann"])
def test_a_path_of_a_machine_would_be_found(text: str) -> None:
    assert re.search(MACHINES, text)


def test_no_document_installs_the_other_package() -> None:
    """Otherwise a reader would install the hosted service's client and run it in place of this service."""
    wrong = re.compile(r"(pip|uv|pipx|uvx|poetry)[a-z ]* (install|add|run)[^\n]* ['\"]?onepin(?![\w-])")
    texts = [path for path in committed() if path.suffix in {".md", ".html"} or path.name == "page.py"]
    assert len(texts) > 5
    assert [path.name for path in texts if wrong.search(path.read_text("utf-8"))] == []


def test_the_version_is_the_changelogs_newest_or_is_still_to_come() -> None:
    released = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert not released or released[0] == onepin.__version__


def generated(path: Path) -> bool:
    """Whether ``path`` is where the site has a page that nobody wrote."""
    slugs = {page.slug for page in collect() if page.source is None}
    return path.resolve().is_relative_to(DOCS) and path.resolve().relative_to(DOCS).with_suffix("").as_posix() in slugs


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)} → {target}"
        for path in committed()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
        if not (path.parent / target).exists() and not generated(path.parent / target)
    ]
    assert broken == []


def test_the_drawn_tree_is_the_real_one() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    tree = text.split("## The tree")[1].split("```")[1]
    folders: list[str] = []
    for line in tree.splitlines():
        if found := re.match(r"([│ ]*)[├└]── (\S+)", line):
            folders[len(found[1]) // 4 :] = [found[2]]
            assert (ROOT / Path(*folders)).exists(), line
    for path in (ROOT / "src" / "onepin" / "server").iterdir():
        if path.name not in {"__init__.py", "__pycache__"} and (path.suffix == ".py" or path.is_dir()):
            assert path.name in tree, f"{path.name} has no place in the drawing"


def test_every_module_that_the_drawing_names_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    server = ROOT / "src" / "onepin" / "server"
    for name in set(re.findall(r"(?:edge|identity|keys|store)/[\w/]+\.py", text)):
        assert (server / name).exists(), name

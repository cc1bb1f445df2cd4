"""What ``scripts/serve`` starts beside the server: the site is built where it has to be, silently."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docsite.pages import ADOPTED
from programs import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone, as far as the site is made from it; it has no site."""
    made = tmp_path / "clone"
    left_out = shutil.ignore_patterns("__pycache__", "documentation", "node_modules")
    for folder in ("docs", "src", "scripts/docsite"):
        shutil.copytree(ROOT / folder, made / folder, ignore=left_out)
    for path in ADOPTED.values():
        shutil.copy(path, made)
    return made


def beside_server(clone: Path) -> "subprocess.CompletedProcess[str]":
    """As ``scripts/serve`` does it."""
    command = [sys.executable, "-m", "docsite", "--beside-server"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env["PYTHONPATH"] = f"{clone / 'scripts'}{os.pathsep}{clone / 'src'}"
    return subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, timeout=60, check=False)


def test_the_site_is_built_once_again_when_a_page_changes_and_kept_when_it_can_not_be(clone: Path) -> None:
    site, page = clone / "src/onepin/documentation", clone / "docs/get-started/introduction.md"

    def ran() -> tuple[int, str, str]:
        done = beside_server(clone)
        return done.returncode, done.stdout, done.stderr

    assert ran() == (0, "", "")
    assert (site / "docs.html").exists()
    first = site.stat().st_ino
    assert ran() == (0, "", "")
    assert site.stat().st_ino == first
    page.write_text(page.read_text("utf-8").replace("# Introduction", "# What it is"), "utf-8")
    assert ran() == (0, "", "")
    assert "<h1>What it is</h1>" in (site / "docs/get-started/introduction.html").read_text("utf-8")
    page.write_text("# Introduction\n\nSee [nothing](nothing.md).\n", "utf-8")
    status, said, wrong = ran()
    assert (status, said) == (1, "")
    assert wrong.startswith("onepin: the documentation was not built: ")
    assert "nothing.md, which is no page" in wrong
    assert len(wrong.splitlines()) == 1
    assert "<h1>What it is</h1>" in (site / "docs/get-started/introduction.html").read_text("utf-8")


def test_a_folder_that_can_not_be_written_is_told(clone: Path) -> None:
    (clone / ".cache").write_text("a file where a folder has to be")
    done = beside_server(clone)
    assert done.returncode == 1
    assert done.stderr.startswith("onepin: the documentation was not built: ")
    assert len(done.stderr.splitlines()) == 1

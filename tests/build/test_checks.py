"""scripts/check finds what it promises to find."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import checks
from programs import ROOT

GOOD = """# Changelog

## [Unreleased]

### Added

- Something.

## [1.10.0] - 2026-02-01

### Fixed

- Something else.

## [1.9.0] - 2026-01-01 [YANKED]

- Nothing much.
"""


def test_a_well_kept_changelog_passes() -> None:
    assert checks.changelog_problems(GOOD, "1.10.0") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# Changelog\n", "# History\n", "first line"),
        ("### Added", "### New", "'New' is none of"),
        ("- 2026-02-01", "- 1.2.2026", "line 9"),
        ("1.10.0", "1.8.0", "newest version"),
        ("- Something else.\n", "", "1.10.0 has no entry"),
        ("[Unreleased]", "[1.8.0] - 2025-01-01", "newest version"),
    ],
)
def test_a_changelog_that_went_wrong_is_told(old: str, new: str, problem: str) -> None:
    found = checks.changelog_problems(GOOD.replace(old, new, 1), "1.10.0")
    assert problem in "\n".join(found)


def test_a_version_without_entry_is_told() -> None:
    text = GOOD.replace("- Something.\n", "")
    assert checks.changelog_problems(text, "2.0.0") == ["neither Unreleased nor 2.0.0 has an entry"]


def test_the_locks_are_clean() -> None:
    assert checks.locks() == []


def test_a_lock_that_names_an_address_is_told() -> None:
    """Otherwise a lock could send every installation to somebody else's packages."""
    for line in (
        "--index-url https://example.com/simple",
        "dep @ https://example.com/dep.whl",
        "    # https://x.example",
    ):
        assert checks.lock_problems(f"{line}\n", [])


def test_a_pin_without_hash_or_outside_the_wanted_range_is_told() -> None:
    assert checks.lock_problems("dep==1.0\n", [])
    lock = f"dep-name==1.0 \\\n    --hash=sha256:{'0' * 64}\n    # via other\n"
    assert checks.lock_problems(lock, ["Dep.Name>=1,<2"]) == []
    assert "1.0 is pinned" in checks.lock_problems(lock, ["dep-name>=2"])[0]
    assert "nothing is pinned" in checks.lock_problems(lock, ["other"])[0]


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("server/store/tables.py", "import onepin.server.keys.service"),
        ("server/audit.py", "from fastapi import Request"),
        ("server/keys/service.py", "import asyncpg"),
        ("server/access.py", "import jwt"),
        ("contract/scopes.py", "import onepin.server.errors"),
        ("contract/scopes.py", "import httpx"),
        ("server/newcomer.py", ""),
    ],
)
def test_an_import_against_the_flow_is_told(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "src" / "onepin", tmp_path / "onepin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "onepin" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert re.search(r"kept, [1-9] broken", done.stdout)  # what everybody imports breaks several
    assert Path(module).stem in done.stdout


def test_check_reports_a_step_in_a_line_and_fails_with_it() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "checks.py"), "changelog", "locks"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["ok", "changelog"], ["ok", "locks"]]
    unknown = subprocess.run([*command, "poetry"], capture_output=True, text=True, check=False)
    assert unknown.returncode == 2
    assert "no step 'poetry'" in unknown.stderr

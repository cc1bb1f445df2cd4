"""Programs that tests need and PyPI does not have."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LISTED = ROOT / "requirements" / "debian.txt"


def need_program(program: str, package: str | None = None) -> Path:
    """The path of ``program``; where it is absent the test is skipped, or fails when CI is 1 or true.

    ``package`` is the Debian package it comes in, by default one of the same name; it has to stand in
    requirements/debian.txt, from which scripts/system-packages installs.
    """
    package = package or program
    if package not in LISTED.read_text("utf-8").splitlines():
        pytest.fail(f"{package} is not listed in requirements/debian.txt")
    if found := shutil.which(program):
        return Path(found)
    absent = f"{program} is not here: apt-get install {package} (scripts/system-packages does it)"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(absent)
    pytest.skip(absent)

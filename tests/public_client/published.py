"""The published client in an environment of its own, since it has our import name.

Each release is installed once, from ``requirements-<version>.txt`` with hashes, into ``.cache/public-client``, and
found there by every later run. To renew such a file:
``uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url``.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server_process import clean_environment

WITH_API_KEYS = "0.7.1"
"""The last release that has ``api_keys``."""
NEWEST = "0.16.1"
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".cache" / "public-client"
WRONG_PACKAGE = "DO NOT MATCH THE HASHES"


class CannotInstall(Exception):
    """The packages could not be fetched; the text has pip's reason."""


def environment(version: str, tell: Callable[[str], None]) -> Path:
    """The folder with the commands (``python``, ``onepin``) of the environment that has ``onepin==version``.

    Args:
        version: One of the releases that have a requirements file here.
        tell: Gets a line when a first installation begins and when it ends.

    Raises:
        CannotInstall: pip did not get what it needs; what it got instead of a pinned package is an AssertionError.
    """
    lock = HERE / f"requirements-{version}.txt"
    folder = FOLDER / f"{version}-python{sys.version_info.major}.{sys.version_info.minor}"
    wanted = "\n".join([str(folder), sys.version, sys.base_prefix, lock.read_text("utf-8")])
    stamp = folder / "installed"
    with _alone(folder):
        if not (stamp.exists() and stamp.read_text("utf-8") == wanted):
            tell(f"Setting up onepin {version} in {folder.relative_to(ROOT)}; this happens once …")
            begun = time.monotonic()
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, lock)
            stamp.write_text(wanted, "utf-8")
            tell(f"… done after {time.monotonic() - begun:.0f} s.")
    return folder / "bin"


def environment_or_skip(version: str, tell: Callable[[str], None]) -> Path:
    """As ``environment``; where the packages can't be had the test is skipped, or fails when CI is 1 or true."""
    try:
        return environment(version, tell)
    except CannotInstall as error:
        absent = f"onepin {version} can't be installed from the package index: {error}"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(absent)
        pytest.skip(absent)


def client_environment(home: Path) -> dict[str, str]:
    """The environment variables in which the published client runs: a home of its own, no proxy, no settings."""
    lacking = {"http_proxy", "https_proxy", "all_proxy", "no_color", "force_color", "columns"}
    kept = {name: value for name, value in clean_environment().items() if name.lower() not in lacking}
    return kept | {"HOME": str(home), "NO_PROXY": "127.0.0.1", "COLUMNS": "200", "TERM": "dumb"}


def _install(folder: Path, lock: Path) -> None:
    # Without what would undo the lock: constraints and --user; where packages come from stays as the user set it.
    env = clean_environment() | {"PIP_CONSTRAINT": os.devnull, "PIP_USER": "0", "PIP_RETRIES": "2"}
    subprocess.run([sys.executable, "-I", "-m", "venv", folder], check=True, capture_output=True, env=env)
    pip = [str(folder / "bin" / "python"), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check", "install"]
    exactly = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement", str(lock)]
    done = subprocess.run([*pip, *exactly], check=False, capture_output=True, text=True, env=env)
    if done.returncode:
        said = done.stdout + done.stderr
        assert WRONG_PACKAGE not in said, said[said.find(WRONG_PACKAGE) :]
        raise CannotInstall("; ".join(re.findall(r"^ERROR: (.+)", said, re.MULTILINE)) or said[-500:])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps two workers from making the same environment; the system drops the lock of a process that dies."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{folder}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

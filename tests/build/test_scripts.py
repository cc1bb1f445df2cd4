"""Scripts are short, plain POSIX sh, and say what to do when something is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

import programs

ROOT = programs.ROOT
SCRIPTS = [path for path in sorted((ROOT / "scripts").iterdir()) if path.is_file() and not path.suffix]
RUNNABLE = [path for path in SCRIPTS if path.name != "environment"] + [ROOT / ".ci" / "run"]


def named(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", RUNNABLE, ids=named)
def test_a_script_is_short_and_can_be_run(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 25
    assert lines[0] == "#!/bin/sh"
    assert lines[1].startswith("# ")
    assert "set -eu" in lines
    assert path.stat().st_mode & 0o111 == 0o111


@pytest.mark.parametrize("path", [*RUNNABLE, ROOT / "scripts" / "environment"], ids=named)
def test_a_script_is_valid_sh(path: Path) -> None:
    assert subprocess.run(["sh", "-n", path], capture_output=True, check=False).stderr == b""


def test_every_promised_script_is_there() -> None:
    promised = {"serve", "test", "check", "onepin", "openapi", "bench", "lock", "system-packages"}
    assert promised <= {path.name for path in RUNNABLE}


def test_a_missing_program_skips_with_the_apt_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install strace"):
        programs.need_program("strace")


@pytest.mark.parametrize("value", ["1", "true", "True"])
def test_a_missing_program_fails_under_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.fail.Exception, match="apt-get install strace"):
        programs.need_program("strace")


def test_a_program_whose_package_is_not_listed_fails_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.fail.Exception, match=r"requirements/debian\.txt"):
        programs.need_program("sh", "dash-of-another-name")


def stand_ins(folder: Path, **texts: str) -> str:
    """A PATH whose first folder holds these programs."""
    for name, text in texts.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.parametrize(("uid", "sudo"), [("0", ""), ("1000", "sudo ")])
def test_system_packages_installs_what_is_missing(tmp_path: Path, uid: str, sudo: str) -> None:
    calls = tmp_path / "calls"
    note = f'echo "$(basename "$0") $*" >> {calls}'
    path = stand_ins(
        tmp_path, dpkg_query="exit 1", id=f"echo {uid}", apt_get=note, sudo=note, env=f'shift 2; {note}; "$@"'
    )
    subprocess.run([ROOT / "scripts" / "system-packages"], env={"PATH": path}, check=True, capture_output=True)
    asked = calls.read_text("utf-8")
    assert f"{'sudo ' if sudo else ''}apt-get update" in asked
    assert "install -y" in asked
    assert "strace" in asked


def test_system_packages_does_nothing_when_all_are_there(tmp_path: Path) -> None:
    path = stand_ins(tmp_path, dpkg_query="echo install ok installed", apt_get="exit 9", sudo="exit 9")
    done = subprocess.run([ROOT / "scripts" / "system-packages"], env={"PATH": path}, check=True, capture_output=True)
    assert done.stdout + done.stderr == b""


def test_these_tests_are_among_those_that_run_by_default() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-k", "test_scripts"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "tests/build/test_scripts.py" in listed.stdout

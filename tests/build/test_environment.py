"""The scripts set up their environment by themselves, whatever happened before."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from checkout import Checkout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose first run is over."""
    checkout = Checkout.make(tmp_path_factory.mktemp("made"))
    first = checkout.run("onepin", "first run")
    assert first.returncode == 0, first.stderr
    assert first.stdout == "1.0|first run\n"
    assert "[1/1] " in first.stderr
    return checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path)


def test_nothing_is_done_when_nothing_changed(made: Checkout) -> None:
    made.run()
    durations = []
    for _ in range(5):
        begun = time.perf_counter()
        again = made.run("onepin", "token", "--user", "a b")
        durations.append(time.perf_counter() - begun)
        assert (again.stdout.split("|", 1)[1], again.stderr) == ("token|--user|a b\n", "")
    assert min(durations) < 0.2


def test_a_script_is_found_through_a_link(made: Checkout, tmp_path: Path) -> None:
    made.run()
    (tmp_path / "once").symlink_to(made.root / "scripts" / "onepin")
    (made.root / "scripts" / "twice").symlink_to(tmp_path / "once")
    assert made.run("twice", "linked").stdout.endswith("|linked\n")


def test_a_changed_lock_is_installed(made: Checkout) -> None:
    made.lock("2.0")
    changed = made.run()
    assert changed.stdout == "2.0\n"
    assert "up to date" in changed.stderr
    assert made.run().stderr == ""


def test_tools_come_when_a_script_needs_them_and_serve_goes_on_with_them(made: Checkout) -> None:
    made.run()
    assert not (made.root / ".venv" / "installed-dev").exists()
    made.run("check")  # the step itself finds nothing to check here
    assert (made.root / ".venv" / "installed-dev").exists()
    served = made.run("serve", "--port", "0")
    assert served.stdout.endswith("|serve|--port|0\n")
    assert served.stderr == ""


def test_serve_builds_the_documentation_and_goes_on_without_it_where_that_fails(made: Checkout) -> None:
    docsite = made.root / "scripts" / "docsite"
    (docsite / "asked").unlink(missing_ok=True)
    made.run("serve")
    assert (docsite / "asked").read_text() == "--beside-server"
    (docsite / "broken").touch()
    served = made.run("serve", "--port", "0")
    (docsite / "broken").unlink()
    assert (served.returncode, served.stdout.partition("|")[2]) == (0, "serve|--port|0\n")
    assert served.stderr == "the documentation was not built: a reason\n"


def test_bench_lists_what_there_is_and_runs_one(made: Checkout) -> None:
    benchmarks = made.root / "benchmarks"
    benchmarks.mkdir()
    (benchmarks / "create.py").write_text('"""How fast keys are made."""\nimport sys\nprint(sys.argv[1:])\n', "utf-8")
    listed = made.run("bench")
    assert listed.returncode == 2
    assert listed.stderr.rstrip().endswith("create     How fast keys are made.")
    assert made.run("bench", "nothing").returncode == 2
    assert made.run("bench", "create", "--clients", "1").stdout == "['--clients', '1']\n"


def test_settings_of_the_users_pip_do_not_undo_the_lock(made: Checkout, tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text("dep==0.1\n", "utf-8")
    (tmp_path / "pip.conf").write_text(
        f"[global]\nconstraint = {tmp_path / 'constraints.txt'}\nuser = true\n[install]\nno-binary = :all:\n", "utf-8"
    )
    made.lock("3.0")
    made.variables = {
        "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
        "PIP_CONSTRAINT": str(tmp_path / "constraints.txt"),
        "PIP_TARGET": str(tmp_path / "elsewhere"),
        "PIP_REQUIRE_HASHES": "1",
        "PIP_NO_BINARY": ":all:",
        "PYTHONPATH": str(tmp_path),
    }
    changed = made.run()
    made.variables = {}
    assert changed.stdout == "3.0\n", changed.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_a_package_that_is_not_the_locked_one_is_refused(made: Checkout) -> None:
    """Otherwise whoever stands between this machine and the registry could run code here."""
    wheel = made.lock("4.0")
    wheel.write_bytes(made.lock("4.1").read_bytes())
    made.lock("4.0")
    lock = made.root / "requirements" / "server.txt"
    lock.write_text(lock.read_text("utf-8").replace("sha256:", "sha256:0000")[:-5] + "\n", "utf-8")
    refused = made.run()
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "DO NOT MATCH THE HASHES" in refused.stderr
    made.lock("4.1")
    assert made.run().stdout == "4.1\n"


def test_a_killed_set_up_is_made_anew_once_by_two_runs_at_once(checkout: Checkout) -> None:
    killed = checkout.start()
    while not (checkout.root / ".venv" / "bin" / "python").exists():
        assert killed.poll() is None
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert (checkout.root / ".venv" / "unfinished").exists()
    runs = [checkout.start("onepin", name) for name in ("one", "other")]
    ends = [run.communicate(timeout=120) for run in runs]
    assert [out for out, _ in ends] == ["1.0|one\n", "1.0|other\n"]
    assert sum("Setting up" in err for _, err in ends) == 1
    assert not (checkout.root / ".venv" / "unfinished").exists()
    assert checkout.run().stderr == ""


def test_a_copied_or_moved_checkout_sets_itself_up_again(made: Checkout, tmp_path: Path) -> None:
    made.run()
    shutil.copytree(made.root, tmp_path / "moved", symlinks=True)
    moved = Checkout(tmp_path / "moved", made.home, made.wheels).run("onepin", "moved")
    assert moved.stdout.endswith("|moved\n"), moved.stderr
    assert "Setting up" in moved.stderr


@pytest.fixture
def bare(checkout: Checkout, tmp_path: Path) -> Path:
    """A PATH with what every system has, to which a test adds its own python3."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "cmp", "dirname", "grep", "id", "readlink"):
        (programs / name).symlink_to(str(shutil.which(name)))
    checkout.variables = {"PATH": str(programs)}
    return programs


def stand_in(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


def test_an_old_python_is_told_apart_and_one_command_mends_it(checkout: Checkout, bare: Path) -> None:
    stand_in(bare / "python3", 'case "$1" in -V) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    stand_in(bare / "apt-get", "exit 1")
    stand_in(bare / "apt-cache", '[ "$2" = python3.12-venv ] && echo "Package: python3.12-venv"')
    told = checkout.run()
    assert told.returncode == 1
    assert "onepin needs Python 3.11 or newer; this is Python 3.9.2." in told.stderr
    assert told.stderr.rstrip().endswith("apt install python3.12-venv")


def test_no_python_is_told(checkout: Checkout, bare: Path) -> None:
    told = checkout.run()
    assert told.returncode == 1
    assert "there is no python3 here" in told.stderr


def test_a_newer_python_beside_an_old_one_is_taken(checkout: Checkout, bare: Path) -> None:
    stand_in(bare / "python3", "exit 1")
    stand_in(bare / "python3.13", 'case "$*" in *environment.py*) echo taken "$3" >&2; exit 7 ;; esac')
    told = checkout.run()
    assert (told.returncode, told.stderr) == (7, "taken server\n")


def test_a_python_without_venv_is_told_and_one_command_mends_it(checkout: Checkout, bare: Path) -> None:
    real = Path(sys.executable).resolve()
    stand_in(bare / "python3", f'case "$*" in *ensurepip*) exit 1 ;; *) exec "{real}" "$@" ;; esac')
    stand_in(bare / "apt-get", "exit 1")
    stand_in(bare / "apt-cache", 'echo "Package: $2"')
    told = checkout.run()
    assert told.returncode == 1
    assert "its venv package is missing" in told.stderr
    assert told.stderr.rstrip().endswith("apt install python3-venv")

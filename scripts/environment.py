"""Makes the checkout's virtual environment hold one locked set: ``environment.py server`` or ``environment.py dev``.

Called by ``scripts/environment`` when that finds something changed. Standard library only. Progress goes to standard
error, so that a script's own output stays clean.

A set is installed from its lock with hashes, wheels only, then the project itself, editable, without dependencies.
``.venv/installed-<set>`` says what was installed and is written last; ``.venv/unfinished`` exists while an installation
runs, so that a killed one is made anew. One file lock keeps two runs apart.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"
COVERS = {"server": ("server",), "dev": ("server", "dev")}
# Of pip's settings in the environment, those that say where packages come from; the others could undo the lock.
NETWORK = re.compile(
    r"PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|TIMEOUT|DEFAULT_TIMEOUT"
    r"|RETRIES|CACHE_DIR|NO_CACHE_DIR|CONFIG_FILE|KEYRING_PROVIDER)"
)


def stamp(wanted: str) -> bytes:
    """What ``.venv/installed-<set>`` holds: folder, Python, pyproject.toml and lock; ``scripts/environment`` agrees."""
    version = subprocess.run([PYTHON, "-V"], check=True, capture_output=True).stdout
    lock = ROOT / "requirements" / f"{wanted}.txt"
    return b"%s\n%s%s%s" % (os.fsencode(ROOT), version, (ROOT / "pyproject.toml").read_bytes(), lock.read_bytes())


def current(wanted: str) -> bool:
    """Whether the set is installed already."""
    try:
        return (VENV / f"installed-{wanted}").read_bytes() == stamp(wanted)
    except (OSError, subprocess.CalledProcessError):
        return False


def usable() -> bool:
    """Whether the environment there is can be built upon: finished, not moved, its Python and pip in working order."""
    if UNFINISHED.exists():
        return False
    for written in VENV.glob("installed-*"):
        if not written.read_bytes().startswith(os.fsencode(ROOT) + b"\n"):
            return False
    probe = [str(PYTHON), "-I", "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(probe, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def make_anew() -> None:
    """Replaces whatever is at ``.venv`` by an empty environment, marked as unfinished."""
    old = VENV.with_name(".venv-old")
    shutil.rmtree(old, ignore_errors=True)
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        VENV.rename(old)
        shutil.rmtree(old, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    subprocess.run([sys.executable, "-I", "-m", "venv", VENV], check=True, stdout=sys.stderr)


def pip(*arguments: str) -> list[str]:
    """A pip command line of the environment's own."""
    return [str(PYTHON), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check", "install", *arguments]


def pip_environment() -> dict[str, str]:
    """The caller's variables less those that could undo the lock (constraints, targets, --user, Python's own)."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON")) or NETWORK.fullmatch(k)}
    # These two may stand in a configuration file too, which only a variable overrides.
    return kept | {"PIP_CONSTRAINT": os.devnull, "PIP_USER": "0"}


def install(wanted: str) -> None:
    """Installs the locked set and the project, telling how far it is."""
    lock = ROOT / "requirements" / f"{wanted}.txt"
    total = sum("==" in line for line in lock.read_text("utf-8").splitlines())
    command = pip("--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", str(lock))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=pip_environment()) as process:
        assert process.stdout is not None  # noqa: S101
        seen = 0
        for line in process.stdout:
            if found := re.match(r"(?:Collecting|Processing|Requirement already satisfied:|Ignoring) ([^\s:]+)", line):
                seen += 1
                tell(f"[{seen}/{total}] {found[1]}", passing=True)
            elif line.startswith("Installing collected"):
                tell(f"[{seen}/{total}] unpacking", passing=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    project = pip("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
    subprocess.run(project, check=True, stdout=sys.stderr, env=pip_environment())


def tell(message: str, *, passing: bool = False) -> None:
    """One line for the person who waits; a passing one is overwritten by the next where that is possible."""
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="" if passing else "\n", file=sys.stderr, flush=True)
    else:
        print(message, file=sys.stderr, flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Holds the lock that keeps two set-ups of this checkout apart; the system drops it when the process dies."""
    path = ROOT / ".cache" / "environment.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another run is setting up .venv; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up(wanted: str) -> None:
    """Brings the environment to the locked set ``wanted``, by the shortest safe way."""
    begun = time.monotonic()
    if not usable():
        tell("Setting up .venv (the first time takes some ten seconds) …")
        make_anew()
    else:
        tell("Bringing .venv up to date …")
        UNFINISHED.touch()
    for written in VENV.glob("installed-*"):
        written.unlink()
    stamps = {covered: stamp(covered) for covered in COVERS[wanted]}
    install(wanted)
    for covered, content in stamps.items():
        (VENV / f"installed-{covered}").write_bytes(content)
    UNFINISHED.unlink()
    tell(f".venv is ready ({time.monotonic() - begun:.0f} s).")


def main() -> int:
    """Returns the exit status: 0 when the set is there, 1 when it could not be installed."""
    wanted = sys.argv[1]
    try:
        with alone():
            if not current(wanted):
                set_up(wanted)
    except KeyboardInterrupt:
        tell("\nInterrupted; the next run starts over.")
        return 130
    except subprocess.CalledProcessError:
        version = ".".join(map(str, sys.version_info[:2]))
        tell(f"\nonepin: the set-up failed (Python {version}, {sys.platform}); the reason stands above.")
        return 1
    except OSError as error:
        tell(f"onepin: can't set up {VENV}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Peers in environments of their own, so that what they need is not what onepin needs."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from measure.results import ROOT
from measure.servers import PEERS


def peer_python(name: str) -> Path:
    """The Python that has what ``peers/requirements-<name>.txt`` pins; installed once, into ``.cache/peers``."""
    lock = PEERS / f"requirements-{name}.txt"
    folder = ROOT / ".cache" / "peers" / f"{name}-python{sys.version_info.major}.{sys.version_info.minor}"
    stamp, wanted = folder / "installed", f"{folder}\n{sys.version}\n{lock.read_text('utf-8')}"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        print(f"Setting up {folder.relative_to(ROOT)}; this happens once …", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "-r", str(lock)], check=True)
        stamp.write_text(wanted, "utf-8")
    return folder / "bin" / "python"

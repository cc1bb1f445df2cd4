"""Peers in environments of their own, so that what they need is not what onepin needs."""

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from packaging.requirements import Requirement

from measure.results import ROOT
from measure.servers import PEERS

CACHE = ROOT / ".cache" / "peers"
NODE_FROM = 20
"""The oldest Node that the peers on it take."""


class AbsentError(Exception):
    """This machine has not what a peer needs. The text says what, and the peer is left out."""


def peer_python(name: str) -> Path:
    """The Python that has what ``peers/requirements-<name>.txt`` pins; installed once, into ``.cache/peers``."""
    lock = PEERS / f"requirements-{name}.txt"
    folder = CACHE / f"{name}-python{sys.version_info.major}.{sys.version_info.minor}"
    stamp, wanted = folder / "installed", f"{folder}\n{sys.version}\n{lock.read_text('utf-8')}"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        announce(folder)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*pip, "--no-deps", "--only-binary", ":all:", "-r", str(lock)], check=True)
        stamp.write_text(wanted, "utf-8")
    return folder / "bin" / "python"


def peer_node(name: str) -> list[str]:
    """The command that runs ``peers/<name>/server.mjs`` beside what its lock pins; installed once, as above.

    Raises ``AbsentError`` without Node and npm, with an old Node, and when the lock can't be installed.
    """
    node, npm, version = shutil.which("node"), shutil.which("npm"), node_version()
    if node is None or npm is None or version is None:
        raise AbsentError(f"needs Node {NODE_FROM} or newer and npm")
    if int(version.lstrip("v").partition(".")[0]) < NODE_FROM:
        raise AbsentError(f"needs Node {NODE_FROM} or newer, and this is {version}")
    source, folder = PEERS / name, CACHE / f"{name}-node{version}"
    stamp, wanted = folder / "installed", f"{folder}\n{(source / 'package-lock.json').read_text('utf-8')}"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        announce(folder)
        shutil.copytree(source, folder)
        if subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=False
        ).returncode:
            raise AbsentError("npm could not install what its lock pins (said above)")
        stamp.write_text(wanted, "utf-8")
    shutil.copy(source / "server.mjs", folder)  # Node looks for packages beside the file that it runs
    return [node, str(folder / "server.mjs")]


def node_version() -> str | None:
    """Of the Node that is found, for instance ``v20.20.2``."""
    node = shutil.which("node")
    return node and subprocess.run([node, "--version"], check=True, capture_output=True, text=True).stdout.strip()


def python_pins(name: str, *packages: str) -> dict[str, str]:
    """The versions that ``peers/requirements-<name>.txt`` pins of ``packages`` for this Python."""
    lines = (PEERS / f"requirements-{name}.txt").read_text("utf-8").splitlines()
    requirements = [Requirement(line.rstrip(" \\")) for line in lines if "==" in line]
    fitting = {one.name: str(one.specifier)[2:] for one in requirements if one.marker is None or one.marker.evaluate()}
    return {package: fitting[package] for package in packages}


def node_pins(name: str, *packages: str) -> dict[str, str]:
    """The versions that ``peers/<name>/package.json`` pins of ``packages``, and Node's."""
    pins = json.loads((PEERS / name / "package.json").read_text("utf-8"))["dependencies"]
    return {package: pins[package] for package in packages} | {"node": node_version() or "none"}


def announce(folder: Path) -> None:
    """Say that an environment is being made, and make room for it."""
    print(f"Setting up {folder.relative_to(ROOT)}; this happens once …", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)

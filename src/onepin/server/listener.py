"""The socket to listen on, and a useful answer when it can't be had."""

import errno
import re
import socket
from pathlib import Path

NEAR = 50
"""How many ports above a taken one are tried for a free one to offer."""


class CannotListen(Exception):
    """The address can't be listened on; the text says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket bound to ``host`` and ``port`` (0: a free one), which does not accept connections yet.

    Exclusively: granian's own listeners share their port, and a second server on the same one would go unnoticed.

    Raises:
        CannotListen: taken, not an address of this machine, or not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise CannotListen(f"No address is known for the host {host!r}. Try --host 127.0.0.1") from None
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Waiting connections of a server that has just stopped must not block the next one (TIME_WAIT).
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise CannotListen(explain(error, host, port)) from None
    return listener


def explain(error: OSError, host: str, port: int) -> str:
    """What to tell somebody whose address can't be listened on."""
    if error.errno == errno.EADDRINUSE:
        free = _free_port(host, port)
        offer = f"Stop it, or take a free port: --port {free}" if free else "Stop it, or take another port with --port"
        return f"Port {port} on {host} is taken by {_holder(port) or 'another program'}. {offer}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine. Try --host 127.0.0.1"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} needs rights that this user does not have. Take one above 1023: --port 8000"
    return f"Can't listen on {host}, port {port}: {error.strerror}"


def _free_port(host: str, port: int) -> int | None:
    for candidate in range(port + 1, min(port + NEAR, 65535) + 1):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
                probe.listen(1)
            except OSError:
                continue
            return candidate
    return None


def _holder(port: int) -> str | None:
    """Name and process id of who listens on ``port``, where the system tells this user (Linux, own processes)."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                return f"{_name(process)} (process {process.name})"
        except OSError:
            continue  # another user's, or it has just ended
    return None


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in (line.split() for line in lines):
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def _name(process: Path) -> str:
    """The program of a process, or the script that Python runs; printable ASCII alone."""
    words = (process / "cmdline").read_bytes().decode("ascii", "replace").split("\0")
    names = [Path(word).name for word in words if word and not word.startswith("-")]
    script = len(names) > 1 and names[0].startswith("python")
    name = names[1] if script else (names or ["a program"])[0]
    return re.sub(r"[^ -~]", "?", name)[:40]

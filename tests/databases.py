"""Real databases for tests. ``shared_cluster()`` is the run's PostgreSQL; ``PostgresCluster`` makes one of your own.

A cluster belongs to every process that entered it and goes when the last of them leaves or dies
(``postgres_supervisor.py``). Databases are cheap copies of a template: some 25 ms each.
"""

import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import uuid4

import psutil

import postgres_supervisor


class PostgresCluster:
    """A PostgreSQL server of its own data folder; use it as a context manager.

    ``fsync=True`` makes commits as durable as in production, for tests that kill the server; otherwise durability is
    off and everything is faster. ``folder`` is given when several processes share the cluster.
    """

    def __init__(self, *, fsync: bool = False, folder: Path | None = None) -> None:
        self._fsync = fsync
        self.folder = folder or Path(tempfile.gettempdir()) / f"onepin-postgres-{uuid4().hex}"
        self._users: IO[str] | None = None

    def __enter__(self) -> Self:
        self._join()
        try:
            self.start()
        except BaseException:
            self.leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def _join(self) -> None:
        """Makes the folder, or finds it made by a process of the same run, and becomes one of its users."""
        while self._users is None:
            self.folder.mkdir(mode=0o711, exist_ok=True)
            if self.folder.stat().st_uid != os.geteuid():
                raise PermissionError(f"{self.folder} belongs to somebody else")
            self.folder.chmod(0o711)  # whatever the umask: nobody has to pass
            users = (self.folder / "users").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            if (self.folder / "users").exists():
                self._users = users
            else:  # the last user left while we waited
                users.close()

    def leave(self) -> None:
        """Stops using the cluster; if nobody else uses it, the server is stopped and the folder removed."""
        if self._users is not None:
            if not self.running():
                # No server, so no supervisor either that would clear up after the last user.
                self._wait_for_supervisor()
                with suppress(BlockingIOError):
                    fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(self.folder, ignore_errors=True)
            self._users.close()
            self._users = None

    def start(self) -> None:
        """Starts the server unless it runs already. After ``kill`` or ``stop`` it has the same port and data.

        Raises:
            RuntimeError: it does not start; the message holds its log.
        """
        with self._alone("starting"):
            if not self.running():
                self._wait_for_supervisor()
                if not (self.folder / "password").exists():
                    with _private(self.folder / "password") as file:
                        file.write(secrets.token_hex(16))
                command = [sys.executable, "-I", postgres_supervisor.__file__, str(self.folder)]
                command.append("on" if self._fsync else "off")
                with _private(self.folder / "log") as log:
                    started = subprocess.run(
                        command, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                    )
                if started.returncode:
                    raise RuntimeError(f"PostgreSQL does not start:\n{self.log()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops the server and keeps its data: SIGINT at once but cleanly, SIGQUIT without writing anything more."""
        os.kill(self.pid, how)
        self._wait_for_supervisor()

    def kill(self) -> None:
        """Ends the server and all its processes by SIGKILL, as a crash would; ``start`` then recovers the data."""
        postmaster = psutil.Process(self.pid)
        postmaster.suspend()  # so that it can't start another process meanwhile
        processes = [*postmaster.children(recursive=True), postmaster]
        for process in processes:
            process.kill()
        while not all(ended(process) for process in processes):
            time.sleep(0.005)
        self._wait_for_supervisor()

    def running(self) -> bool:
        """Whether the server runs, under its supervisor."""
        with (self.folder / "supervisor").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return (self.folder / "ready").exists()
            return False

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        return int(self._ready()["pid"])

    def programs(self) -> Path:
        """The folder of PostgreSQL's client programs: psql, pg_dump, pg_amcheck and so on."""
        return postgres_supervisor.package_folder() / "pginstall" / "bin"

    def log(self) -> str:
        """What the server and its supervisor have printed."""
        return (self.folder / "log").read_text("utf-8", errors="replace")

    def url(self, database: str = "postgres") -> str:
        """The URL of one database, user and password included."""
        password = (self.folder / "password").read_text("utf-8")
        return f"postgresql://onepin:{password}@127.0.0.1:{self._ready()['port']}/{database}"

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Runs one statement by psql and returns what it prints, unaligned, without headings.

        Raises:
            RuntimeError: the server refused; the message is its own.
        """
        command = [str(self.programs() / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.rstrip("\n")

    def template(self, name: str, prepare: Callable[[str], object]) -> str:
        """The name of a database to copy from, made on first use: ``prepare`` gets the URL of an empty one to fill."""
        with self._alone(f"template-{name}"):
            if self.execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "":  # noqa: S608
                unfinished = self.fresh_database()
                prepare(unfinished)
                self.execute(f'ALTER DATABASE "{database_name(unfinished)}" RENAME TO "{name}"')
        return name

    def fresh_database(self, template: str | None = None) -> str:
        """The URL of a new database: a copy of ``template``, or empty."""
        name = f"t_{uuid4().hex[:16]}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template0"}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Removes a database, ending the connections that are still open to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{database_name(url)}" WITH (FORCE)')

    def _ready(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.folder / "ready").read_text("utf-8"))
        return found

    def _alone(self, what: str) -> "_Alone":
        return _Alone(self.folder / f"{what}.lock")

    def _wait_for_supervisor(self) -> None:
        """Returns when no supervisor is left: it has seen the server end, and a new one can be started."""
        with _Alone(self.folder / "supervisor"):
            pass


class _Alone:
    """Holds a file's exclusive lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def shared_cluster() -> PostgresCluster:
    """The cluster of this test run, the same in every worker of pytest-xdist; enter it to start or join it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    return PostgresCluster(folder=Path(tempfile.gettempdir()) / f"onepin-postgres-{run}")


def ended(process: psutil.Process) -> bool:
    """Whether a process has ended, be it that nobody has collected its exit status yet."""
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def database_name(url: str) -> str:
    """The database that a URL of ours names."""
    return url.rpartition("/")[2]


def _private(path: Path) -> IO[str]:
    """Opens a file to append to that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a")


def migrate(url: str) -> None:
    """Brings an empty database to the newest schema."""
    from onepin.server.store.migrate import upgrade

    upgrade(url)

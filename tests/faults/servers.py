"""Real server processes for tests that break them: quick to start, easy to kill."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

import databases
from faults.marks import Board
from onepin.server.clock import SystemClock
from onepin.server.config import LOCAL_ISSUER_URL
from onepin.server.identity.local import LocalIssuer
from service import PEPPER

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent


class Client:
    """One connection, reopened when it breaks; one thread uses it."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._connection: http.client.HTTPConnection | None = None

    def call(
        self, method: str, path: str, body: object = None, *, bearer: str | None = None, **headers: str
    ) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
        """Status, JSON and headers of one answer. Raises ``OSError`` or ``HTTPException`` when none came."""
        sent = {"Authorization": f"Bearer {bearer or self._token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            payload = None if body is None else json.dumps(body)
            self._connection.request(method, path if path.startswith("/") else f"/api/v1/{path}", payload, sent)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read()), answer.headers
        except BaseException:
            self.close()
            raise

    def whoami(self, secret: str) -> int:
        """The status that the holder of ``secret`` gets; asked again once if the kept connection had ended."""
        try:
            return self.call("GET", "auth/whoami", bearer=secret)[0]
        except (OSError, http.client.HTTPException):
            return self.call("GET", "auth/whoami", bearer=secret)[0]

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Server:
    """A server process that runs, or ran."""

    def __init__(self, pid: int, port: int, data_dir: Path, log: Path, board: Board) -> None:
        self.pid = pid
        self._process = psutil.Process(pid)
        self.port = port
        self.board = board
        self._data_dir = data_dir
        self._log = log

    def token(self, user: str = "ann@example.com") -> str:
        """A session token, good for an hour."""
        issuer = LocalIssuer.load_or_create(self._data_dir, LOCAL_ISSUER_URL)
        return issuer.mint(user=user, ttl_seconds=3600, now=SystemClock().now(), azp=LOCAL_ISSUER_URL)[0]

    def client(self, user: str = "ann@example.com") -> Client:
        """A connection of a signed-in person."""
        return Client(self.port, self.token(user))

    def printed(self) -> str:
        """What the server logged."""
        return self._log.read_text("utf-8", "replace")

    @property
    def ended(self) -> bool:
        """Whether the process is over."""
        return databases.ended(self._process)

    def kill(self) -> None:
        """SIGKILL, and wait until nothing of the process is left that could still write."""
        with contextlib.suppress(psutil.NoSuchProcess):  # psutil knows when another process has got its number
            self._process.kill()
        while not self.ended:
            time.sleep(0.001)


class DidNotStart(Exception):
    """The server ended before it took connections; the text is what it printed."""


class Nursery:
    """The process that servers are forked from (``nursery.py``)."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "faults.nursery"]
        env = {name: value for name, value in os.environ.items() if not name.startswith("ONEPIN_")}
        paths = os.pathsep.join(map(str, (TESTS, ROOT / "src")))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env | {"PYTHONPATH": paths}
        )
        self._born: list[Server] = []

    def start(self, data_dir: Path, **settings: str) -> Server:
        """A server on ``data_dir``; settings by field name. Raises ``DidNotStart``."""
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        board, log = Board(data_dir / "board"), data_dir / "log.txt"
        board.clear()
        chosen = {"data_dir": str(data_dir), "port": "0", "drain_seconds": "0", "pepper": PEPPER} | settings
        order = {"settings": chosen, "board": str(data_dir / "board"), "log": str(log)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        born = json.loads(self._process.stdout.readline())
        if "error" in born:
            raise DidNotStart(log.read_text("utf-8", "replace"))
        server = Server(born["pid"], born["port"], data_dir, log, board)
        self._born.append(server)
        return server

    def close(self) -> None:
        """End every server and the nursery itself."""
        with self._process:
            for server in self._born:
                server.kill()
            self._process.kill()


@contextlib.contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery for the time of the block."""
    started = Nursery()
    try:
        yield started
    finally:
        started.close()

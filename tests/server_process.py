"""A real ``onepin serve``: its own data folder, a free port, an environment without the developer's own settings."""

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from command_line import ONEPIN
from onepin.server.clock import SystemClock
from onepin.server.config import LOCAL_ISSUER_URL
from onepin.server.identity.local import LocalIssuer

START_SECONDS = 60.0
STOP_SECONDS = 15.0
_READY = re.compile(r"^onepin \S+ is ready at (\S+)\n", re.MULTILINE)
_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")


class DidNotStart(Exception):
    """The server ended, or never became ready; the text has what it printed."""


class ServerProcess:
    """A server that runs, or has run, on ``data_dir``."""

    def __init__(self, process: subprocess.Popen[bytes], data_dir: Path, output: Path, port: int = 0) -> None:
        self.process = process
        self.data_dir = data_dir
        self.output = output
        self.port = port
        self._issuer: LocalIssuer | None = None

    @property
    def base_url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def token(self, user: str = "ann@example.com", ttl: timedelta = timedelta(hours=1)) -> str:
        """A session token of local sign-in; another user is another person with a workspace of their own."""
        if self._issuer is None:
            self._issuer = LocalIssuer.load_or_create(self.data_dir, LOCAL_ISSUER_URL)
        seconds = int(ttl.total_seconds())
        token, _ = self._issuer.mint(user=user, ttl_seconds=seconds, now=SystemClock().now(), azp=LOCAL_ISSUER_URL)
        return token

    def session(self, user: str = "ann@example.com", workspace: UUID | str | None = None) -> dict[str, str]:
        """The headers of a signed-in person."""
        headers = {"Authorization": f"Bearer {self.token(user)}"}
        return headers if workspace is None else headers | {"X-Workspace-Id": str(workspace)}

    def printed(self) -> str:
        """Everything that the process wrote to standard output and standard error so far."""
        return self.output.read_text("utf-8", "replace")

    def terminate(self) -> int:
        """Ask it to stop (SIGTERM), wait for it, and return its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a loss of power would end the process."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def wait_until_ready(self) -> None:
        """Return when it has said that it answers, and note its port.

        Raises:
            DidNotStart: it ended before, or took longer than START_SECONDS.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            if said := _READY.search(self.printed()):
                port = _PORT.fullmatch(said[1])
                self.port = int(port[1]) if port else self.port
                return
            if ended:
                raise DidNotStart(f"it ended with {self.process.returncode} and printed:\n{self.printed()}")
            time.sleep(0.02)
        raise DidNotStart(f"not ready after {START_SECONDS:.0f} s; it printed:\n{self.printed()}")


def start(data_dir: Path, *, wait: bool = True, package: Path | None = None, **settings: str | int) -> ServerProcess:
    """Start ``onepin serve`` and leave it running; ``serving`` also stops it.

    Args:
        data_dir: Its data folder, made if need be; a later server on the same one finds what an earlier one stored.
        wait: Return only once it is ready.
        package: A folder that holds the package to run, in place of this checkout's.
        settings: Settings by field name: ``key_prefix="op"`` becomes ONEPIN_KEY_PREFIX=op. Unless given, the port is
            a free one (with ``public_url`` it has to be given) and there is no drain before a stop.

    Raises:
        DidNotStart: it was waited for in vain.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    chosen: dict[str, str | int] = {"data_dir": str(data_dir), "port": 0, "drain_seconds": 0, **settings}
    variables = {f"ONEPIN_{name.upper()}": str(value) for name, value in chosen.items()}
    env = clean_environment() | {"HOME": str(data_dir)} | variables
    if package is not None:
        env["PYTHONPATH"] = str(package)
    output = data_dir / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*ONEPIN, "serve"], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, env=env
        )
    server = ServerProcess(process, data_dir, output, int(chosen["port"]))
    if wait:
        try:
            server.wait_until_ready()
        except BaseException:
            server.kill()
            raise
    return server


@contextlib.contextmanager
def serving(data_dir: Path, *, package: Path | None = None, **settings: str | int) -> Iterator[ServerProcess]:
    """A server that is ready, for the time of the block, and is killed after it; arguments as for ``start``."""
    server = start(data_dir, wait=True, package=package, **settings)
    try:
        yield server
    finally:
        server.kill()  # a test of an orderly stop has called terminate() before


def clean_environment() -> dict[str, str]:
    """This process's environment without the settings of any onepin, server or client, of the desktop and of Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ONEPIN_", "XDG_", "PYTHON"))}

"""Servers under measurement: each on a core of its own, started, watched and stopped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

PEERS = Path(__file__).resolve().parent.parent / "peers"
SERVER_CORE, LOAD_CORE = "0", "1"
LIKE_OURS = ["--interface", "asginl", "--http", "1", "--no-ws", "--workers", "1", "--backpressure", "8192"]
LIKE_OURS += ["--http1-header-read-timeout", "5000", "--http1-buffer-size", "32768", "--log-level", "error"]
"""What ``onepin serve`` tells granian, in the words of granian's own command."""


class Server:
    """A running server, from the ``with`` to its end.

    ``started_after``: seconds from its start to the first 200 on ``ready_path``.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        ready_path: str,
        folder: Path,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.folder = folder
        self.started_after = 0.0
        self._settings = dict(settings or {})
        self._command = pinned(SERVER_CORE, command)
        self._probe = f"GET {ready_path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    def __enter__(self) -> Self:
        folder = self.folder
        folder.mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ONEPIN_")}
        environment |= {"PYTHONPATH": str(PEERS), "BENCH_FOLDER": str(folder)} | self._settings
        begin = time.perf_counter()
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(self._command, cwd=folder, env=environment, stdout=log, stderr=log)
        self.process = psutil.Process(process.pid)
        self._popen = process
        while not self._is_ready():
            if process.poll() is not None or time.perf_counter() - begin > 30:
                self._stop()
                raise RuntimeError(f"{self.name} does not start:\n{(folder / 'log').read_text()}")
            time.sleep(0.002)
        self.started_after = time.perf_counter() - begin
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def cpu_seconds(self) -> float:
        """CPU time of all its processes and threads so far."""
        return float(sum(t.user + t.system for t in (process.cpu_times() for process in self._family())))

    def memory(self) -> int:
        """Bytes of memory that it takes alone, plus its share of what its processes share (PSS)."""
        return int(sum(process.memory_full_info().pss for process in self._family()))

    def _family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(self._probe)
                return connection.recv(4096).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def _stop(self) -> None:
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(15)
        except subprocess.TimeoutExpired:
            for process in self._family():
                process.kill()
            self._popen.wait()


def onepin(folder: Path, settings: Mapping[str, str] | None = None) -> Server:
    """``onepin serve`` with its defaults but for ``settings`` (by variable), its data in ``folder``."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("onepin")), "serve", "--port", str(port), "--data-dir", str(folder)]
    return Server("onepin", command, port=port, ready_path="/ready", folder=folder, settings=settings)


def peer(folder: Path, app: str, *, embedded: bool = False) -> Server:
    """The application ``module:name`` of ``peers/`` on granian: by granian's command, or embedded as onepin is."""
    port = free_port()
    if embedded:
        command = [sys.executable, str(PEERS / "embedded.py"), app, str(port)]
    else:
        command = [str(Path(sys.executable).with_name("granian")), *LIKE_OURS, "--port", str(port), app]
    name = f"{app.partition(':')[0]}{', embedded' if embedded else ''}"
    return Server(name, command, port=port, ready_path="/health", folder=folder)


def pinned(core: str, command: Sequence[str]) -> list[str]:
    """``command``, kept on one core where the system can."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", core, *command] if taskset and (os.cpu_count() or 1) > 1 else list(command)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

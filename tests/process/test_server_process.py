"""The real server process, from outside: signals, slow and hanging clients, crashes. The application is a stub."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import stub_app

STUB = Path(stub_app.__file__)
signals = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])


class Stub:
    """A stub server that has begun to answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.port = int(process.stdout.readline())

    def get(self, path: str) -> tuple[int, str]:
        """Status and body, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A raw connection on which ``sent`` was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(sent)
        return connection

    def end(self) -> tuple[int, str]:
        """The exit code and what the process wrote to standard error, once it has ended."""
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


Start = Callable[..., Stub]


def spawn(env: dict[str, str] | None = None, **flags: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(STUB), json.dumps({"port": "0", **flags})]
    environment = {**os.environ, **(env or {})}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def start() -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def begin(env: dict[str, str] | None = None, **flags: str) -> Stub:
            process = stack.enter_context(spawn(env, **flags))
            stack.callback(process.kill)
            return Stub(process)

        yield begin


def wait_until_draining(stub: Stub) -> None:
    for _ in range(100):
        if stub.get("/ready")[0] == 503:
            return
        time.sleep(0.02)
    raise AssertionError("readiness never ended")


@signals
def test_a_signal_ends_readiness_first_and_everything_else_is_answered(start: Start, number: signal.Signals) -> None:
    stub = start(drain_seconds="1")
    assert stub.get("/ready") == (200, "ready")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(stub.get, "/slow/2")
        time.sleep(0.2)
        asked = time.monotonic()
        stub.process.send_signal(number)
        wait_until_draining(stub)
        assert stub.get("/ready") == (503, "draining")
        assert stub.get("/fast") == (200, "fast")
        assert time.monotonic() - asked < 1
        assert slow.result() == (200, "slow")
    code, errors = stub.end()
    assert code == 0
    assert time.monotonic() - asked < 10
    assert "Traceback" not in errors
    assert errors.index("draining for 1 s") < errors.index("lifespan ended") < errors.index("stopped")


def test_no_request_fails_while_the_server_drains_under_load(start: Start) -> None:
    """Otherwise every deployment would cost some customers an error."""
    stub = start(drain_seconds="1")
    outcomes: list[int] = []
    failed: list[float] = []

    def load() -> None:
        while not failed:
            try:
                outcomes.append(stub.get("/slow/0.02")[0])
            except ConnectionError:  # refused, or reset while it waited to be accepted: the drain is over
                failed.append(time.monotonic())

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    asked = time.monotonic()
    stub.process.terminate()
    for thread in threads:
        thread.join()
    assert min(failed) - asked >= 1
    assert len(outcomes) > 20
    assert set(outcomes) == {200}
    assert stub.end()[0] == 0


def test_after_the_drain_new_connections_are_refused_while_old_requests_finish(start: Start) -> None:
    stub = start(drain_seconds="0")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(stub.get, "/slow/1.5")
        time.sleep(0.2)
        stub.process.terminate()
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            stub.get("/fast")
        assert slow.result() == (200, "slow")
    assert stub.end()[0] == 0


@signals
def test_a_second_signal_ends_the_process_at_once(start: Start, number: signal.Signals) -> None:
    stub = start(drain_seconds="5")
    with stub.connect(b"GET /block/60 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        time.sleep(0.3)  # the event loop itself hangs now
        stub.process.send_signal(number)
        time.sleep(0.3)
        asked = time.monotonic()
        stub.process.send_signal(number)
        code, errors = stub.end()
    assert time.monotonic() - asked < 1
    assert code == -number
    assert "Traceback" not in errors


def test_no_client_and_no_handler_can_hold_up_the_exit(start: Start) -> None:
    """Otherwise one stranger with an open socket could keep an old version of the server from ever ending."""
    hanging, blocked = start(drain_seconds="0"), start(drain_seconds="0")
    with (
        hanging.connect() as _silent,
        hanging.connect(b"GET /fast HTTP/1.1\r\nHo") as _half_a_header,
        hanging.connect(b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n") as _no_body,
        hanging.connect(b"GET /slow/60 HTTP/1.1\r\nHost: localhost\r\n\r\n") as _patient,
        blocked.connect(b"GET /block/60 HTTP/1.1\r\nHost: localhost\r\n\r\n") as _blocking,
    ):
        time.sleep(0.5)
        asked = time.monotonic()
        hanging.process.terminate()
        blocked.process.terminate()
        code, errors = hanging.end()
        assert (code, time.monotonic() - asked < 10) == (0, True)
        assert "lifespan ended" in errors
        assert "cut off" in errors
        assert "Traceback" not in errors
        code, errors = blocked.end()
        assert (code, time.monotonic() - asked < 10) == (0, True)
        assert "something hangs" in errors
        assert "Traceback" not in errors


def test_an_idle_connection_does_not_delay_the_exit(start: Start) -> None:
    stub = start(drain_seconds="0")
    connection = http.client.HTTPConnection("127.0.0.1", stub.port, timeout=30)
    connection.request("GET", "/fast")
    connection.getresponse().read()
    asked = time.monotonic()
    stub.process.terminate()
    assert stub.end()[0] == 0
    assert time.monotonic() - asked < 2
    connection.close()


def test_slow_headers_are_cut_after_five_seconds(start: Start) -> None:
    """Otherwise a few hundred slow clients would hold every connection there is (slowloris)."""
    stub = start()
    with (
        stub.connect() as silent,
        stub.connect(b"GET /fast HTTP/1.1\r\nHost: localhost\r\n") as drip,
        stub.connect(b"GET /fast HTTP/1.1\r\nHost: localhost\r\n\r\n") as idle,
    ):
        began = time.monotonic()
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - began < 8:
                drip.sendall(b"X")
                drip.settimeout(0.25)
                with contextlib.suppress(TimeoutError):
                    if not drip.recv(1):
                        break
        assert 4 < time.monotonic() - began < 6.5
        assert silent.recv(1) == b""
        while idle.recv(4096):
            pass
        assert time.monotonic() - began < 6.5
    assert stub.get("/fast") == (200, "fast")


def test_endless_headers_are_refused(start: Start) -> None:
    """Otherwise a header of megabytes would be held in memory for every connection."""
    stub = start()
    with stub.connect(b"GET /fast HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000) as connection:
        assert connection.recv(64).startswith(b"HTTP/1.1 431")


def test_an_error_in_the_application_is_a_500_and_its_traceback_is_logged_without_secrets(start: Start) -> None:
    """Otherwise any unexpected error could write a customer's key into the log."""
    stub = start(drain_seconds="0")
    status, body = stub.get("/boom")
    assert status == 500
    assert "pk_live" not in body
    assert stub.get("/fast") == (200, "fast")
    stub.process.terminate()
    _, errors = stub.end()
    assert "RuntimeError: pk_live_AbCdEfGh" in errors
    assert stub_app.KEY not in errors


def test_a_crash_ends_the_process_so_that_its_supervisor_can_start_another(start: Start) -> None:
    stub = start()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        stub.get("/crash")
    assert stub.end()[0] == 3
    with pytest.raises(ConnectionRefusedError):
        stub.get("/fast")


@pytest.mark.parametrize(
    ("how", "reason"), [("fail", "the database is away"), ("raise", "no such database: pk_live_AbCdEfGh[cut]")]
)
def test_an_application_that_can_not_start_says_why(how: str, reason: str) -> None:
    with spawn({"STUB_LIFESPAN": how}) as process:
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (1, "")
    assert errors.strip() == f"can't start: {reason}"


def test_an_application_that_does_not_end_is_left(start: Start) -> None:
    stub = start({"STUB_LIFESPAN": "slow"}, drain_seconds="0")
    asked = time.monotonic()
    stub.process.terminate()
    code, errors = stub.end()
    assert (code, time.monotonic() - asked < 5) == (0, True)
    assert "did not finish its shutdown" in errors


def test_a_second_server_on_the_same_port_is_told_who_has_it_and_offered_another(start: Start) -> None:
    """Otherwise the kernel would share the port out, and half of all requests would meet another database."""
    stub = start()
    with spawn(port=str(stub.port)) as second:
        output, errors = second.communicate(timeout=30)
    assert (second.returncode, output) == (1, "")
    assert f"Port {stub.port} on 127.0.0.1 is taken by stub_app.py (process {stub.process.pid})" in errors
    offered = int(errors.partition("--port ")[2])
    assert stub.port < offered
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", offered))


def test_the_port_is_free_again_as_soon_as_the_server_has_stopped(start: Start) -> None:
    stub = start(drain_seconds="0")
    assert stub.get("/fast") == (200, "fast")
    stub.process.terminate()
    assert stub.end()[0] == 0
    again = start(port=str(stub.port))
    assert again.get("/fast") == (200, "fast")


def test_the_server_listens_on_ipv6_too(start: Start) -> None:
    stub = start(host="::1")
    connection = http.client.HTTPConnection("::1", stub.port, timeout=10)
    connection.request("GET", "/fast")
    assert connection.getresponse().status == 200
    connection.close()

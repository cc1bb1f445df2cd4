"""Check on a real connection, where a body that nobody reads still has to go somewhere."""

import contextlib
import re
import socket
from http.client import HTTPResponse

import pytest

from owner import Owner
from server_process import ServerProcess


@pytest.fixture(scope="module")
def key(server: ServerProcess) -> str:
    return str(Owner(server).key()["api_key"])


def head(key: str, method: str = "GET", path: str = "check", *more: str) -> bytes:
    """A request up to its body."""
    lines = [f"{method} /api/v1/auth/{path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection: socket.socket, method: str) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    return response.status, response.read()


def everything(connection: socket.socket) -> bytes:
    """What else comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            received += part
    return received


def test_a_head_has_no_body_and_the_connection_goes_on(server: ServerProcess, key: str) -> None:
    """If this failed, the next answer on the connection, somebody else's, would be read out of step."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for method in ("HEAD", "GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "GET"):
            connection.sendall(head(key, method))
            status, body = answer(connection, method)
            assert (status, bool(body)) == (200, method != "HEAD")


@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_not_read_is_never_a_request(server: ServerProcess, key: str, chunked: bool, good: bool) -> None:
    """If this failed, a customer could hide a second request, under the proxy's name, in the body of the first."""
    hidden = head(key, "GET", "whoami")
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden) if chunked else hidden
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(hidden)}"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head(key if good else "pk_live_x", "POST", "check/below", length) + framed)
        with contextlib.suppress(ConnectionError):  # it may be over, which is sound too
            connection.sendall(head(key, "DELETE", "check", "Connection: close"))
        received = everything(connection)
    statuses = re.findall(rb"^HTTP/1\.1 (\d+)", received, re.MULTILINE)
    assert statuses in ([b"200" if good else b"401"], [b"200" if good else b"401", b"200"])
    assert b"api_key_id" not in received


def test_megabytes_behind_a_refusal_do_not_hold_it_up(server: ServerProcess) -> None:
    """If this failed, strangers could keep the server reading what it will throw away."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head("pk_live_x", "POST", "check", "Content-Length: 1000000000"))
        assert answer(connection, "POST")[0] == 401

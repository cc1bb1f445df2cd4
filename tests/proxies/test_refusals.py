"""What the caller is told who is not let in; the application hears nothing of it."""

import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from guard.stub import Stub, refusal
from owner import Owner
from proxies.echo import Echo
from proxies.front import Front, free_port


@pytest.fixture(autouse=True)
def nothing_reaches_the_application(application: Echo) -> Iterator[None]:
    yield
    assert application.reached == []


def get(front: Front, secret: str | None = None, path: str = "/", **headers: str) -> httpx.Response:
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return httpx.get(front.base_url + path, headers=headers)


def assert_refusal(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    body = answer.json()
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert isinstance(body["error"]["details"], list)
    assert body["meta"]["request_id"]
    assert answer.headers["cache-control"] == "no-store"


def test_no_key(front: Front) -> None:
    answer = get(front)
    assert_refusal(answer, 401, "UNAUTHORIZED")
    assert answer.headers.get_list("www-authenticate") == ["Bearer"]


def test_a_key_that_does_not_exist(front: Front) -> None:
    answer = get(front, "pk_live_" + "x" * 38)
    assert_refusal(answer, 401, "INVALID_API_KEY")
    assert answer.headers.get_list("www-authenticate") == ['Bearer error="invalid_token"']
    assert answer.headers["x-request-id"] == answer.json()["meta"]["request_id"]


def test_a_session_is_no_key(front: Front, owner: Owner) -> None:
    """Otherwise whoever is signed in to the dashboard could call the application."""
    answer = get(front, owner.server.token(owner.email))
    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == ['Bearer error="invalid_token"']


def test_a_key_of_another_workspace(front: Front, owner: Owner) -> None:
    """Otherwise any customer's key would open any other customer's application."""
    assert_refusal(get(front, Owner(owner.server).key()["api_key"]), 403, "WORKSPACE_MISMATCH")


@pytest.mark.parametrize("query", ["?workspace={}", "?scope=&workspace={}", "?x=1&workspace={}#"])
def test_a_key_of_another_workspace_that_names_its_own(front: Front, owner: Owner, query: str) -> None:
    """Otherwise a caller could add their own workspace to those that are let in."""
    other = Owner(owner.server)
    answer = get(front, other.key()["api_key"], "/" + query.format(other.workspace_id))
    assert_refusal(answer, 403, "WORKSPACE_MISMATCH")
    headers = {"X-Workspace-Id": other.workspace_id, "X-OnePin-Workspace-Id": other.workspace_id}
    assert_refusal(get(front, other.key()["api_key"], **headers), 403, "WORKSPACE_MISMATCH")


@pytest.mark.parametrize(
    "path", ["/workflows/1", "/workflows/", "//workflows/1", "/x/../workflows/1", "/%77orkflows/1"]
)
@pytest.mark.parametrize("header", ["", "voices:read"])
def test_a_lacking_scope(front: Front, owner: Owner, path: str, header: str) -> None:
    """Otherwise a path written another way, or a header of the caller's, would need fewer scopes."""
    secret = owner.key(scopes=["voices:read"])["api_key"]
    headers = [("Authorization", f"Bearer {secret}"), ("X-OnePin-Require-Scopes", header)]
    answer = _raw(front, path, headers)
    assert_refusal(answer, 403, "INSUFFICIENT_SCOPE")
    assert 'scope="workflows:run"' in answer.headers["www-authenticate"]


def test_a_reached_limit(front: Front, owner: Owner, application: Echo) -> None:
    secret = owner.key(rate_limit_per_min=2)["api_key"]
    assert [get(front, secret).status_code for _ in range(2)] == [200, 200]
    application.reached.clear()
    answer = get(front, secret)
    assert_refusal(answer, 429, "RATE_LIMITED")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit-policy"] == '"default";q=2;w=60'
    assert answer.headers["ratelimit"].startswith('"default";r=0;t=')


def test_a_revoked_key_is_refused_from_the_next_request_on(front: Front, owner: Owner, application: Echo) -> None:
    """Otherwise a stolen key would go on working."""
    key = owner.key()
    assert get(front, key["api_key"]).status_code == 200
    application.reached.clear()
    owner.revoke(key)
    assert_refusal(get(front, key["api_key"]), 401, "INVALID_API_KEY")


def test_two_authorization_headers(front: Front, owner: Owner) -> None:
    """Otherwise the server could be asked about one key and the application read the other."""
    good = ("Authorization", f"Bearer {owner.key()['api_key']}")
    for second in (good, ("Authorization", "Bearer other"), ("authorization", "Basic x")):
        assert _raw(front, "/", [good, second]).status_code in (400, 503)


def test_the_server_is_down(front_of: Callable[[str], Front]) -> None:
    """Otherwise stopping the key server would open every application behind it."""
    answer = get(front_of(f"127.0.0.1:{free_port()}"), "pk_live_" + "x" * 38)
    assert_refusal(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


def test_the_server_does_not_answer(front_of: Callable[[str], Front]) -> None:
    """Otherwise a server that hangs would hang, or open, every application behind it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        front = front_of(f"127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        answer = get(front, "pk_live_" + "x" * 38)
        assert time.monotonic() - begun < 5
    assert_refusal(answer, 503, "UNAVAILABLE")


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_the_server_can_not_say(front_of: Callable[[str], Front], status: int) -> None:
    """Otherwise an error of the key server would let everybody in."""
    with Stub() as stub:
        stub.reply = lambda _: refusal(status, "SERVER_ERROR", {"Retry-After": "9"})
        answer = get(front_of(stub.address), "any")
    assert answer.status_code >= 400
    assert answer.json()["error"]["code"]


def _raw(front: Front, path: str, headers: list[tuple[str, str]]) -> httpx.Response:
    """A request whose path goes out as it is."""
    host, _, port = front.base_url.removeprefix("http://").partition(":")
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        received = b""
        while data := connection.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    if ("transfer-encoding", "chunked") in [(name.lower(), value) for name, value in pairs]:
        pairs = [pair for pair in pairs if pair[0].lower() != "transfer-encoding"]
        body = _unchunked(body)
    return httpx.Response(int(first.split(" ")[1]), headers=pairs, content=body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return whole

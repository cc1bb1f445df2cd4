"""A client with the secret of a device sign-in: it gets session tokens by itself, and few of them."""

import asyncio
import contextlib
import json
import logging
import pickle
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import pytest

from client.answering import Answering, Asked, Reply, answering
from client.conftest import Make
from onepin import (
    AsyncOnePinClient,
    DeviceSession,
    OnePinAuthError,
    OnePinBadRequestError,
    OnePinClient,
    OnePinConfigurationError,
    OnePinConnectionError,
    OnePinNotFoundError,
    OnePinRateLimitError,
)
from onepin.client.credentials import CredentialsFile
from server_process import ServerProcess

ID = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
SECRET = "pk_session_" + "Ab1" * 12 + "xy"
WHO: dict[str, object] = {"auth_kind": "clerk", "user_id": ID, "workspace_id": None, "api_key_id": None, "scopes": []}
META = {"request_id": ID, "timestamp": "2026-05-01T12:00:00.000Z"}
OVER: Reply = (400, {}, json.dumps({"error": "invalid_grant", "error_description": f"No: {SECRET}"}).encode())


@pytest.fixture
def secret(server: ServerProcess, user: str) -> str:
    """That of a device which ``user`` approved."""
    with OnePinClient(base_url=server.base_url, token=server.token(user)) as client:
        code = client.auth.device.start(device_name="a device")
        assert client.auth.device.get(code.user_code).client == "a device"
        client.auth.device.approve(code.user_code)
        grant = client.auth.device.token(code.device_code)
    assert grant.refresh_token is not None
    return grant.refresh_token.reveal()


def grants(asked: Asked, *, expires_in: int = 300) -> Reply:
    """A server that gives every secret a token, and every token an answer."""
    if asked.path.endswith("/token"):
        body = {"access_token": "eyJ.a.b", "token_type": "Bearer", "expires_in": expires_in}
        return 200, {}, json.dumps(body).encode()
    return 200, {}, json.dumps({"data": WHO, "meta": META}).encode()


def questions(server: Answering) -> int:
    """How often it was asked for a token."""
    return sum(asked.path.endswith("/token") for asked in server.asked)


def test_a_profile_with_a_device_sign_in_just_works(make: Make, server: ServerProcess, secret: str) -> None:
    CredentialsFile().save("default", {"session": secret, "base_url": server.base_url})
    client = make(token=None, base_url=None)
    assert client("auth.whoami").auth_kind == "clerk"
    client("api_keys.create", name="ci")
    sessions = client.all(client.client.auth.sessions.list())
    assert [(one.client, one.current) for one in sessions] == [("a device", True)]
    client("auth.sessions.revoke", sessions[0].id)
    with pytest.raises(OnePinNotFoundError):
        client("auth.sessions.revoke", sessions[0].id)
    again = make(token=None, base_url=None)
    with pytest.raises(OnePinAuthError, match="onepin login") as caught:
        again("auth.whoami")
    assert (caught.value.status_code, caught.value.error_code) == (400, "invalid_grant")


def test_devices_are_approved_denied_and_told_why(make: Make, server: ServerProcess, user: str) -> None:
    person = make()
    code = person("auth.device.start", device_name="a device")
    with pytest.raises(OnePinBadRequestError) as caught:
        person("auth.device.token", code.device_code)
    assert caught.value.error_code == "authorization_pending"
    with pytest.raises(OnePinBadRequestError) as caught:
        person("auth.device.token", code.device_code.reveal())
    assert caught.value.error_code == "slow_down"
    assert person("auth.device.deny", code.user_code).status == "denied"
    with pytest.raises(OnePinBadRequestError) as caught:
        person("auth.device.token", code.device_code)
    assert caught.value.error_code == "access_denied"
    raw = person("auth.device.with_raw_response.start", device_name="raw")
    assert raw.status_code == 200
    assert person("auth.sessions.with_raw_response.list").status_code == 200


@contextlib.contextmanager
def counting(reply: Callable[[Asked], Reply] = grants) -> Iterator[Answering]:
    with answering(reply) as server:
        yield server


def test_one_token_serves_many_calls_and_clients() -> None:
    with counting() as server, OnePinClient(token=DeviceSession(SECRET), base_url=server.base_url) as client:
        for _ in range(3):
            client.auth.whoami()
        client.with_options(max_retries=0, workspace_id=ID).auth.whoami()
        asked = server.asked[0]
        assert parse_qs(asked.body.decode())["refresh_token"] == [SECRET]
        assert "authorization" not in asked.headers
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert {one.headers["authorization"] for one in server.asked[1:]} == {"Bearer eyJ.a.b"}
        assert questions(server) == 1


def test_a_token_that_ends_soon_is_replaced() -> None:
    def reply(asked: Asked) -> Reply:
        return grants(asked, expires_in=29)

    with counting(reply) as server, OnePinClient(token=DeviceSession(SECRET), base_url=server.base_url) as client:
        client.auth.whoami()
        client.auth.whoami()
        assert questions(server) == 2


def test_threads_that_need_a_token_at_once_ask_for_one() -> None:
    together = threading.Barrier(16)
    with counting() as server, OnePinClient(token=DeviceSession(SECRET), base_url=server.base_url) as client:

        def work(_: int) -> str:
            together.wait(10)
            return str(client.auth.whoami().user_id)

        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(work, range(16))) == {ID}
        assert questions(server) == 1


def test_tasks_that_need_a_token_at_once_ask_for_one() -> None:
    session = DeviceSession(SECRET)

    async def work(base_url: str) -> None:
        async with AsyncOnePinClient(token=session, base_url=base_url) as client:
            await asyncio.gather(*[client.auth.whoami() for _ in range(16)])

    with counting() as server:
        asyncio.run(work(server.base_url))
        asyncio.run(work(server.base_url))  # another event loop, the same token
        assert questions(server) == 1


def test_many_threads_of_a_session_that_is_over_ask_once(make: Make) -> None:
    """If this failed, a revoked device would use up what its address may fail, and lock others out there."""
    with counting(lambda asked: OVER) as server:
        client = make(token=DeviceSession(SECRET), base_url=server.base_url)
        for _ in range(5):
            with pytest.raises(OnePinAuthError, match="onepin login"):
                client("auth.whoami")
        assert len(server.asked) == 1


def test_a_token_is_asked_for_again_when_the_server_was_away(make: Make) -> None:
    replies = iter([(503, {"Retry-After": "0"}, b"")])

    def reply(asked: Asked) -> Reply:
        return next(replies, None) or grants(asked)

    with counting(reply) as server:
        client = make(token=DeviceSession(SECRET), base_url=server.base_url)
        assert str(client("auth.whoami").user_id) == ID
        assert questions(server) == 2


def test_too_many_attempts_is_the_error_of_too_many_attempts(make: Make) -> None:
    body = json.dumps({"error": "slow_down", "error_description": "Too many."}).encode()
    with counting(lambda asked: (429, {"Retry-After": "61"}, body)) as server:
        client = make(token=DeviceSession(SECRET), base_url=server.base_url)
        with pytest.raises(OnePinRateLimitError, match="Too many") as caught:
            client("auth.whoami")
        assert caught.value.retry_after == 61


def test_a_token_with_a_line_break_is_never_sent() -> None:
    """If this failed, a server could put headers of its own into the requests of a client."""

    def reply(asked: Asked) -> Reply:
        return 200, {}, json.dumps({"access_token": "a\r\nX: y", "expires_in": 300}).encode()

    with (
        counting(reply) as server,
        OnePinClient(token=DeviceSession(SECRET), base_url=server.base_url) as client,
        pytest.raises(OnePinConnectionError),
    ):
        client.auth.whoami()
    assert len(server.asked) == 1


@pytest.mark.parametrize("text", ["", " ", "a b", "a\nb", "é"])
def test_what_can_be_no_secret_is_refused(text: str) -> None:
    with pytest.raises(OnePinConfigurationError):
        DeviceSession(text)


def test_the_secret_does_not_show(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    """If this failed, a log, a crash report or a debugger's page would be enough to act as the person for 30 days."""
    caplog.set_level(logging.DEBUG)
    session = DeviceSession(SECRET)
    CredentialsFile().save("default", {"session": SECRET, "base_url": "http://127.0.0.1:9"})
    shown = [repr(session), str(session), repr(CredentialsFile().load()), repr(OnePinClient())]
    with counting(lambda asked: OVER) as server:
        client = make(token=session, base_url=server.base_url)
        shown.append(repr(client.client._settings))
        with pytest.raises(OnePinAuthError) as caught:
            client("auth.whoami")
        shown += [str(caught.value), repr(caught.value.response_body), repr(vars(caught.value))]
        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
        shown += [repr(frame.locals) for frame in frames if "/onepin/" in frame.filename]
    shown.append(caplog.text)
    assert SECRET[12:] not in "".join(shown)
    with pytest.raises(TypeError):
        pickle.dumps(session)


def test_the_server_logs_no_secret(server: ServerProcess, secret: str) -> None:
    """If this failed, who reads the log could act as the person."""
    with OnePinClient(token=DeviceSession(secret), base_url=server.base_url) as client:
        client.auth.whoami()
    assert secret[12:] not in server.printed()

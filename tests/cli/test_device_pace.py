"""How often a device asks whether its code was approved (RFC 8628, 3.5)."""

import contextlib
import json
from collections.abc import Callable, Iterator

import pytest

from client.answering import Asked, Reply, answering
from onepin import OnePinClient, OnePinNotFoundError
from onepin.cli.account.device import device_name, poll
from onepin.cli.failures import Failed
from onepin.client.models import DeviceCode

GRANT = {"access_token": "eyJ.a.b", "token_type": "Bearer", "expires_in": 300, "refresh_token": "pk_session_x"}
CODE = {"device_code": "d" * 43, "user_code": "X", "verification_uri": "u", "verification_uri_complete": "u"}


def error(name: str, status: int = 400, **headers: str) -> Reply:
    return status, headers, json.dumps({"error": name, "error_description": "x"}).encode()


PENDING = error("authorization_pending")
GRANTED: Reply = (200, {}, json.dumps(GRANT).encode())


@contextlib.contextmanager
def asking(reply: Callable[[Asked], Reply]) -> Iterator[OnePinClient]:
    """A client of a server that answers so."""
    with answering(reply) as server, OnePinClient(base_url=server.base_url, token="unused") as client:
        yield client


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.pauses.append(seconds)


def pauses(*replies: Reply, interval: int = 5, expires_in: int = 600) -> list[float]:
    """How long it waits before each question, when it is answered so."""
    coming: Iterator[Reply] = iter(replies)
    time = Time()

    def reply(asked: Asked) -> Reply:
        assert b"device_code=ddd" in asked.body
        assert "authorization" not in asked.headers
        return next(coming)

    code = DeviceCode.model_validate(CODE | {"interval": interval, "expires_in": expires_in})
    with asking(reply) as client, contextlib.suppress(Failed):
        poll(client, code, 0.0, now=time.now, sleep=time.sleep)
    return time.pauses


def test_it_waits_as_long_as_the_server_says() -> None:
    assert pauses(PENDING, PENDING, GRANTED) == [5, 5, 5]
    assert pauses(PENDING, GRANTED, interval=7) == [7, 7]
    assert pauses(GRANTED, interval=0) == [1]
    assert pauses(GRANTED, interval=10_000) == [60]


def test_slow_down_adds_five_seconds_for_good() -> None:
    slow = error("slow_down")
    assert pauses(PENDING, slow, PENDING, slow, PENDING, GRANTED) == [5, 5, 10, 10, 15, 15]


def test_too_many_attempts_wait_as_long_as_they_are_told() -> None:
    slow = error("slow_down", 429, **{"Retry-After": "42"})
    assert pauses(slow, PENDING, GRANTED) == [5, 42, 5]


def test_a_server_that_fails_is_asked_half_as_often_each_time() -> None:
    down: Reply = (502, {"Content-Type": "text/html"}, b"<h1>Bad gateway</h1>")
    assert pauses(*[down] * 6, PENDING, GRANTED) == [5, 10, 20, 40, 60, 60, 60, 5]


def test_it_stops_when_the_code_is_too_old() -> None:
    assert pauses(*[PENDING] * 4, expires_in=21) == [5, 5, 5, 5]


def test_a_code_that_is_too_old_is_an_error() -> None:
    code = DeviceCode.model_validate(CODE | {"interval": 5, "expires_in": 4})
    with asking(lambda asked: PENDING) as client, pytest.raises(Failed, match="too old"):
        poll(client, code, 0.0, now=lambda: 0.0, sleep=lambda seconds: None)


@pytest.mark.parametrize("reason", ["access_denied", "expired_token", "invalid_grant"])
def test_a_decision_ends_it_with_a_sentence(reason: str) -> None:
    code = DeviceCode.model_validate(CODE | {"interval": 5, "expires_in": 600})
    with asking(lambda asked: error(reason)) as client, pytest.raises(Failed) as caught:
        poll(client, code, 0.0, now=lambda: 0.0, sleep=lambda seconds: None)
    assert caught.value.code == reason.upper()
    assert caught.value.hint


def test_another_refusal_is_told_as_it_is() -> None:
    code = DeviceCode.model_validate(CODE | {"interval": 5, "expires_in": 600})
    with asking(lambda asked: (404, {}, b"{}")) as client, pytest.raises(OnePinNotFoundError):
        poll(client, code, 0.0, now=lambda: 0.0, sleep=lambda seconds: None)


def test_the_name_of_a_device_is_short_and_printable() -> None:
    assert device_name().startswith("onepin on ")
    assert len(device_name()) <= 100
    assert device_name().isprintable()

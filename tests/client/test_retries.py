"""What is tried again, how often, and after what wait."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from client.answering import Answering, Asked, Reply, answering
from client.conftest import Make
from onepin import OnePinAPIError, OnePinConfigurationError, OnePinConflictError, OnePinRateLimitError
from onepin.client import exchange
from onepin.client.refusals import retry_after

KEY = (
    b'{"data": {"id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "workspace_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10",'
    b'"created_by": null, "name": "ci", "key_type": "live", "key_prefix": "pk_live_", "key_suffix": "Ab1Ab1Ab",'
    b'"scopes": [], "active": true, "last_used_at": null, "rate_limit_per_min": null, "revoked_at": null,'
    b'"created_at": "2026-05-01T12:00:00.000Z", "updated_at": "2026-05-01T12:00:00.000Z",'
    b'"preview": "pk_live_Ab1Ab1Ab",'
    b'"api_key": "pk_live_Ab1Ab1AbAb1Ab1AbAb1Ab1AbAb1Ab1Ab"},'
    b'"meta": {"request_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "timestamp": "2026-05-01T12:00:00.000Z"}}'
)
AT_ONCE = {"Retry-After": "0"}
ID = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
OPERATIONS: dict[str, dict[str, Any]] = {
    "api_keys.get": {"key_id": ID},
    "api_keys.revoke": {"key_id": ID},
    "api_keys.create": {"name": "ci"},
    "api_keys.update": {"key_id": ID, "name": "ci"},
}
SAFE = ("api_keys.get", "api_keys.revoke", "api_keys.create")


class Script:
    """Answers to come, first to last; afterwards all is well."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def __call__(self, asked: Asked) -> Reply:
        return self.replies.pop(0) if self.replies else (200, {}, KEY)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def told(script: Script) -> Iterator[Answering]:
    with answering(script) as running:
        yield running


@pytest.fixture
def client(make: Make, told: Answering) -> Any:
    return make(base_url=told.base_url, token="t")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("operation", SAFE)
def test_passing_faults_are_tried_again(
    client: Any, told: Answering, script: Script, operation: str, status: int
) -> None:
    script.replies = [(status, AT_ONCE, b""), (status, AT_ONCE, b"")]
    assert client(operation, **OPERATIONS[operation]).name == "ci"
    assert len(told.asked) == 3
    assert len({asked.headers.get("idempotency-key") for asked in told.asked}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 501])
@pytest.mark.parametrize("operation", list(OPERATIONS))
def test_refusals_for_good_are_not(client: Any, told: Answering, script: Script, operation: str, status: int) -> None:
    script.replies = [(status, {}, b"")]
    with pytest.raises(OnePinAPIError):
        client(operation, **OPERATIONS[operation])
    assert len(told.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "times"),
    [
        (408, {}, 2),
        (429, {}, 2),
        (503, {"Retry-After": "0"}, 2),
        (503, {}, 1),
        (500, {}, 1),
        (502, {}, 1),
        (504, {}, 1),
    ],
)
def test_a_change_is_tried_again_only_when_the_server_did_not_begin_it(
    client: Any, told: Answering, script: Script, status: int, headers: dict[str, str], times: int
) -> None:
    """Otherwise a change would be made twice, over what somebody else changed in between."""
    script.replies = [(status, headers, b"")]
    if times == 2:
        assert client("api_keys.update", ID, name="ci").name == "ci"
    else:
        with pytest.raises(OnePinAPIError):
            client("api_keys.update", ID, name="ci")
    assert len(told.asked) == times


def test_a_create_still_at_work_is_waited_for(client: Any, told: Answering, script: Script) -> None:
    script.replies = [(409, {"Retry-After": "0"}, b"")]
    assert client("api_keys.create", name="ci").name == "ci"
    script.replies = [(409, {"Retry-After": "0"}, b"")]
    with pytest.raises(OnePinConflictError):
        client("api_keys.update", ID, name="ci")


@pytest.mark.parametrize("most", [0, 1, 3])
def test_max_retries_is_the_number_of_further_attempts(make: Make, told: Answering, script: Script, most: int) -> None:
    script.replies = [(500, AT_ONCE, b"")] * 10
    with pytest.raises(OnePinAPIError):
        make(base_url=told.base_url, token="t", max_retries=most)("auth.whoami")
    assert len(told.asked) == most + 1


def test_retry_after_is_waited_for(client: Any, script: Script) -> None:
    script.replies = [(429, {"Retry-After": "1"}, b"")]
    begun = time.monotonic()
    client("api_keys.get", ID)
    assert 1 <= time.monotonic() - begun < 3


def test_a_wait_of_more_than_a_minute_is_left_to_the_caller(client: Any, told: Answering, script: Script) -> None:
    """Otherwise a server could hold its callers for as long as it likes."""
    script.replies = [(429, {"Retry-After": "61"}, b"")]
    begun = time.monotonic()
    with pytest.raises(OnePinRateLimitError) as caught:
        client("api_keys.get", ID)
    assert caught.value.retry_after == 61
    assert len(told.asked) == 1
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 7 "}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Fri, 01 May 2026 12:00:09 GMT", "date": "Fri, 01 May 2026 12:00:00 GMT"}, 9),
        ({"retry-after": "Fri, 01 May 2026 11:00:00 GMT", "date": "Fri, 01 May 2026 12:00:00 GMT"}, 0),
        ({"retry-after": "Fri, 01 May 2026 12:00:09 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_waits_grow_and_differ(client: Any) -> None:
    """Otherwise all clients of a server that stumbled would return at the same moment."""
    from onepin.client.calls import whoami

    one = exchange.Exchange(whoami(), client.client._settings)
    for attempt, longest in ((1, 0.25), (2, 0.5), (3, 1.0), (9, 8.0), (40, 8.0)):
        one.attempts = attempt
        waits = {one._backoff() for _ in range(20)}
        assert longest / 2 <= min(waits) <= max(waits) <= longest
        assert len(waits) > 10


def test_a_token_is_asked_for_before_every_attempt(make: Make, told: Answering, script: Script) -> None:
    """Session tokens live a minute: one asked for when the client was made would be too old for most calls."""
    tokens = iter(["one", "two", "three"])
    client = make(base_url=told.base_url, token=lambda: next(tokens))
    script.replies = [(429, {"Retry-After": "0"}, b"")]
    client("api_keys.get", ID)
    client("api_keys.get", ID)
    assert [asked.headers["authorization"] for asked in told.asked] == ["Bearer one", "Bearer two", "Bearer three"]


def test_a_function_that_returns_no_token_is_told_so(make: Make, told: Answering) -> None:
    for wrong in (lambda: None, lambda: 7, lambda: ""):
        with pytest.raises((OnePinConfigurationError, TypeError)):
            make(base_url=told.base_url, token=wrong)("auth.whoami")
    assert told.asked == []

"""Errors: which class, what they hold, and the one line that they print."""

import json
import pickle
from typing import Any

import pytest

import onepin
from client.answering import Answering, Asked, Reply, answering
from client.conftest import Make
from onepin import (
    OnePinAPIError,
    OnePinAuthError,
    OnePinBadRequestError,
    OnePinConflictError,
    OnePinConnectionError,
    OnePinInsufficientScopeError,
    OnePinNotFoundError,
    OnePinRateLimitError,
    OnePinServerError,
    OnePinTimeoutError,
    OnePinValidationError,
)
from onepin.client import errors
from onepin.contract.codes import Code

ID = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"


def refusing(status: int, code: str = "SOME_CODE", headers: dict[str, str] | None = None, **more: Any) -> Any:
    error = {"code": code, "message": "It went wrong.", "details": [], **more}
    body = {"error": error, "meta": {"request_id": ID, "timestamp": "2026-05-01T12:00:00.000Z"}}

    def reply(asked: Asked) -> Reply:
        return status, {"X-Request-Id": ID, "Content-Type": "application/json", **(headers or {})}, _json(body)

    return answering(reply)


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, OnePinAPIError),
        (400, OnePinBadRequestError),
        (401, OnePinAuthError),
        (403, OnePinAuthError),
        (404, OnePinNotFoundError),
        (405, OnePinAPIError),
        (409, OnePinConflictError),
        (410, OnePinAPIError),
        (422, OnePinValidationError),
        (429, OnePinRateLimitError),
        (500, OnePinServerError),
        (503, OnePinServerError),
        (599, OnePinServerError),
    ],
)
def test_each_status_has_its_class(make: Make, status: int, kind: type[OnePinAPIError]) -> None:
    with refusing(status, details=[{"field": "name", "message": "too long"}]) as server, pytest.raises(kind) as caught:
        make(base_url=server.base_url, max_retries=0)("auth.whoami")
    error = caught.value
    assert type(error) is kind
    assert (error.status_code, error.error_code, error.message) == (status, "SOME_CODE", "It went wrong.")
    assert error.details == [errors.Detail("name", "too long")]
    assert error.request_id == ID
    assert error.response_body["error"]["code"] == "SOME_CODE"
    assert error.body == error.response_body
    assert str(error) == f"{status} SOME_CODE: name: too long (request {ID})"


def test_every_code_of_the_contract_gets_a_class_of_its_status() -> None:
    from onepin.client.refusals import error_of

    expected = {400: "BadRequest", 401: "Auth", 403: "Auth", 404: "NotFound", 409: "Conflict", 422: "Validation"}
    expected |= {429: "RateLimit", 500: "Server", 503: "Server"}
    for code in Code:
        body = _json({"error": {"code": code, "message": code.text, "details": []}})
        kind = expected.get(code.status, "API")
        kind = "InsufficientScope" if code is Code.INSUFFICIENT_SCOPE else kind
        assert type(error_of(code.status, {}, body, [])).__name__ == f"OnePin{kind}Error"


def test_the_missing_scope_is_named(make: Make) -> None:
    client = make()
    key = client("api_keys.create", name="ci", scopes=["voices:read"])
    with pytest.raises(OnePinInsufficientScopeError) as caught:
        make(api_key=key.api_key)("usage.summary")
    assert caught.value.scope == "workspace:read"
    assert isinstance(caught.value, OnePinAuthError)


def test_the_wait_of_a_limited_key_is_named(make: Make) -> None:
    key = make()("api_keys.create", name="ci", rate_limit_per_min=1)
    holder = make(api_key=key.api_key, max_retries=0)
    holder("auth.whoami")
    with pytest.raises(OnePinRateLimitError) as caught:
        holder("auth.whoami")
    assert 1 <= (caught.value.retry_after or 0) <= 60


def test_an_error_is_one_line(make: Make) -> None:
    with refusing(400, message="first\nsecond\r\n  third") as server, pytest.raises(OnePinBadRequestError) as caught:
        make(base_url=server.base_url)("auth.whoami")
    assert str(caught.value) == f"400 SOME_CODE: first second third (request {ID})"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<h1>Bad gateway</h1>",
        b"[]",
        b"null",
        b'{"error": "text"}',
        b'{"error": {"details": [1, {}]}}',
        b"\xff\xfe",
    ],
)
def test_answers_that_are_not_from_onepin_are_told_as_such(make: Make, body: bytes) -> None:
    with answering(lambda asked: (502, {}, body)) as server, pytest.raises(OnePinServerError) as caught:
        make(base_url=server.base_url, max_retries=0)("auth.whoami")
    assert (
        str(caught.value).startswith("502: Bad Gateway. The answer is not from onepin itself;") or caught.value.details
    )
    assert caught.value.error_code is None
    assert caught.value.request_id is None


def test_a_redirect_is_not_followed_and_named(make: Make) -> None:
    """Otherwise a server could send the credential on to another one."""
    with answering(lambda asked: (307, {"Location": "https://elsewhere.example/"}, b"")) as server:
        with pytest.raises(OnePinAPIError, match=r"redirects to https://elsewhere\.example/"):
            make(base_url=server.base_url)("auth.whoami")
        assert len(server.asked) == 1


def test_no_answer_is_told_with_the_address_and_the_attempts(make: Make) -> None:
    with pytest.raises(OnePinConnectionError) as caught:
        make(base_url="http://127.0.0.1:1", max_retries=1)("auth.whoami")
    assert str(caught.value).startswith("No answer from http://127.0.0.1:1 after 2 attempts: ConnectError: ")
    assert (caught.value.status_code, caught.value.request_id, caught.value.details) == (None, None, [])
    assert type(caught.value.__cause__).__name__ == "ConnectError"


def test_a_late_answer_is_a_timeout(make: Make, slow: Answering) -> None:
    with pytest.raises(OnePinTimeoutError) as caught:
        make(base_url=slow.base_url, timeout=0.1, max_retries=0)("auth.whoami")
    assert isinstance(caught.value, OnePinConnectionError)


def test_errors_come_through_pipes(make: Make) -> None:
    with refusing(429, headers={"Retry-After": "7"}) as server, pytest.raises(OnePinRateLimitError) as caught:
        make(base_url=server.base_url, max_retries=0)("auth.whoami")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert type(copy) is OnePinRateLimitError
    assert (str(copy), copy.retry_after, copy.headers) == (str(caught.value), 7.0, caught.value.headers)
    assert copy.args == caught.value.args


def test_the_tree_in_the_module_is_the_tree_of_the_classes() -> None:
    drawn = [line for line in (errors.__doc__ or "").splitlines() if "OnePin" in line]
    parents: list[str] = []
    for line in drawn:
        name = line.strip(" │├└─").split()[0]
        depth = (len(line) - len(line.lstrip(" │├└─"))) // 4
        parents[depth - 1 :] = [name]
        kind = getattr(onepin, name)
        assert kind.__base__.__name__ == (parents[depth - 2] if depth > 1 else "Exception")
        assert kind.__doc__
    assert {line.strip(" │├└─").split()[0] for line in drawn} == {n for n in onepin.__all__ if n.endswith("Error")}

"""The check that runs on every answer does find what is wrong."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

import envelope
from asgi_client import Asked, ask
from service import Service
from standing import standing_loop

pytestmark = standing_loop
KEY = "pk_live_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q1SPwG5"
Change = Callable[[dict[str, Any]], object]


async def answer(service: Service, method: str, target: str, body: bytes = b"") -> Asked:
    headers = [*service.session().items(), ("Content-Type", "application/json")]
    return await ask(service.app, method, target, headers, body)


def with_body(seen: Asked, change: Change) -> Asked:
    body = seen.json()
    change(body)
    return dataclasses.replace(seen, content=json.dumps(body).encode())


def without(seen: Asked, header: str) -> Asked:
    return dataclasses.replace(seen, headers=[pair for pair in seen.headers if pair[0] != header])


def found(seen: Asked) -> bool:
    try:
        envelope.check(seen)
    except (AssertionError, ValueError, KeyError, TypeError):
        return True
    return False


SUCCESS_FAULTS: dict[str, Change] = {
    "another field": lambda body: body.update(more=1),
    "no meta": lambda body: body.pop("meta"),
    "another request id": lambda body: body["meta"].update(request_id="0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"),
    "seconds only": lambda body: body["meta"].update(timestamp="2026-01-01T00:00:00Z"),
    "an offset": lambda body: body["meta"].update(timestamp="2026-01-01T00:00:00.000+00:00"),
    "more meta": lambda body: body["meta"].update(more=1),
    "no total": lambda body: body["pagination"].pop("total"),
    "the word null": lambda body: body["data"][0].update(revoked_at="null"),
    "a field too many": lambda body: body["data"][0].update(digest="x"),
    "a field too few": lambda body: body["data"][0].pop("preview"),
    "a number as text": lambda body: body["data"][0].update(rate_limit_per_min="1000"),
    "a bool as number": lambda body: body["data"][0].update(rate_limit_per_min=True),
    "microseconds": lambda body: body["data"][0].update(created_at="2026-01-01T00:00:00.000001Z"),
    "the secret": lambda body: body["data"][0].update(name=KEY),
}
REFUSAL_FAULTS: dict[str, Change] = {
    "another status's code": lambda body: body["error"].update(code="NOT_FOUND"),
    "an unknown code": lambda body: body["error"].update(code="OOPS"),
    "no details": lambda body: body["error"].pop("details"),
    "no message": lambda body: body["error"].update(message=""),
    "detail as text": lambda body: body.update(detail="invalid"),
    "no detail": lambda body: body.pop("detail"),
    "an empty detail": lambda body: body.update(detail=[]),
    "the input": lambda body: body["detail"][0].update(input="x"),
    "data beside the error": lambda body: body.update(data={}),
}
HEADERS = ["x-request-id", "x-content-type-options", "referrer-policy", "x-frame-options", "cache-control"]
HEADERS += ["content-security-policy", "cross-origin-opener-policy", "cross-origin-resource-policy"]


@pytest.mark.parametrize("change", SUCCESS_FAULTS.values(), ids=SUCCESS_FAULTS)
async def test_a_fault_in_a_success_is_found(service: Service, change: Change) -> None:
    await service.create_key()
    seen = await answer(service, "GET", "/api/v1/api-keys")
    assert not found(seen)
    assert found(with_body(seen, change))


@pytest.mark.parametrize("change", REFUSAL_FAULTS.values(), ids=REFUSAL_FAULTS)
async def test_a_fault_in_a_refusal_is_found(service: Service, change: Change) -> None:
    seen = await answer(service, "POST", "/api/v1/api-keys", b"{}")
    assert not found(seen)
    assert found(with_body(seen, change))


@pytest.mark.parametrize("header", HEADERS)
async def test_a_missing_header_is_found(service: Service, header: str) -> None:
    for target in ("/api/v1/api-keys", "/api/v1/api-keys?limit=0"):
        seen = await answer(service, "GET", target)
        assert not found(seen)
        assert found(without(seen, header))


async def test_headers_that_belong_to_a_status_are_missed(service: Service) -> None:
    stranger = await ask(service.app, "GET", "/api/v1/api-keys")
    wrong_method = await answer(service, "PUT", "/api/v1/api-keys")
    for seen, header in ((stranger, "www-authenticate"), (wrong_method, "allow")):
        assert not found(seen)
        assert found(without(seen, header))
        assert found(dataclasses.replace(seen, headers=[*seen.headers, (header, "x")]))


@pytest.mark.parametrize("status", [204, 301, 302, 307, 418, 409])
async def test_a_status_that_no_client_expects_is_found(service: Service, status: int) -> None:
    seen = await answer(service, "GET", "/api/v1/auth/whoami")
    assert found(dataclasses.replace(seen, status=status))


@pytest.mark.parametrize("content", [b"", b"[]", b"not JSON", b'{"data":NaN,"meta":{}}', b'{"data":1,"data":2}'])
async def test_a_body_that_is_no_envelope_is_found(service: Service, content: bytes) -> None:
    seen = await answer(service, "GET", "/api/v1/auth/whoami")
    assert found(dataclasses.replace(seen, content=content))

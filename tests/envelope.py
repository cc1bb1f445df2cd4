"""What is true of every answer, whatever was asked: checked on each one that a test gets, not case by case."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from onepin.contract.codes import Code
from onepin.server.edge.documentation import is_documentation
from openapi_schema import answer_schema, documented_codes, faults, operation_for

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SECRET = re.compile(r"[a-z][a-z0-9]{1,15}_live_[0-9A-Za-z]{38}")
EXAMPLES = ("/openapi.json", "/llms-full.txt")
ANYWHERE = {400, 404, 405, 500}
"""How a request that is no operation may be refused."""
FOR_PROGRAMS = {"/webhooks/clerk", "/feedback"}
"""What other services call, who have their own documentation of it."""
RFC_BODIES = {"/api/v1/auth/device", "/api/v1/auth/device/token"}
"""What RFC 8628 and RFC 6749 give the form of; only a broken request is refused in ours."""
LOCAL_ALONE = ("/api/v1/auth/local/sign-in", "/api/v1/auth/local/token")
"""Operations that only servers with local sign-in have."""
_CHALLENGES = {"Bearer", 'Bearer error="invalid_token"'}
_FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True)
class Seen:
    """One answer, and which question it answers. Header names in lower case."""

    method: str
    path: str
    status: int
    headers: Sequence[tuple[str, str]]
    content: bytes
    preflight: bool = False

    def header(self, name: str) -> str | None:
        """The value of a header that may come once."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, f"{name} comes {len(values)} times"
        return values[0] if values else None

    def json(self) -> Any:
        """The body, strictly."""
        return json.loads(self.content, parse_constant=_not_json, object_pairs_hook=_once)


def _not_json(word: str) -> Any:
    raise AssertionError(f"{word} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    assert len(found) == len(pairs), f"a name comes twice among {[name for name, _ in pairs]}"
    return found


async def check_response(response: httpx.Response) -> None:
    """For ``httpx``'s event hooks."""
    await response.aread()
    request = response.request
    headers = [(name.lower(), value) for name, value in response.headers.multi_items()]
    preflight = request.method == "OPTIONS" and "access-control-request-method" in request.headers
    check(Seen(request.method, request.url.path, response.status_code, headers, response.content, preflight))


def check(seen: Seen) -> None:
    """Fails with what is wrong about an answer."""
    request_id = seen.header("x-request-id")
    assert request_id is not None
    assert UUID(request_id).version == 7
    for name, value in _FIXED.items():
        assert seen.header(name) == value, name
    policy = seen.header("content-security-policy") or ""
    form = "'self'" if seen.path == "/device" else "'none'"
    assert policy.startswith(f"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action {form}")
    assert seen.header("x-onepin-required-version") is None, "published clients would refuse to go on"
    assert seen.status not in (204, 205), "a client expects a body"
    assert not 300 <= seen.status < 400 or (seen.status == 304 and not seen.path.startswith("/api/")), "nobody follows"
    if seen.path.startswith("/api/"):
        assert seen.header("cache-control") == "no-store"
    if seen.preflight and seen.status == 200:
        return
    if seen.method == "HEAD":  # which has no body
        return
    if seen.path in RFC_BODIES and "meta" not in seen.json():
        _check_rfc_body(seen)
        return
    if seen.status >= 400 and seen.path != "/ready" and not _is_page(seen):
        _check_refusal(seen, request_id)
    elif seen.path.startswith("/api/"):
        body = seen.json()
        assert set(body) in ({"data", "meta"}, {"data", "meta", "pagination"}), set(body)
        _check_meta(body["meta"], request_id)
        _check_documented(seen, body)
    if seen.path not in EXAMPLES and not is_documentation(seen.path):  # which have an example of one
        _check_secrets(seen)


def _is_page(seen: Seen) -> bool:
    """Whether a browser asked for a page of the documentation that is not there."""
    return is_documentation(seen.path) and (seen.header("content-type") or "").startswith("text/html")


def _check_rfc_body(seen: Seen) -> None:
    assert (seen.header("content-type"), seen.header("pragma")) == ("application/json", "no-cache")
    body = seen.json()
    if seen.status == 200:
        assert {"device_code", "access_token"} & set(body)
        return
    assert seen.status in (400, 429)
    assert set(body) == {"error", "error_description"}
    assert (seen.header("retry-after") is not None) == (seen.status == 429)


def _check_meta(meta: Mapping[str, Any], request_id: str) -> None:
    assert set(meta) == {"request_id", "timestamp"}
    assert meta["request_id"] == request_id
    assert MOMENT.fullmatch(meta["timestamp"])


def _check_refusal(seen: Seen, request_id: str) -> None:
    assert seen.header("content-type") == "application/json"
    body = seen.json()
    assert set(body) == {"error", "meta"} | ({"detail"} if seen.status == 422 else set())
    _check_meta(body["meta"], request_id)
    error = body["error"]
    assert set(error) == {"code", "message", "details"}
    code = Code(error["code"])
    assert code.status == seen.status
    assert isinstance(error["message"], str)
    assert error["message"]
    for detail in error["details"]:
        assert set(detail) == {"field", "message"}
        assert all(isinstance(text, str) and text for text in detail.values())
    if seen.status == 422:
        assert body["detail"]
        for issue in body["detail"]:
            assert set(issue) == {"loc", "msg", "type"}
            assert isinstance(issue["loc"], list)
            assert all(isinstance(part, str | int) for part in issue["loc"])
    _check_refusal_headers(seen, code)
    _check_documented(seen, body)


def _check_refusal_headers(seen: Seen, code: Code) -> None:
    challenge = seen.header("www-authenticate")
    if seen.status == 401:
        assert challenge in _CHALLENGES
    elif code is Code.INSUFFICIENT_SCOPE:
        assert re.fullmatch(r'Bearer error="insufficient_scope", scope="[\x21\x23-\x5b\x5d-\x7e ]+"', challenge or "")
    else:
        assert challenge is None
    assert (seen.header("allow") is not None) == (seen.status == 405)
    if seen.status in (429, 503):
        assert int(seen.header("retry-after") or 0) >= 1


def _check_documented(seen: Seen, body: Any) -> None:
    operation = operation_for(seen.method, seen.path)
    if seen.path in FOR_PROGRAMS | RFC_BODIES:
        assert seen.status in ANYWHERE | {401, 413, 415, 422, 429, 503}
        return
    if operation is None or (seen.status == 404 and seen.path in LOCAL_ALONE):
        assert seen.status in ANYWHERE, f"{seen.method} {seen.path}: {seen.status} but not documented"
        return
    schema = answer_schema(operation, seen.status)
    if schema is None:
        assert seen.status == 405, f"{operation['operationId']}: {seen.status} is not documented"
        return
    assert faults(body, schema) == []
    if seen.status >= 400 and seen.path != "/ready":
        assert body["error"]["code"] in documented_codes(operation, seen.status), "the operation does not name the code"
    for moment in _moments(body):
        assert MOMENT.fullmatch(moment), moment


def _moments(value: Any) -> list[str]:
    """Every time in a body."""
    if isinstance(value, list):
        return [moment for item in value for moment in _moments(item)]
    if not isinstance(value, dict):
        return []
    own = [inner for name, inner in value.items() if name.endswith("_at") and inner is not None]
    return own + [moment for inner in value.values() for moment in _moments(inner)]


def _check_secrets(seen: Seen) -> None:
    """A key's plaintext stands in one field of the answer that made it, and in no other answer or header."""
    shown = SECRET.findall(seen.content.decode()) + [s for _, value in seen.headers for s in SECRET.findall(value)]
    if not shown:
        return
    assert len(shown) == 1
    assert seen.status in (200, 201)
    data = seen.json()["data"]
    assert isinstance(data, dict)
    assert data.get("new_key", data)["api_key"] == shown[0]
    assert seen.header("cache-control") == "no-store"

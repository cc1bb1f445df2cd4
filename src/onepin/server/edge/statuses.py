"""The refusals of an operation, for its documentation: its codes, with an answer and the headers of each."""

from collections.abc import Iterator
from typing import Any

from onepin.contract.codes import Code
from onepin.contract.envelopes import ErrorEnvelope, ValidationErrorEnvelope
from onepin.server.access import Need, Place
from onepin.server.errors import Detail
from onepin.server.identity.credential import INVALID_TOKEN

_META = {"request_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "timestamp": "2026-05-01T12:00:00.000Z"}
ANYWHERE = (Code.BAD_REQUEST, Code.SERVER_ERROR, Code.UNAVAILABLE)
"""What any operation can answer. A 405 is no operation's answer."""
BODY = (Code.PAYLOAD_TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE)
"""What an operation with a body can answer beside VALIDATION_ERROR."""
_NAME = Detail("name", "must not be blank")
_WORKSPACE = Detail("X-Workspace-Id", "must be a UUID such as 0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", location="header")
_WORKSPACE_EXAMPLE = f"{Code.VALIDATION_ERROR}-X-Workspace-Id"
_SCOPE = Detail("scopes", "needs workflows:run", "header", "insufficient_scope")
_CHALLENGE = "How to authenticate, and what was wrong with the credential if there was one (RFC 6750)."
_RETRY = "After how many seconds to try again, at least 1."
_HEADERS: dict[Code, tuple[str, str, str]] = {
    Code.UNAUTHORIZED: ("WWW-Authenticate", _CHALLENGE, "Bearer"),
    Code.INVALID_API_KEY: ("WWW-Authenticate", _CHALLENGE, INVALID_TOKEN["WWW-Authenticate"]),
    Code.SESSION_REQUIRED: ("WWW-Authenticate", _CHALLENGE, INVALID_TOKEN["WWW-Authenticate"]),
    Code.INSUFFICIENT_SCOPE: (
        "WWW-Authenticate",
        "With `INSUFFICIENT_SCOPE`: the scopes that were needed (RFC 6750).",
        'Bearer error="insufficient_scope", scope="workflows:run"',
    ),
    Code.RATE_LIMITED: ("Retry-After", _RETRY, "12"),
    Code.UNAVAILABLE: ("Retry-After", _RETRY, "1"),
}


def refusals(need: Need | None, *codes: Code, named: bool = False) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: every status with its model, its codes and an example of each.

    ``need``: what the gate asks, None where there is none; what it refuses and ``ANYWHERE`` are added to ``codes``.
    ``named``: whether the body has a name, to show as what can be wrong.
    """
    possible = {*codes, *ANYWHERE, *(() if need is None else _of_the_gate(need))}
    if Code.UNAUTHORIZED in possible:  # too many of those from an address become a 429
        possible.add(Code.RATE_LIMITED)
    statuses = sorted({code.status for code in possible})
    return {status: _response([c for c in Code if c in possible and c.status == status], named) for status in statuses}


def _of_the_gate(need: Need) -> Iterator[Code]:
    """What ``Admission.admit`` refuses for a need, and the query that nobody asked for."""
    yield from (Code.UNAUTHORIZED, Code.VALIDATION_ERROR)
    if need.key_scope is None:
        yield Code.SESSION_REQUIRED
    else:
        yield from (Code.INVALID_API_KEY, Code.WORKSPACE_MISMATCH)
    if need.key_scope:
        yield Code.INSUFFICIENT_SCOPE
    if need.place is not Place.ARRIVAL:
        yield Code.NOT_A_MEMBER
    if need.role not in (None, "viewer"):
        yield Code.FORBIDDEN


def _response(codes: list[Code], named: bool) -> dict[str, Any]:
    invalid = Code.VALIDATION_ERROR.value if named else _WORKSPACE_EXAMPLE
    shown = {code.value: invalid if code is Code.VALIDATION_ERROR else code.value for code in codes}
    response: dict[str, Any] = {
        "model": ValidationErrorEnvelope if codes[0].status == 422 else ErrorEnvelope,
        "description": " · ".join(f"`{code.value}`" for code in codes),
        "content": {
            "application/json": {
                "examples": {code: {"$ref": f"#/components/examples/{name}"} for code, name in shown.items()}
            },
        },
    }
    if headers := _headers(codes):
        response["headers"] = headers
    return response


def _headers(codes: list[Code]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for code in codes:
        if code in _HEADERS:
            name, about, value = _HEADERS[code]
            header = found.setdefault(name, {"description": about, "schema": {"type": "string"}, "examples": {}})
            header["examples"][code.value] = {"value": value}
    return found


def examples() -> dict[str, Any]:
    """A refusal of every code, for the document's components; VALIDATION_ERROR for a body and for a header."""
    details = {Code.VALIDATION_ERROR: _NAME, Code.INSUFFICIENT_SCOPE: _SCOPE}
    found = {code.value: {"value": _example(code, details.get(code))} for code in Code}
    return found | {_WORKSPACE_EXAMPLE: {"value": _example(Code.VALIDATION_ERROR, _WORKSPACE)}}


def _example(code: Code, detail: Detail | None) -> dict[str, Any]:
    message = code.text
    if code is Code.VALIDATION_ERROR and detail is not None:
        message = f"{detail.field}: {detail.message}"
    if code is Code.INSUFFICIENT_SCOPE:
        message = "This API key lacks the scope workflows:run."
    details = [] if detail is None else [{"field": detail.field, "message": detail.message}]
    body: dict[str, Any] = {"error": {"code": code.value, "message": message, "details": details}, "meta": _META}
    if code.status == 422:
        fault = detail or Detail("request", message)
        body["detail"] = [{"loc": [fault.location, fault.field], "msg": fault.message, "type": fault.kind}]
    return body

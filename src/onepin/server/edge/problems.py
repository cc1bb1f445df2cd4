"""Refused → ``{error, meta}``. Every answer that is not a success is made here."""

from collections.abc import MutableMapping
from typing import Any

from starlette.responses import Response

from onepin.contract.codes import Code
from onepin.server.edge.envelope import encode, meta
from onepin.server.edge.facts import Facts
from onepin.server.errors import Detail, Refused
from onepin.server.identity.credential import NO_CREDENTIAL
from onepin.server.limits.limit import Allowance, retry_after_seconds

SHOWN = 100


REFUSED = "onepin.refused"
"""Where in the ASGI scope the refusal is left for the access log."""


FAILED = "onepin.failed"
"""Where in the ASGI scope ``edge/asgi.py`` puts what counts a failed authentication of the client's address."""


def problem(refused: Refused, scope: MutableMapping[str, Any]) -> Response:
    """The response for a refusal. A 422 also says it as ``detail``, the form generated clients type it as.

    A 401 becomes a 429 for an address that fails too often; nothing else does: a good key never pays for others.
    """
    if refused.code.status == 401 and refused.reason != NO_CREDENTIAL:
        allowance: Allowance | None = scope[FAILED](scope)
        if allowance is not None and not allowance.admitted:
            wait = {"Retry-After": str(retry_after_seconds(allowance))}
            text = "Too many failed attempts to sign in from this address. Wait as long as Retry-After says."
            refused = Refused(Code.RATE_LIMITED, text, headers=wait, reason=refused.reason)
    scope[REFUSED] = refused
    details = [{"field": printable(d.field), "message": printable(d.message)} for d in refused.details]
    body: dict[str, Any] = {
        "error": {"code": refused.code.value, "message": printable(refused.message), "details": details},
        "meta": meta(Facts.of(scope)),
    }
    if refused.code.status == 422:
        faults = refused.details or (Detail("request", refused.message),)
        body["detail"] = [
            {"loc": [d.location, printable(d.field)], "msg": printable(d.message), "type": d.kind} for d in faults
        ]
    return Response(encode(body), refused.code.status, refused.headers, "application/json")


def printable(text: str) -> str:
    """Text from a caller that may stand in our answer: no lone surrogates, not endless."""
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= SHOWN * 6 else clean[: SHOWN * 6] + "…"


def not_found() -> Refused:
    """For a path that no route has."""
    return Refused(Code.NOT_FOUND, "There is no such path. The paths are listed in /openapi.json.")


def wrong_method(allow: str) -> Refused:
    """For a path that has routes, but none for this method."""
    return Refused(Code.METHOD_NOT_ALLOWED, headers={"Allow": allow})

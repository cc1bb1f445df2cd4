"""The routes that every customer request passes, answered without FastAPI around them: whoami, check, verify.

Their documentation stands in ``routes/auth.py``. They decide by the same ``admission`` as everything else; what is
saved is the framework's work, several times the price of the decision itself (docs/explanation/verification-speed.md).
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, quote
from uuid import UUID

from starlette.requests import Request
from starlette.types import Receive, Scope

from onepin.contract.codes import Code
from onepin.contract.scopes import KEYS_VERIFY
from onepin.contract.verification import VerifyCode, VerifyRequest
from onepin.server.access import ANYONE, Need, Place, may_grant, shown_scopes
from onepin.server.admission import Admission, Ask, Decision, Reach
from onepin.server.edge.body import parse_json, read_body, require_json, validated
from onepin.server.edge.facts import Facts
from onepin.server.errors import Detail, Refused, invalid
from onepin.server.identity.credential import INVALID_TOKEN, Kind, single_header
from onepin.server.identity.workspace import named_workspace, parse_uuid
from onepin.server.keys.verifiers import Verifiers
from onepin.server.limits.limit import Allowance, Header, headers_of

WHOAMI = "/api/v1/auth/whoami"
CHECK = "/api/v1/auth/check"
VERIFY = "/api/v1/auth/verify"
PATHS = {"whoami": WHOAMI, "check": CHECK, "verify": VERIFY}
"""By the name of the method that answers: what metrics call the route."""
REQUIRED_SCOPES = b"x-onepin-require-scopes"
VERIFY_NEED = Need(Place.HEADER, role="viewer", key_scope=KEYS_VERIFY)
SCOPES_MAX = 50
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}", re.ASCII)  # scope-token, RFC 6749 §3.3
_JSON = (b"content-type", b"application/json")
Answer = tuple[int, list[Header], bytes]
Hot = Callable[[Scope, Receive], Awaitable[Answer]]


class HotRoutes:
    """Answers to the hot paths. ``scopes``: those of the deployment."""

    def __init__(self, admission: Admission, verifiers: Verifiers, scopes: tuple[str, ...]) -> None:
        self._admission = admission
        self._verifiers = verifiers
        self._scopes = scopes
        self._exact: dict[tuple[str, str], Hot] = {("GET", WHOAMI): self.whoami, ("POST", VERIFY): self.verify}

    def find(self, method: str, path: str) -> Hot | None:
        """What answers a request, or None when it is FastAPI's."""
        hot = self._exact.get((method, path))
        if hot is None and path.startswith(CHECK) and (len(path) == len(CHECK) or path[len(CHECK)] == "/"):
            return self.check
        return hot

    async def whoami(self, scope: Scope, _receive: Receive) -> Answer:
        """Who is calling and what they may do. Takes a session or any API key; needs no scope."""
        facts = Facts.of(scope)
        caller = await self._admission.admit(scope["headers"], ANYONE, request_id=facts.id)
        if scope["query_string"]:
            raise _no_parameters(scope, self._admission.limit_headers(caller.allowance))
        key = caller.principal.key
        if key is not None:
            workspace_id: UUID | None = key.workspace_id
            shown = _sorted_json(key.scopes)
        else:
            workspace_id = caller.named_workspace
            role = self._admission.role_shown(caller)
            shown = json.dumps(shown_scopes(role, self._scopes) if role else [], separators=(",", ":"))
        data = (
            f'{{"auth_kind":"{caller.principal.kind}","user_id":{_quoted(caller.principal.user_id)},'
            f'"workspace_id":{_quoted(workspace_id)},"api_key_id":{_quoted(key and key.id)},"scopes":{shown}}}'
        )
        return 200, _headers(caller.allowance, facts), _enveloped(data, facts)

    async def check(self, scope: Scope, _receive: Receive) -> Answer:
        """Whether the key that a request carries may pass, for a reverse proxy; any method, the body is not read."""
        facts = Facts.of(scope)
        decision = await self._admission.check(scope["headers"], _asked(scope))
        key = decision.key
        assert key is not None, "what was granted has a key"  # noqa: S101
        headers = _headers(decision.allowance, facts)
        headers += [
            (b"x-onepin-key-id", str(key.id).encode()),
            (b"x-onepin-workspace-id", str(key.workspace_id).encode()),
            (b"x-onepin-key-creator", str(key.created_by or "").encode()),
            (b"x-onepin-scopes", " ".join(key.scopes).encode()),
            (b"x-onepin-key-name", quote(key.name, safe=" ").encode()),
        ]
        return 200, headers, _enveloped("{}", facts)

    async def verify(self, scope: Scope, receive: Receive) -> Answer:
        """The verdict about a key in the body, for a service that holds it."""
        facts = Facts.of(scope)
        reach = await self._reach(scope, facts)
        if scope["query_string"]:
            raise _no_parameters(scope, {})
        request = Request(scope, receive)
        raw = await read_body(request)
        require_json(request)
        body = validated(VerifyRequest, parse_json(raw), location="body", context={})
        decision = await self._admission.decide(body.api_key, Ask(body.scopes, None, body.cost), within=reach)
        return 200, [_JSON], _enveloped(json.dumps(_verdict(decision), separators=(",", ":")), facts)

    async def _reach(self, scope: Scope, facts: Facts) -> Reach:
        """Who asks, and so about which keys they may hear: all of the deployment for a verifier (of one workspace, if
        it names one), else those of the caller's workspace; others are invalid to them.
        """
        credential = self._admission.credential(scope["headers"])
        if credential.kind is Kind.VERIFIER:
            if not await self._verifiers.knows(credential.token):
                raise Refused(Code.UNAUTHORIZED, headers=INVALID_TOKEN, reason="unknown verifier")
            named = named_workspace(scope["headers"])
            return lambda owner: None if named in (None, owner) else VerifyCode.WORKSPACE_MISMATCH
        caller = await self._admission.admit(scope["headers"], VERIFY_NEED, request_id=facts.id, cost=0)
        own = caller.principal.key.workspace_id if caller.principal.key else caller.workspace_id
        if caller.membership is not None and not may_grant(caller.membership.role, KEYS_VERIFY):
            raise Refused(Code.FORBIDDEN, "Verifying keys needs the role admin in the workspace.")
        return lambda owner: None if owner == own else VerifyCode.INVALID_API_KEY


def _asked(scope: Scope) -> Ask:
    """What a check asks for. Below ``/check/…`` the query is the customer's own, so only the proxy's header counts."""
    try:
        header = single_header(scope["headers"], REQUIRED_SCOPES)
        needed = _scopes(header.replace(",", " "), "X-OnePin-Require-Scopes", "header") if header else []
        if len(scope["path"]) > len(CHECK):
            return Ask(needed)
        workspaces: list[UUID] = []
        for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
            if name == "scope":
                found = _scopes(value, "scope", "query")
                if not found or len(needed) + len(found) > SCOPES_MAX:
                    raise invalid("scope", f"must be there, and at most {SCOPES_MAX}", location="query")
                needed += found
            elif name == "workspace":
                workspaces.append(parse_uuid(value, "workspace", "query"))
            else:
                raise _unknown_parameter(name, "scope, workspace", {})
    except Refused as fault:
        return Ask(fault=fault)
    return Ask(needed, tuple(workspaces) or None)


def _scopes(text: str, field: str, location: str) -> list[str]:
    """The scopes in ``text``, with spaces between them. Raises ``Refused`` for what can't be one: a slip of the proxy's
    configuration must not pass for a question that asks less.
    """
    found = text.split()
    if len(found) > SCOPES_MAX or not all(map(_SCOPE.fullmatch, found)):
        message = f"must be at most {SCOPES_MAX} scopes, such as workflows:run, with spaces between them"
        raise invalid(field, message, location=location)
    return found


def _unknown_parameter(name: str, known: str, headers: Mapping[str, str]) -> Refused:
    message = f"is not a parameter here; there is {known}"
    details = [Detail(name[:100], message, "query", "query_parameter")]
    return Refused(Code.VALIDATION_ERROR, f"{name[:100]}: {message}", details=details, headers=headers)


def _no_parameters(scope: Scope, headers: Mapping[str, str]) -> Refused:
    name = scope["query_string"].decode("latin-1").partition("&")[0].partition("=")[0]
    return _unknown_parameter(name, "none", headers)


def _verdict(decision: Decision) -> dict[str, Any]:
    key, allowance = decision.key, decision.allowance
    return {
        "valid": decision.code is VerifyCode.VALID,
        "code": decision.code.value,
        "api_key_id": None if key is None else str(key.id),
        "workspace_id": None if key is None else str(key.workspace_id),
        "name": None if key is None else key.name,
        "scopes": [] if key is None else list(key.scopes),
        "rate_limit": None if allowance is None else _state(allowance),
    }


def _state(allowance: Allowance) -> dict[str, int]:
    return {
        "limit": allowance.limit,
        "remaining": allowance.remaining,
        "reset_after": ceil(allowance.reset_after),
        "retry_after": ceil(allowance.retry_after),
    }


def _headers(allowance: Allowance | None, facts: Facts) -> list[Header]:
    return [_JSON] if allowance is None else [_JSON, *headers_of(allowance, facts.received_at)]


def _enveloped(data: str, facts: Facts) -> bytes:
    """An answer around ``data``, which is JSON already."""
    return f'{{"data":{data},"meta":{{"request_id":"{facts.id}","timestamp":"{facts.timestamp}"}}}}'.encode()


@lru_cache(4096)
def _sorted_json(scopes: tuple[str, ...]) -> str:
    return json.dumps(sorted(set(scopes)), separators=(",", ":"))


def _quoted(identifier: UUID | None) -> str:
    return "null" if identifier is None else _quoted_number(identifier.int)  # hashed in C, which a UUID is not


@lru_cache(16_384)
def _quoted_number(number: int) -> str:
    return f'"{UUID(int=number)}"'

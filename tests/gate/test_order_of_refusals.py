"""Of two faults in one request the earlier stage's is answered, so that no later stage can be probed through it.

400 broken request → 404/405 route → 401 → 422/403 workspace header → 403 role or scope → 422 path id → 413/415 →
400/422 body → 404/409
"""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from asgi_client import ask
from service import Service, bearer
from standing import standing_loop
from tenants import join, state

pytestmark = standing_loop
LARGE = b" " * 70_000


@dataclass(frozen=True)
class Sent:
    """A PATCH of a key, sound until a fault is put in."""

    who: str = "admin"
    auth: str = "once"
    workspace: str = "own"
    host: str = "127.0.0.1:8000"
    method: str = "PATCH"
    key: str = "own"
    suffix: str = ""
    query: str = ""
    kind: str = "application/json"
    body: bytes = b'{"name":"new"}'
    extra: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True)
class Fault:
    """What is changed of a sound request, at which stage it is found, and how it is answered."""

    name: str
    stage: int
    status: int
    code: str
    change: dict[str, Any]


FAULTS = [
    Fault("two credentials", 0, 400, "BAD_REQUEST", {"auth": "twice"}),
    Fault("another host", 0, 400, "BAD_REQUEST", {"host": "evil.example"}),
    Fault("two lengths", 0, 400, "BAD_REQUEST", {"extra": (("Content-Length", "1"), ("Transfer-Encoding", "chunked"))}),
    Fault("no such path", 1, 404, "NOT_FOUND", {"suffix": "/nothing"}),
    Fault("no such method", 1, 405, "METHOD_NOT_ALLOWED", {"method": "PUT"}),
    Fault("no credential", 2, 401, "UNAUTHORIZED", {"auth": "none"}),
    Fault("a bad session", 2, 401, "UNAUTHORIZED", {"auth": "bad"}),
    Fault("an API key", 2, 401, "SESSION_REQUIRED", {"auth": "key"}),
    Fault("workspace is no id", 3, 422, "VALIDATION_ERROR", {"workspace": "malformed"}),
    Fault("not a member", 3, 403, "NOT_A_MEMBER", {"workspace": "foreign"}),
    Fault("a viewer", 4, 403, "FORBIDDEN", {"who": "viewer"}),
    Fault("no id", 5, 422, "VALIDATION_ERROR", {"key": "malformed"}),
    Fault("too large", 6, 413, "PAYLOAD_TOO_LARGE", {"body": b"{" + LARGE}),
    Fault("plain text", 6, 415, "UNSUPPORTED_MEDIA_TYPE", {"kind": "text/plain"}),
    Fault("malformed", 7, 400, "BAD_REQUEST", {"body": b"{"}),
    Fault("invalid", 7, 422, "VALIDATION_ERROR", {"body": b'{"name":""}'}),
    Fault("unknown", 8, 404, "NOT_FOUND", {"key": "unknown"}),
    Fault("another workspace's", 8, 404, "NOT_FOUND", {"key": "foreign"}),
    Fault("revoked", 8, 409, "CONFLICT", {"key": "revoked"}),
]
BAD_QUERY = Fault("unknown parameter", 7, 422, "VALIDATION_ERROR", {"query": "?colour=red"})
PAIRS = [
    (first, second)
    for first, second in itertools.combinations(FAULTS, 2)
    if first.stage < second.stage and not first.change.keys() & second.change.keys()
]


async def send(service: Service, sent: Sent) -> tuple[int, str]:
    """Status and code of the answer; on a refusal nothing may have changed."""
    own = await service.create_key()
    if sent.key == "revoked":
        await service.call("DELETE", f"api-keys/{own['id']}", service.session())
    foreign = own
    if "foreign" in (sent.workspace, sent.key):
        foreign = await service.create_key(service.session(f"foreign-{service.user}"))
    who = service.user if sent.who == "admin" else f"viewer-{service.user}"
    if sent.who == "viewer":
        await join(service, own["workspace_id"], who, "viewer")
    workspace = {"own": own["workspace_id"], "foreign": foreign["workspace_id"]}.get(sent.workspace, sent.workspace)
    credential = list(service.session(who).items())
    auth = {
        "once": credential,
        "twice": credential * 2,
        "none": [],
        "bad": list(bearer("a.b.c").items()),
        "key": list(bearer(own["api_key"]).items()),
    }[sent.auth]
    unknown = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
    ids = {"own": own["id"], "revoked": own["id"], "foreign": foreign["id"], "unknown": unknown}
    target = f"/api/v1/api-keys/{ids.get(sent.key, sent.key)}{sent.suffix}{sent.query}"
    headers = [*auth, ("X-Workspace-Id", workspace), ("Content-Type", sent.kind), *sent.extra]
    before = await state(service, own["workspace_id"])
    answer = await ask(service.app, sent.method, target, headers, sent.body, host=[("Host", sent.host)])
    if answer.status == 200:
        return 200, ""
    assert await state(service, own["workspace_id"]) == before
    return answer.status, answer.code


async def test_a_request_without_a_fault_succeeds(service: Service) -> None:
    assert await send(service, Sent()) == (200, "")


@pytest.mark.parametrize("fault", [*FAULTS, BAD_QUERY], ids=lambda fault: fault.name)
async def test_a_fault_alone_is_answered_as_such(service: Service, fault: Fault) -> None:
    assert await send(service, replace(Sent(), **fault.change)) == (fault.status, fault.code)


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda fault: fault.name)
async def test_of_two_faults_the_earlier_stage_answers(service: Service, first: Fault, second: Fault) -> None:
    """If this failed, somebody without the right could learn from a later stage what they may not know."""
    assert await send(service, replace(Sent(), **first.change, **second.change)) == (first.status, first.code)


@pytest.mark.parametrize("other", [fault for fault in FAULTS if fault.stage not in (6, 7)], ids=lambda f: f.name)
async def test_a_wrong_query_is_refused_with_the_body(service: Service, other: Fault) -> None:
    found = await send(service, replace(Sent(), **BAD_QUERY.change, **other.change))
    earlier = other if other.stage < BAD_QUERY.stage else BAD_QUERY
    assert found == (earlier.status, earlier.code)


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ({"X-Workspace-Id": "malformed"}, "?colour=red", (422, "X-Workspace-Id")),
        ({"X-Workspace-Id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"}, "?colour=red", (403, "NOT_A_MEMBER")),
        ({}, "?colour=red", (422, "colour")),
    ],
)
async def test_whoami_looks_at_the_workspace_before_the_query(
    service: Service, headers: dict[str, str], query: str, expected: tuple[int, str]
) -> None:
    answer = await service.call("GET", f"auth/whoami{query}", service.session() | headers)
    error = answer.json()["error"]
    told = error["details"][0]["field"] if error["details"] else error["code"]
    assert (answer.status_code, told) == expected

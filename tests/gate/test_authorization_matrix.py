"""Who may do what: every credential at every route, at one's own, another tenant's and nobody's ids.

Each cell: status, code, challenge, that the other tenant's rows are as they were, and that a change left one trace in
the audit log and a refusal none.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from answers import data, refused
from asgi_client import Asked, ask
from cast import Cast, cast
from onepin.contract.codes import Code
from routes import NOBODYS, ROUTES, Route
from service import Service
from standing import standing_loop
from tenants import audit, change_role, join, state, tenant, user_id_of

pytestmark = standing_loop
INVALID = 'Bearer error="invalid_token"'
#                                   keys · whoami · workspaces: list … update · usage · verify · delete workspace
ROWS = {
    "owner": "                             200 201 200 200 200 200  200  200 201 200 200 200  200 200 200  200  200",
    "admin": "                             200 201 200 200 200 200  200  200 201 200 200 200  200 200 200  200  404",
    "editor": "                            200 201 200 200 200 200  200  200 201 200 200 404  200 200 200  403  404",
    "viewer": "                            200 403 200 403 403 403  200  200 201 200 200 404  200 200 200  403  404",
    "member removed a moment ago": "       403 403 403 403 403 403  403  200 201 200 404 404  403 403 403  403  404",
    "stranger who names the workspace": "  403 403 403 403 403 403  403  200 201 200 404 404  403 403 403  403  404",
    "stranger who never called": "         403 403 403 403 403 403  403  200 201 200 404 404  403 403 403  403  404",
    "owner, malformed workspace": "        422 422 422 422 422 422  422  422 422 422 422 422  422 422 422  422  422",
    "owner, two workspaces": "             400 400 400 400 400 400  400  400 400 400 400 400  400 400 400  400  400",
    "owner, two credentials": "            400 400 400 400 400 400  400  400 400 400 400 400  400 400 400  400  400",
    "nobody": "                            401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "an empty header": "                   401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "a scheme alone": "                    401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "another scheme": "                    401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "two schemes": "                       401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "no token": "                          401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "a verifier": "                        401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "a device": "                          401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session expired": "                   401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session not yet valid": "             401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session of another issuer": "         401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session for another party": "         401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session from a template": "           401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session pending": "                   401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "session signed by another": "         401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "key": "                               401 401 401 401 401 401  200  403 401 403 403 401  403 403 403  403  401",
    "key that names its workspace": "      401 401 401 401 401 401  200  403 401 403 403 401  403 403 403  403  401",
    "key that reads": "                    401 401 401 401 401 401  200  200 401 200 200 401  200 200 200  403  401",
    "key that names another workspace": "  401 401 401 401 401 401  403  403 401 403 403 401  403 403 403  403  401",
    "key that names no workspace": "       401 401 401 401 401 401  422  422 401 422 422 401  422 422 422  422  401",
    "key unknown": "                       401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "key with a wrong checksum": "         401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "key paused": "                        401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "key revoked": "                       401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
    "key rotated": "                       401 401 401 401 401 401  401  401 401 401 401 401  401 401 401  401  401",
}
#        settings, members: list, change, remove · invites: create, change, revoke, accept · devices · sessions
TEAM_ROWS = {
    "owner": "                             200  200 200 200  201 200 200 404  404 404  200 404",
    "admin": "                             200  200 200 200  201 200 200 404  404 404  200 404",
    "editor": "                            200  200 403 403  403 403 403 404  404 404  200 404",
    "viewer": "                            200  200 403 403  403 403 403 404  404 404  200 404",
    "member removed a moment ago": "       404  404 404 404  404 404 404 404  404 404  200 404",
    "stranger who names the workspace": "  404  404 404 404  404 404 404 404  404 404  200 404",
    "stranger who never called": "         404  404 404 404  404 404 404 404  404 404  200 404",
    "owner, malformed workspace": "        422  422 422 422  422 422 422 422  422 422  422 422",
    "owner, two workspaces": "             400  400 400 400  400 400 400 400  400 400  400 400",
    "owner, two credentials": "            400  400 400 400  400 400 400 400  400 400  400 400",
    "nobody": "                            401  401 401 401  401 401 401 401  401 401  401 401",
    "an empty header": "                   401  401 401 401  401 401 401 401  401 401  401 401",
    "a scheme alone": "                    401  401 401 401  401 401 401 401  401 401  401 401",
    "another scheme": "                    401  401 401 401  401 401 401 401  401 401  401 401",
    "two schemes": "                       401  401 401 401  401 401 401 401  401 401  401 401",
    "no token": "                          401  401 401 401  401 401 401 401  401 401  401 401",
    "a verifier": "                        401  401 401 401  401 401 401 401  401 401  401 401",
    "a device": "                          401  401 401 401  401 401 401 401  401 401  401 401",
    "session expired": "                   401  401 401 401  401 401 401 401  401 401  401 401",
    "session not yet valid": "             401  401 401 401  401 401 401 401  401 401  401 401",
    "session of another issuer": "         401  401 401 401  401 401 401 401  401 401  401 401",
    "session for another party": "         401  401 401 401  401 401 401 401  401 401  401 401",
    "session from a template": "           401  401 401 401  401 401 401 401  401 401  401 401",
    "session pending": "                   401  401 401 401  401 401 401 401  401 401  401 401",
    "session signed by another": "         401  401 401 401  401 401 401 401  401 401  401 401",
    "key": "                               403  403 401 401  401 401 401 401  401 401  401 401",
    "key that names its workspace": "      403  403 401 401  401 401 401 401  401 401  401 401",
    "key that reads": "                    200  200 401 401  401 401 401 401  401 401  401 401",
    "key that names another workspace": "  403  403 401 401  401 401 401 401  401 401  401 401",
    "key that names no workspace": "       422  422 401 401  401 401 401 401  401 401  401 401",
    "key unknown": "                       401  401 401 401  401 401 401 401  401 401  401 401",
    "key with a wrong checksum": "         401  401 401 401  401 401 401 401  401 401  401 401",
    "key paused": "                        401  401 401 401  401 401 401 401  401 401  401 401",
    "key revoked": "                       401  401 401 401  401 401 401 401  401 401  401 401",
    "key rotated": "                       401  401 401 401  401 401 401 401  401 401  401 401",
}
EVENTS = {
    "create key": {"api_key.created": 1},
    "update key": {"api_key.updated": 1},
    "delete key": {"api_key.revoked": 1},
    "rotate key": {"api_key.rotated": 1, "api_key.created": 1},
    "update workspace": {"workspace.updated": 1},
    "update member": {"member.role_changed": 1},
    "remove member": {"member.removed": 1},
    "create invite": {"invite.created": 1},
    "update invite": {"invite.role_changed": 1},
    "revoke invite": {"invite.revoked": 1},
    "delete workspace": {"workspace.deleted": 1},
}
"""What a success leaves in the workspace's audit log. A new workspace has a log of its own."""
TARGETS = ("random", "other", "own")


def cells(visitor: str) -> list[str]:
    """The statuses of a visitor at each of ROUTES; deleting the workspace is the last."""
    *first, delete = ROWS[visitor].split()
    return [*first, *TEAM_ROWS[visitor].split(), delete]


def expected(visitor: str, route: Route, target: str) -> tuple[int, str | None, str | None]:
    """Status, code and challenge of a cell."""
    status = int(cells(visitor)[ROUTES.index(route)])
    if status < 300 and route.whose and target != "own":
        status = 404
    if status == 403 and target != "own" and visitor in ("editor", "viewer") and "/workspaces/" in route.path:
        status = 404  # they are no members there
    if status < 300:
        return status, None, None
    if status == 401:
        return status, *_unauthorized(visitor, route)
    code = {400: "BAD_REQUEST", 404: "NOT_FOUND", 422: "VALIDATION_ERROR"}.get(status) or _forbidden(visitor)
    challenge = f'Bearer error="insufficient_scope", scope="{route.scope}"'
    return status, code, challenge if code == "INSUFFICIENT_SCOPE" else None


def _unauthorized(visitor: str, route: Route) -> tuple[str, str]:
    if visitor.startswith("key"):
        return ("SESSION_REQUIRED" if route.scope is None else "INVALID_API_KEY"), INVALID
    return "UNAUTHORIZED", "Bearer" if visitor in ("nobody", "an empty header", "a scheme alone") else INVALID


def _forbidden(visitor: str) -> str:
    if visitor.startswith("key"):
        return "WORKSPACE_MISMATCH" if "another" in visitor else "INSUFFICIENT_SCOPE"
    return "FORBIDDEN" if visitor in ("viewer", "editor") else "NOT_A_MEMBER"


Ids = dict[str | None, object]


async def belongings(service: Service, workspace: UUID, owner: dict[str, str]) -> Ids:
    """A new key, member and invite of a workspace."""
    user = f"{uuid4().hex}@example.com"
    await join(service, workspace, user, "viewer")
    invited = {"email": f"invited-{user}", "role": "viewer"}
    invite = data(await service.call("POST", f"workspaces/{workspace}/invites", owner, json=invited), 201)
    key = await service.create_key(owner)
    return {"workspace": workspace, "key": key["id"], "member": await user_id_of(service, user), "invite": invite["id"]}


@dataclass
class Scene:
    """What a cell is played on: the two tenants, a live key of each, and their rows as they were last."""

    service: Service
    people: Cast
    own: Ids = field(default_factory=dict)
    other: Ids = field(default_factory=dict)
    own_rows: str = ""
    other_rows: str = ""

    async def set_up(self) -> None:
        """What may have been used up in the first workspace: a key, a member, an invite."""
        people = self.people
        self.own = await belongings(self.service, people.own, people.owner)
        self.own_rows = await state(self.service, people.own)

    async def set_up_other(self) -> None:
        """The same in the second one, once: nothing there may change."""
        people = self.people
        self.other = await belongings(self.service, people.other, people.other_owner)
        self.other_rows = await state(self.service, people.other)

    async def play(self, visitor: str, route: Route, target: str) -> Asked:
        """The answer of one cell, after everything about it was checked."""
        events = await audit(self.service, self.people.own) if route.changes else []
        sent = [*self.people.visitors[visitor], ("Content-Type", "application/json")]
        ids = {"random": {}, "other": self.other, "own": self.own}[target]
        path = route.at(ids.get(route.whose, NOBODYS), ids.get("workspace", NOBODYS))
        body = b"" if route.body is None else json.dumps(route.body).encode()
        answer = await ask(self.service.app, route.method, path, sent, body)
        status, code, challenge = expected(visitor, route, target)
        assert answer.status == status
        assert answer.header("www-authenticate") == challenge
        assert answer.header("cache-control") == "no-store"
        assert await state(self.service, self.people.other) == self.other_rows
        if code is None and route.changes:
            left = await audit(self.service, self.people.own, but=events)
            assert Counter(event.action for event in left) == EVENTS.get(route.name, {})
            if route.name != "delete workspace":
                await self.set_up()
        else:
            assert await state(self.service, self.people.own) == self.own_rows
        if code is not None:
            assert answer.code == code
        return answer


def shown(answer: Asked) -> Any:
    """Everything of an answer that may tell one id from another."""
    body = answer.json()
    del body["meta"]
    headers = [pair for pair in answer.headers if pair[0] != "x-request-id" and "ratelimit" not in pair[0]]
    return answer.status, headers, body


@pytest.mark.parametrize("visitor", ROWS)
async def test_every_credential_opens_what_it_should_and_nothing_else(service: Service, visitor: str) -> None:
    """If this failed, somebody could do what they may not, in their own workspace or in somebody else's."""
    scene = Scene(service, await cast(service))
    assert scene.people.visitors.keys() == ROWS.keys()
    await scene.set_up_other()
    await scene.set_up()
    for route in ROUTES:
        answers = [await scene.play(visitor, route, target) for target in (TARGETS if route.whose else ("own",))]
        if route.whose:
            assert shown(answers[0]) == shown(answers[1]), f"{route.name}: another tenant's id is not like nobody's"


async def test_the_table_has_a_cell_for_every_route(service: Service) -> None:
    """If this failed, a new route could stand outside the matrix."""
    assert {len(cells(visitor)) for visitor in ROWS} == {len(ROUTES)}
    assert ROWS.keys() == TEAM_ROWS.keys()
    assert {code for code in Code if code.status in (401, 403)} == {
        *(Code.UNAUTHORIZED, Code.INVALID_API_KEY, Code.SESSION_REQUIRED),
        *(Code.FORBIDDEN, Code.INSUFFICIENT_SCOPE, Code.NOT_A_MEMBER, Code.WORKSPACE_MISMATCH),
    }


async def test_of_a_deleted_workspace_nobody_may_do_anything(service: Service) -> None:
    """If this failed, what was deleted could still be used."""
    people = await cast(service)
    key = await service.create_key(people.owner)
    data(await service.call("DELETE", f"workspaces/{people.own}", people.owner))
    before = await state(service, people.own), await state(service, people.other)
    for visitor in ("owner", "admin", "editor", "viewer", "key", "key that reads"):
        is_key = visitor.startswith("key")
        for route in ROUTES:
            sent = [*people.visitors[visitor], ("Content-Type", "application/json")]
            body = json.dumps(route.body).encode() if route.body else b""
            whose = key["id"] if route.whose == "key" else people.own
            answer = await ask(service.app, route.method, route.at(whose, people.own), sent, body)
            if is_key:
                assert answer.code == ("SESSION_REQUIRED" if route.scope is None else "INVALID_API_KEY")
            elif route.name in ("list workspaces", "create workspace", "slug available", "list sessions"):
                assert answer.status in (200, 201)
                assert str(people.own) not in answer.content.decode()
            else:
                by_path = any(part in route.path for part in ("/workspaces", "/approvals", "/sessions"))
                assert answer.code == ("NOT_FOUND" if by_path else "NOT_A_MEMBER"), route.name
            assert (await state(service, people.own), await state(service, people.other)) == before


async def test_an_editor_hands_out_no_more_than_they_may(service: Service) -> None:
    """If this failed, an editor could give a key, and so themselves, more than an admin gave to them."""
    team = await tenant(service)
    path = "api-keys"
    strong = await service.create_key(team.admin, scopes=["keys:verify", "voices:read"], rate_limit_per_min=5)
    weak = await service.create_key(team.admin, scopes=["voices:read"])
    paused = await service.create_key(team.admin, scopes=["keys:verify"])
    data(await service.call("PATCH", f"{path}/{paused['id']}", team.editor, json={"active": False}))
    events, before = await audit(service, team.id), await state(service, team.id)
    attempts: list[tuple[str, str, Any]] = [
        ("POST", path, {"name": "a", "scopes": ["keys:verify"]}),
        ("PATCH", f"{path}/{weak['id']}", {"scopes": ["voices:read", "keys:verify"]}),
        ("PATCH", f"{path}/{strong['id']}", {"scopes": ["keys:verify"]}),
        ("PATCH", f"{path}/{strong['id']}", {"rate_limit_per_min": 1_000_000}),
        ("PATCH", f"{path}/{strong['id']}", {"rate_limit_per_min": None}),
        ("PATCH", f"{path}/{paused['id']}", {"active": True}),
        ("PATCH", f"{path}/{strong['id']}/rotate", {}),
        ("PATCH", f"{path}/{strong['id']}/rotate", {"grace_seconds": 60}),
    ]
    for method, target, body in attempts:
        refused(await service.call(method, target, team.editor, json=body), "FORBIDDEN", "scopes")
        assert await state(service, team.id) == before
    assert await audit(service, team.id, but=events) == []
    for body in ({"name": "new"}, {"active": False}, {"scopes": ["voices:read"]}):
        data(await service.call("PATCH", f"{path}/{strong['id']}", team.editor, json=body))
    data(await service.call("DELETE", f"{path}/{paused['id']}", team.editor))
    assert (await service.create_key(team.admin, scopes=["keys:verify"]))["scopes"] == ["keys:verify"]


@pytest.mark.parametrize("role", ["viewer", None])
async def test_a_role_that_is_taken_away_is_gone_for_the_next_request(service: Service, role: str | None) -> None:
    """If this failed, somebody who was let go could still make keys for as long as their session lasts."""
    team = await tenant(service)
    assert data(await service.call("POST", "api-keys", team.editor, json={"name": "a"}), 201)
    await change_role(service, team.id, f"tenant-editor-{service.user}", role)
    before = await state(service, team.id)
    answer = await service.call("POST", "api-keys", team.editor, json={"name": "a"})
    refused(answer, "FORBIDDEN" if role else "NOT_A_MEMBER")
    assert await state(service, team.id) == before

"""Two workspaces in one database: whatever happens in one, no row of the other changes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from answers import data, refused
from onepin.server.store.tables import api_keys, audit_events, idempotency_keys, invites, key_totals
from routes import ROUTES
from service import Service, bearer
from standing import standing_loop
from tenants import Tenant, count, join, state, tenant

pytestmark = standing_loop
VALUE = {"Idempotency-Key": "the-same-value-in-both-workspaces"}
Act = Callable[[Service, Tenant, dict[str, Any]], Awaitable[object]]


async def furnished(service: Service, name: str) -> tuple[Tenant, dict[str, dict[str, Any]]]:
    """A workspace with a key in every state, named alike in both, and an idempotent answer."""
    team = await tenant(service, name)
    made = {
        state_: await service.create_key(team.admin, name=state_) for state_ in ("live", "paused", "revoked", "old")
    }
    await patch(service, team, made["paused"], active=False)
    await service.call("DELETE", f"api-keys/{made['revoked']['id']}", team.admin)
    await service.call("PATCH", f"api-keys/{made['old']['id']}/rotate", team.admin, json={"grace_seconds": 600})
    await join(service, team.id, f"both-{service.user}", "editor")
    await invite_waiting(service, team)
    made["once"] = data(await service.call("POST", "api-keys", team.admin | VALUE, json={"name": "once"}), 201)
    return team, made


async def invite_waiting(service: Service, team: Tenant) -> None:
    """An invite of the same address in both."""
    body = {"email": f"waiting-{service.user}", "role": "viewer"}
    data(await service.call("POST", f"workspaces/{team.id}/invites", team.admin, json=body), 201)


async def patch(service: Service, team: Tenant, key: dict[str, Any], **body: Any) -> Any:
    return data(await service.call("PATCH", f"api-keys/{key['id']}", team.admin, json=body))


async def rotate(service: Service, team: Tenant, key: dict[str, Any], grace: int) -> Any:
    path = f"api-keys/{key['id']}/rotate"
    return data(await service.call("PATCH", path, team.admin, json={"grace_seconds": grace}))


async def expire(service: Service, team: Tenant, key: dict[str, Any]) -> Any:
    """A grace of one second that is over, and the request that writes its end down."""
    await rotate(service, team, key, 1)
    service.clock.advance(1)
    return data(await service.call("DELETE", f"api-keys/{key['id']}", team.admin))


async def replay(service: Service, team: Tenant, key: dict[str, Any]) -> Any:
    answer = await service.call("POST", "api-keys", team.admin | VALUE, json={"name": "once"})
    assert answer.headers["idempotency-replayed"] == "true"


async def rename(service: Service, team: Tenant, key: dict[str, Any]) -> Any:
    return data(await service.call("PATCH", f"workspaces/{team.id}", team.admin, json={"name": "new", "color_idx": 6}))


async def delete(service: Service, team: Tenant, key: dict[str, Any]) -> Any:
    return data(await service.call("DELETE", f"workspaces/{team.id}", team.admin))


async def invite(service: Service, team: Tenant) -> Any:
    """An invite to an address that is invited to the other workspace as well."""
    body = {"email": f"guest-{service.user}", "role": "viewer"}
    return data(await service.call("POST", f"workspaces/{team.id}/invites", team.admin, json=body), 201)


async def with_invite(service: Service, team: Tenant, method: str, **more: Any) -> Any:
    path = f"workspaces/{team.id}/invites/{(await invite(service, team))['id']}"
    return data(await service.call(method, path, team.admin, **more))


async def accept(service: Service, team: Tenant) -> Any:
    path = f"workspaces/invites/{(await invite(service, team))['token']}/accept"
    return data(await service.call("POST", path, service.session(f"guest-{service.user}")))


async def with_member(service: Service, team: Tenant, method: str, **more: Any) -> Any:
    """Done to somebody who is a member of both."""
    everybody = data(await service.call("GET", f"workspaces/{team.id}/members", team.admin))
    (both,) = [one["id"] for one in everybody if one["email"] == f"both-{service.user}"]
    return data(await service.call(method, f"workspaces/{team.id}/members/{both}", team.admin, **more))


ACTS: dict[str, Act] = {
    "create": lambda s, t, k: s.create_key(t.admin),
    "rename": lambda s, t, k: patch(s, t, k, name="new"),
    "narrow": lambda s, t, k: patch(s, t, k, scopes=[]),
    "limit": lambda s, t, k: patch(s, t, k, rate_limit_per_min=None),
    "pause": lambda s, t, k: patch(s, t, k, active=False),
    "revoke": lambda s, t, k: s.call("DELETE", f"api-keys/{k['id']}", t.admin),
    "rotate": lambda s, t, k: rotate(s, t, k, 0),
    "rotate with grace": lambda s, t, k: rotate(s, t, k, 60),
    "expire": expire,
    "use": lambda s, t, k: s.call("GET", "auth/whoami", bearer(k["api_key"])),
    "replay": replay,
    "rename the workspace": rename,
    "invite": lambda s, t, k: invite(s, t),
    "accept": lambda s, t, k: accept(s, t),
    "promise another role": lambda s, t, k: with_invite(s, t, "PATCH", json={"role": "admin"}),
    "revoke an invite": lambda s, t, k: with_invite(s, t, "DELETE"),
    "change a role": lambda s, t, k: with_member(s, t, "PATCH", json={"role": "viewer"}),
    "remove a member": lambda s, t, k: with_member(s, t, "DELETE"),
    "delete the workspace": delete,
}
"""Everything that changes something, done with a live key of the first workspace."""


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_what_happens_in_one_workspace_leaves_the_other_as_it_was(service: Service, act: Act) -> None:
    """If this failed, one customer's click would change another customer's keys."""
    here, keys = await furnished(service, "here")
    there, others = await furnished(service, "there")
    before = await state(service, there.id)
    changed_before = await state(service, here.id)
    await act(service, here, keys["live"])
    assert await state(service, there.id) == before
    if act not in (ACTS["use"], ACTS["replay"]):
        assert await state(service, here.id) != changed_before, "the act did nothing, so the test shows nothing"
    for name in ("live", "once"):
        assert (await service.whoami(others[name]["api_key"])).status_code == 200


async def test_two_workspaces_of_one_person_are_as_separate(service: Service) -> None:
    """If this failed, membership in both would blur them."""
    one, keys = await furnished(service, "one")
    two, others = await furnished(service, "two")
    await join(service, two.id, f"one-admin-{service.user}", "admin")
    wrong = one.admin["Authorization"]
    before = await state(service, two.id)
    headers = {"Authorization": wrong, "X-Workspace-Id": str(two.id)}
    for route in ROUTES:
        if route.whose == "key":
            answer = await service.call(route.method, route.at(keys["live"]["id"]), headers, json=route.body)
            refused(answer, "NOT_FOUND")
    assert await state(service, two.id) == before
    assert (await service.whoami(keys["live"]["api_key"])).status_code == 200
    listed = data(await service.call("GET", "api-keys?status=all&limit=100", headers))
    assert {key["workspace_id"] for key in listed} == {str(two.id)}
    assert {key["id"] for key in others.values()} <= {key["id"] for key in listed}


async def test_one_value_in_two_workspaces_is_two_requests(service: Service) -> None:
    """If this failed, the second workspace would be handed the first one's secret."""
    (here, keys), (there, others) = await furnished(service, "here"), await furnished(service, "there")
    assert keys["once"]["api_key"] != others["once"]["api_key"]
    for team, made in ((here, keys), (there, others)):
        again = data(await service.call("POST", "api-keys", team.admin | VALUE, json={"name": "once"}), 201)
        assert again == made["once"]


async def test_totals_and_pages_are_of_one_workspace(service: Service) -> None:
    (here, _), (there, _) = await furnished(service, "here"), await furnished(service, "there")
    await asyncio.gather(*(service.create_key(here.admin) for _ in range(5)))
    for team, totals in ((here, [9, 2, 11]), (there, [4, 2, 6])):
        total = []
        for status in ("active", "revoked", "all"):
            answer = await service.call("GET", f"api-keys?status={status}", team.viewer)
            total.append(answer.json()["pagination"]["total"])
            assert {key["workspace_id"] for key in data(answer)} == {str(team.id)}
        assert total == totals


async def test_a_grace_that_ends_in_one_workspace_ends_in_that_one(service: Service) -> None:
    here, keys = await furnished(service, "here")
    service.clock.advance(300)
    there, others = await furnished(service, "there")
    before = await state(service, there.id)
    service.clock.advance(301)
    data(await service.call("DELETE", f"api-keys/{keys['old']['id']}", here.admin))
    refused(await service.whoami(keys["old"]["api_key"]), "INVALID_API_KEY")
    assert (await service.whoami(others["old"]["api_key"])).status_code == 200
    assert await state(service, there.id) == before


async def test_the_state_that_is_compared_holds_every_kind_of_row(service: Service) -> None:
    """So that the comparisons above do compare something."""
    team, _ = await furnished(service, "here")
    for table in (api_keys, audit_events, idempotency_keys, invites, key_totals):
        assert await count(service, table, team.id) > 0

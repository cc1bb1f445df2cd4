"""PATCH and DELETE /api/v1/workspaces/{workspace_id}."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from answers import data, refused, without_meta
from service import Service
from standing import standing_loop
from tenants import Tenant, audit, join, tenant

pytestmark = standing_loop
WRONG_NAMES: list[Any] = ["", " ", "a" * 201, "a\x00", "a\u202e", 1, []]
WRONG_SLUGS: list[Any] = ["", "A", "a--b", "a" * 51, 1, ["a"]]
WRONG_COLOURS: list[Any] = [-1, 7, True, 1.0, "1"]
WRONG: list[tuple[str, Any]] = [
    *(("name", value) for value in WRONG_NAMES),
    *(("slug", value) for value in WRONG_SLUGS),
    *(("color_idx", value) for value in WRONG_COLOURS),
    *((field, None) for field in ("id", "created_by", "owner_id", "organization_id", "deleted_at")),
]


async def get(service: Service, team: Tenant) -> Any:
    return data(await service.call("GET", f"workspaces/{team.id}", team.viewer))


async def patch(service: Service, team: Tenant, **body: Any) -> Any:
    return data(await service.call("PATCH", f"workspaces/{team.id}", team.admin, json=body))


async def test_every_field_of_a_workspace_changes_alone(service: Service) -> None:
    team = await tenant(service)
    before = await get(service, team)
    seen = await audit(service, team.id)
    for field, value in {"name": "New", "slug": f"s-{uuid4().hex}", "color_idx": 3}.items():
        service.clock.advance(1)
        after = await patch(service, team, **{field: value})
        assert after == before | {field: value, "updated_at": after["updated_at"]} == await get(service, team)
        assert after["updated_at"] > before["updated_at"]
        (event,) = await audit(service, team.id, but=seen)
        assert event.action == "workspace.updated"
        before, seen = after, [*seen, event]


@pytest.mark.parametrize("body", [{}, {"name": None, "slug": None, "color_idx": None}, {"color_idx": 0}])
async def test_null_and_nothing_leave_a_workspace_as_it_is(service: Service, body: dict[str, Any]) -> None:
    team = await tenant(service)
    before, events = await get(service, team), await audit(service, team.id)
    service.clock.advance(1)
    assert await patch(service, team, **body) == before
    assert await audit(service, team.id, but=events) == []


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_a_wrong_value_changes_nothing_of_a_workspace(service: Service, field: str, value: object) -> None:
    team = await tenant(service)
    before = await get(service, team)
    answer = await service.call("PATCH", f"workspaces/{team.id}", team.admin, json={"color_idx": 5, field: value})
    refused(answer, "VALIDATION_ERROR", field)
    assert await get(service, team) == before


@pytest.mark.parametrize("slug", ["taken", "api"])
async def test_a_slug_that_is_taken_or_reserved_can_not_be_moved_to(service: Service, slug: str) -> None:
    team, other = await tenant(service), await tenant(service, "other")
    wanted = (await get(service, other))["slug"] if slug == "taken" else slug
    answer = await service.call("PATCH", f"workspaces/{team.id}", team.admin, json={"slug": wanted})
    refused(answer, "WORKSPACE_SLUG_TAKEN")


async def test_of_two_that_move_to_one_slug_at_once_one_gets_it(service: Service) -> None:
    """If this failed, the loser of a race would see an error of ours."""
    teams = [await tenant(service, name) for name in ("one", "two", "three")]
    for _ in range(5):
        body = {"slug": f"s-{uuid4().hex}"}
        answers = await asyncio.gather(
            *(service.call("PATCH", f"workspaces/{team.id}", team.admin, json=body) for team in teams)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_workspace_one_may_not_change_looks_like_none(service: Service, method: str) -> None:
    """If this failed, a member could change a workspace, or a stranger learn that it exists."""
    team = await tenant(service)
    before = await get(service, team)
    body = {"name": "New"} if method == "PATCH" else None
    answers = [await service.call(method, f"workspaces/{uuid4()}", service.session(), json=body)]
    answers += [
        await service.call(method, f"workspaces/{team.id}", headers, json=body)
        for headers in (service.session(), team.viewer, team.editor)
    ]
    refused(answers[0], "NOT_FOUND")
    assert all(without_meta(answer) == without_meta(answers[0]) for answer in answers)
    assert await get(service, team) == before


async def test_an_admin_changes_a_workspace_but_only_its_owner_deletes_it(service: Service) -> None:
    team = await tenant(service)
    admin = await join(service, team.id, f"second-{service.user}", "admin")
    answer = await service.call("PATCH", f"workspaces/{team.id}", admin, json={"name": "New"})
    assert data(answer)["name"] == "New"
    refused(await service.call("DELETE", f"workspaces/{team.id}", admin), "NOT_FOUND")
    assert data(await service.call("DELETE", f"workspaces/{team.id}", team.admin)) == {}


async def test_a_deleted_workspace_is_gone_for_everybody_at_once(service: Service) -> None:
    """If this failed, keys of a customer who left would go on working."""
    team = await tenant(service)
    key = await service.create_key(team.editor)
    paused = await service.create_key(team.editor)
    await service.call("PATCH", f"api-keys/{paused['id']}", team.editor, json={"active": False})
    old = await service.create_key(team.editor)
    await service.call("PATCH", f"api-keys/{old['id']}/rotate", team.editor, json={"grace_seconds": 600})
    events = await audit(service, team.id)
    assert data(await service.call("DELETE", f"workspaces/{team.id}", team.admin)) == {}
    for secret in (key["api_key"], paused["api_key"], old["api_key"]):
        refused(await service.whoami(secret), "INVALID_API_KEY")
    for headers in (team.admin, team.editor, team.viewer):
        refused(await service.call("GET", "api-keys", headers), "NOT_A_MEMBER")
        refused(await service.call("POST", "api-keys", headers, json={"name": "a"}), "NOT_A_MEMBER")
        refused(await service.call("GET", "auth/whoami", headers), "NOT_A_MEMBER")
        refused(await service.call("GET", f"workspaces/{team.id}", headers), "NOT_FOUND")
        assert str(team.id) not in {w["id"] for w in data(await service.call("GET", "workspaces", headers))}
    for method in ("DELETE", "PATCH"):
        body: Any = {} if method == "PATCH" else None
        refused(await service.call(method, f"workspaces/{team.id}", team.admin, json=body), "NOT_FOUND")
    (event,) = await audit(service, team.id, but=events)
    assert event.action == "workspace.deleted"


async def test_the_slug_of_a_deleted_workspace_is_free_again(service: Service) -> None:
    team = await tenant(service)
    slug = (await get(service, team))["slug"]
    await service.call("DELETE", f"workspaces/{team.id}", team.admin)
    answer = await service.call("GET", f"workspaces/slug-available?slug={slug}", service.session())
    assert data(answer) == {"available": True, "reason": None}
    assert data(await service.call("POST", "workspaces", service.session(), json={"name": "a", "slug": slug}), 201)


async def test_whoever_deletes_their_own_workspace_gets_a_new_one(service: Service) -> None:
    key = await service.create_key()
    assert data(await service.call("DELETE", f"workspaces/{key['workspace_id']}", service.session())) == {}
    refused(await service.whoami(key["api_key"]), "INVALID_API_KEY")
    assert data(await service.call("GET", "api-keys", service.session())) == []
    (new,) = data(await service.call("GET", "workspaces", service.session()))
    assert new["id"] != key["workspace_id"]


@pytest.mark.parametrize("body", [b'{"force":true}', b"[]", b"null x"])
async def test_deleting_takes_no_body(service: Service, body: bytes) -> None:
    team = await tenant(service)
    headers = team.admin | {"Content-Type": "application/json"}
    answer = await service.call("DELETE", f"workspaces/{team.id}", headers, content=body)
    assert answer.status_code in (400, 422)
    assert data(await service.call("DELETE", f"workspaces/{team.id}", headers, content=b"{}")) == {}

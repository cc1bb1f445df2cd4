"""GET and POST /api/v1/workspaces, GET one, and whether a slug is free."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from answers import data, refused, without_meta
from onepin.server.store.tables import api_keys, members, workspaces
from service import Service, bearer
from standing import standing_loop
from tenants import audit, count, join, tenant, user_id_of

pytestmark = standing_loop
FIELDS = {"id", "name", "slug", "color_idx", "created_by", "created_at", "updated_at", "organization_id"} | {
    "routing_price_sensitivity",
    "routing_llm_fit",
}
NOBODYS = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
NO_SLUG = ["", "-", "a-", "-a", "a--b", "A", "a b", "a_b", "ä", "a.b", "a/b", "a" * 51, "a\n", "a\x00", "%61", " a"]
RESERVED = ["api", "admin", "docs", "new", "settings", "slug-available", "workspaces", "www"]


def fresh_slug() -> str:
    return f"s-{uuid4().hex}"


async def create(service: Service, **body: Any) -> Any:
    return data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"} | body), 201)


async def test_a_first_call_makes_a_workspace_of_ones_own(service: Service) -> None:
    (mine,) = data(await service.call("GET", "workspaces", service.session()))
    assert set(mine) == FIELDS
    assert mine["created_by"] == str(await user_id_of(service, service.user))
    assert UUID(mine["id"]).version == 7
    events = await audit(service, mine["id"])
    assert [event.action for event in events] == ["user.created", "workspace.created"]


FIRST_CALLS = [
    ("GET", "workspaces", None),
    ("POST", "workspaces", {"name": "Team"}),
    ("GET", "workspaces/slug-available?slug=a", None),
    ("GET", f"workspaces/{NOBODYS}", None),
    ("PATCH", f"workspaces/{NOBODYS}", {}),
    ("DELETE", f"workspaces/{NOBODYS}", None),
    ("GET", "api-keys", None),
    ("POST", "api-keys", {"name": "a"}),
    ("GET", f"api-keys/{NOBODYS}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), FIRST_CALLS)
async def test_every_call_but_whoami_is_a_first_call(
    service: Service, method: str, path: str, body: dict[str, str] | None
) -> None:
    await service.call(method, path, service.session(), json=body)
    who = data(await service.call("GET", "auth/whoami", service.session()))
    answer = await service.call("GET", "workspaces", service.session())
    made = sum(workspace["created_by"] == who["user_id"] for workspace in data(answer))
    first = min(data(answer), key=lambda workspace: str(workspace["id"]))
    events = await audit(service, first["id"])
    assert made == (2 if (method, path) == ("POST", "workspaces") else 1)
    assert events[0].request_id != UUID(answer.headers["x-request-id"]), "only the list made it"


async def test_first_calls_at_once_make_one_person_and_one_workspace(service: Service) -> None:
    """If this failed, a page that loads twice would leave a person with two homes and keys in the wrong one."""
    for attempt in range(5):
        headers = service.session(f"{attempt}-{service.user}")
        answers = await asyncio.gather(
            *(service.call("POST", "api-keys", headers, json={"name": "a"}) for _ in range(4)),
            *(service.call("GET", path, headers) for path in ("workspaces", "api-keys", "workspaces")),
        )
        assert {answer.status_code for answer in answers} == {200, 201}
        (mine,) = data(await service.call("GET", "workspaces", headers))
        assert await count(service, workspaces, mine["id"]) == await count(service, members, mine["id"]) == 1
        assert await count(service, api_keys, mine["id"]) == 4


async def test_a_workspace_needs_only_a_name(service: Service) -> None:
    made = await create(service, name="Çok güzel Team!")
    assert set(made) == FIELDS
    assert made["name"] == "Çok güzel Team!"
    assert made["slug"].startswith("cok-guzel-team-")
    assert made["color_idx"] == 0
    assert made["created_by"] == str(await user_id_of(service, service.user))
    assert made["organization_id"] is None
    assert made["created_at"] == made["updated_at"]
    assert data(await service.call("GET", f"workspaces/{made['id']}", service.session())) == made
    assert [event.action for event in await audit(service, made["id"])] == ["workspace.created"]


@pytest.mark.parametrize("name", ["字字字", "🔑", "---", "a" * 200, "é" * 200])
async def test_a_slug_is_derived_from_any_name(service: Service, name: str) -> None:
    one, two = await create(service, name=name), await create(service, name=name)
    assert one["slug"] != two["slug"]
    for made in (one, two):
        free = data(await service.call("GET", f"workspaces/slug-available?slug={made['slug']}", service.session()))
        assert free == {"available": False, "reason": "taken"}


@pytest.mark.parametrize("slug", ["a", "0", "a" * 50, "a-b-c", "2024"])
async def test_a_slug_can_be_chosen(service: Service, slug: str) -> None:
    chosen = f"{slug[:10]}{uuid4().hex}"[:50] if len(slug) < 50 else f"{uuid4().hex}{'a' * 18}"
    assert (await create(service, slug=chosen, color_idx=6))["slug"] == chosen


async def test_a_slug_is_taken_once(service: Service) -> None:
    slug = fresh_slug()
    await create(service, slug=slug)
    other = service.session(f"other-{service.user}")
    answer = await service.call("POST", "workspaces", other, json={"name": "a", "slug": slug})
    refused(answer, "WORKSPACE_SLUG_TAKEN")


async def test_of_many_who_want_a_slug_at_once_one_gets_it(service: Service) -> None:
    """If this failed, two workspaces would share an address, or the loser would see an error of ours."""
    await service.workspace_of(service.user)
    body = {"name": "a", "slug": fresh_slug()}
    answers = await asyncio.gather(
        *(service.call("POST", "workspaces", service.session(), json=body) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


@pytest.mark.parametrize("slug", [*NO_SLUG, 1, True, ["a"], {}])
async def test_a_slug_is_kebab_case(service: Service, slug: object) -> None:
    answer = await service.call("POST", "workspaces", service.session(), json={"name": "a", "slug": slug})
    refused(answer, "VALIDATION_ERROR", "slug")


@pytest.mark.parametrize("slug", RESERVED)
async def test_a_reserved_slug_is_as_good_as_taken(service: Service, slug: str) -> None:
    answer = await service.call("POST", "workspaces", service.session(), json={"name": "a", "slug": slug})
    refused(answer, "WORKSPACE_SLUG_TAKEN")


@pytest.mark.parametrize("color", [-1, 7, 2**63, True, 1.0, "1", [], {}])
async def test_a_colour_is_one_of_seven(service: Service, color: object) -> None:
    answer = await service.call("POST", "workspaces", service.session(), json={"name": "a", "color_idx": color})
    refused(answer, "VALIDATION_ERROR", "color_idx")


@pytest.mark.parametrize("field", ["id", "created_by", "owner_id", "organization_id", "routing_llm_fit", "personal_of"])
async def test_nothing_else_can_be_said_of_a_workspace(service: Service, field: str) -> None:
    """If this failed, a caller could make a workspace that belongs to somebody else."""
    body = {"name": "a", field: str(uuid4())}
    refused(await service.call("POST", "workspaces", service.session(), json=body), "VALIDATION_ERROR", field)


@pytest.mark.parametrize(
    ("slug", "answer"),
    [(slug, {"available": False, "reason": "invalid"}) for slug in NO_SLUG]
    + [(slug, {"available": False, "reason": "reserved"}) for slug in RESERVED]
    + [("free-0f1c2b7d9e10", {"available": True, "reason": None})],
)
async def test_a_slug_can_be_asked_about(service: Service, slug: str, answer: dict[str, Any]) -> None:
    asked = await service.call("GET", "workspaces/slug-available", service.session(), params={"slug": slug})
    assert data(asked) == answer


@pytest.mark.parametrize("query", ["", "?name=a", "?slug=a&slug=a", "?slug=a&x=1", "?slug=" + "a" * 201])
async def test_one_slug_is_asked_about(service: Service, query: str) -> None:
    refused(await service.call("GET", f"workspaces/slug-available{query}", service.session()), "VALIDATION_ERROR")


async def test_workspaces_come_newest_first_twenty_on_a_page(service: Service) -> None:
    made = [await service.workspace_of(service.user)]
    for _ in range(21):
        service.clock.advance(1)
        made.append(UUID((await create(service))["id"]))
    answer = await service.call("GET", "workspaces", service.session())
    assert [UUID(workspace["id"]) for workspace in data(answer)] == made[:1:-1]
    pages = answer.json()["pagination"]
    assert (pages["limit"], pages["total"], pages["prev"]) == (20, 22, None)
    rest = await service.http.get(pages["next"], headers=service.session())
    assert [UUID(workspace["id"]) for workspace in data(rest)] == made[1::-1]
    assert rest.json()["pagination"]["next"] is None
    assert rest.json()["pagination"]["prev"] is not None


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "offset=-1", "offset=9007199254740992", "status=all", "limit="]
)
async def test_pages_of_workspaces_are_bounded_too(service: Service, query: str) -> None:
    refused(await service.call("GET", f"workspaces?{query}", service.session()), "VALIDATION_ERROR")


async def test_members_see_a_workspace_and_nobody_else(service: Service) -> None:
    """If this failed, ids of workspaces could be probed."""
    team = await tenant(service)
    for headers in (team.admin, team.editor, team.viewer):
        assert data(await service.call("GET", f"workspaces/{team.id}", headers))["id"] == str(team.id)
        assert str(team.id) in {w["id"] for w in data(await service.call("GET", "workspaces", headers))}
    answers = [await service.call("GET", f"workspaces/{w}", service.session()) for w in (team.id, uuid4())]
    refused(answers[0], "NOT_FOUND")
    assert without_meta(answers[0]) == without_meta(answers[1])
    assert str(team.id) not in {w["id"] for w in data(await service.call("GET", "workspaces", service.session()))}


async def test_a_key_sees_its_own_workspace_with_the_scope_for_it(service: Service) -> None:
    """If this failed, a key could read workspaces that it has no part in."""
    key = await service.create_key(scopes=["workspace:read"], rate_limit_per_min=None)
    own, foreign = key["workspace_id"], (await tenant(service)).id
    await create(service)  # another of its creator's, which is no concern of the key's
    caller = bearer(key["api_key"])
    assert data(await service.call("GET", f"workspaces/{own}", caller))["id"] == own
    listed = await service.call("GET", "workspaces", caller)
    assert [workspace["id"] for workspace in data(listed)] == [own]
    assert listed.json()["pagination"] == {"next": None, "prev": None, "limit": 20, "total": 1}
    assert data(await service.call("GET", "workspaces?offset=1", caller)) == []
    answers = [await service.call("GET", f"workspaces/{w}", caller) for w in (foreign, uuid4())]
    refused(answers[0], "NOT_FOUND")
    assert without_meta(answers[0]) == without_meta(answers[1])
    answer = await service.call("GET", "workspaces/slug-available?slug=api", caller)
    assert data(answer) == {"available": False, "reason": "reserved"}


@pytest.mark.parametrize("path", ["workspaces", f"workspaces/{NOBODYS}", "workspaces/slug-available?slug=a"])
async def test_a_key_without_the_scope_sees_no_workspace(service: Service, path: str) -> None:
    key = await service.create_key(scopes=["workflows:read"])
    answer = await service.call("GET", path, bearer(key["api_key"]))
    assert "workspace:read" in refused(answer, "INSUFFICIENT_SCOPE", "scopes")
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="workspace:read"'


async def test_somebody_who_joined_lists_the_workspace_beside_their_own(service: Service) -> None:
    made = await create(service)
    await join(service, made["id"], f"joined-{service.user}", "viewer")
    listed = data(await service.call("GET", "workspaces", service.session(f"joined-{service.user}")))
    assert {workspace["id"] for workspace in listed} >= {made["id"]}
    assert len(listed) == 2

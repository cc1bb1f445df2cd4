"""Members: the list, roles, removal; and what stays of somebody who left."""

import asyncio

import pytest

from answers import data, refused
from members.people import invite, joined, members, roster
from onepin.contract.envelopes import rfc3339
from service import Service, bearer
from standing import standing_loop
from tenants import audit, change_role, state, tenant, user_id_of

pytestmark = standing_loop


async def test_the_list_has_the_caller_then_admins_then_others_then_invites(service: Service) -> None:
    home = await service.workspace_of(service.user)
    viewer, _ = await joined(service, home, "viewer", "viewer")
    service.clock.advance(1)
    editor, _ = await joined(service, home, "editor", "editor")
    service.clock.advance(1)
    admin, _ = await joined(service, home, "admin", "admin")
    await invite(service, home, f"first-{service.user}", "admin")
    service.clock.advance(1)
    await invite(service, home, f"second-{service.user}")
    me, rest = (service.user, "admin", "active"), [(viewer, "viewer", "active"), (editor, "editor", "active")]
    pending = [(f"first-{service.user}", "admin", "invited"), (f"second-{service.user}", "viewer", "invited")]
    assert await roster(service, home) == [me, (admin, "admin", "active"), *rest, *pending]
    assert await roster(service, home, editor) == [rest[1], me, (admin, "admin", "active"), rest[0], *pending]


async def test_the_list_is_one_page_with_everything_that_is_known(service: Service) -> None:
    home = await service.workspace_of(service.user)
    made = await invite(service, home, f"guest-{service.user}")
    answer = await service.call("GET", members(home), service.session())
    me, guest = data(answer)
    assert answer.json()["pagination"] == {"next": None, "prev": None, "limit": 2, "total": 2}
    assert set(me) == set(guest)
    assert me["id"] == me["user_id"] == str(await user_id_of(service, service.user))
    assert guest["id"] == made["id"]
    unknown = ("user_id", "first_name", "last_name", "image_url", "last_active_at")
    assert {name: guest[name] for name in unknown} == dict.fromkeys(unknown)


async def test_somebody_without_an_address_has_an_empty_one(service: Service) -> None:
    """Published clients refuse null there."""
    name = f"Just A Name {service.user.partition('@')[0]}"
    home = await service.workspace_of(name)
    (me,) = data(await service.call("GET", members(home), service.session(name)))
    assert (me["email"], me["first_name"]) == ("", name)


async def test_an_invite_past_its_time_is_listed_no_more(service: Service) -> None:
    home = await service.workspace_of(service.user)
    await invite(service, home, f"guest-{service.user}")
    service.clock.advance(14 * 86_400 - 1)
    assert len(await roster(service, home)) == 2
    service.clock.advance(1)
    assert len(await roster(service, home)) == 1


async def test_a_key_that_may_read_its_workspace_lists_its_members_and_nobody_elses(service: Service) -> None:
    """If this failed, a key would tell the addresses of other customers' people."""
    home, other = await service.workspace_of(service.user), await service.workspace_of(f"other-{service.user}")
    reader = bearer((await service.create_key(scopes=["workspace:read"]))["api_key"])
    assert [one["email"] for one in data(await service.call("GET", members(home), reader))] == [service.user]
    refused(await service.call("GET", members(other), reader), "NOT_FOUND")
    refused(await service.call("GET", f"workspaces/{other}/settings", reader), "NOT_FOUND")
    settings = data(await service.call("GET", f"workspaces/{home}/settings", reader))
    assert settings == {"default_language": None, "theme": None}


async def test_a_role_changes_and_the_same_again_changes_nothing(service: Service) -> None:
    home = await service.workspace_of(service.user)
    user, member = await joined(service, home, "guest", "viewer")
    before = await audit(service, home)
    for body in ({"role": "editor"}, {"role": "editor"}, {}, {"role": None}):
        changed = data(await service.call("PATCH", members(home, member), service.session(), json=body))
        assert (changed["id"], changed["email"], changed["role"]) == (str(member), user, "editor")
    (event,) = await audit(service, home, but=before)
    assert (event.action, event.target_id) == ("member.role_changed", member)
    assert event.details == {"name": user, "role": {"from": "viewer", "to": "editor"}}
    assert data(await service.call("POST", "api-keys", service.session(user, home), json={"name": "a"}), 201)


@pytest.mark.parametrize("body", [{"role": "owner"}, {"role": ""}, {"role": 1}, {"roles": "admin"}, {"owner": True}])
async def test_a_role_that_there_is_not_is_refused(service: Service, body: dict[str, object]) -> None:
    home = await service.workspace_of(service.user)
    _, member = await joined(service, home, "guest", "viewer")
    before = await state(service, home)
    refused(await service.call("PATCH", members(home, member), service.session(), json=body), "VALIDATION_ERROR")
    assert await state(service, home) == before


async def test_the_owner_stays_a_member_and_an_admin(service: Service) -> None:
    """If this failed, an admin could take a workspace from the person whose it is."""
    home = await service.workspace_of(service.user)
    admin, _ = await joined(service, home, "admin", "admin")
    owner = await user_id_of(service, service.user)
    before = await state(service, home)
    for who in (service.user, admin):
        assert "owner" in refused(await service.call("DELETE", members(home, owner), service.session(who)), "CONFLICT")
        for role in ("editor", "viewer"):
            answer = await service.call("PATCH", members(home, owner), service.session(who), json={"role": role})
            assert "owner" in refused(answer, "CONFLICT")
        assert data(await service.call("PATCH", members(home, owner), service.session(who), json={"role": "admin"}))
    assert await state(service, home) == before


async def test_the_last_admin_stays_one_even_where_the_owner_is_gone(service: Service) -> None:
    """If this failed, a workspace could be left with nobody who can revoke its keys."""
    home = await service.workspace_of(service.user)
    admin, member = await joined(service, home, "admin", "admin")
    await change_role(service, home, service.user, None)  # as when their issuer deleted them and nobody could inherit
    before = await state(service, home)
    refused(await service.call("DELETE", members(home, member), service.session(admin)), "CONFLICT")
    refused(
        await service.call("PATCH", members(home, member), service.session(admin), json={"role": "viewer"}), "CONFLICT"
    )
    assert await state(service, home) == before


async def test_an_admin_who_is_not_the_last_may_step_down_or_leave(service: Service) -> None:
    home = await service.workspace_of(service.user)
    for method, more in (("PATCH", {"json": {"role": "viewer"}}), ("DELETE", {})):
        admin, member = await joined(service, home, f"admin-{method}", "admin")
        data(await service.call(method, members(home, member), service.session(admin), **more))
        refused(
            await service.call("DELETE", members(home, member), service.session(admin)),
            "FORBIDDEN" if method == "PATCH" else "NOT_FOUND",
        )


async def test_who_is_removed_is_out_by_the_next_request_everywhere(service: Service) -> None:
    """If this failed, somebody who was let go could act in the workspace for as long as their session lasts."""
    home = await service.workspace_of(service.user)
    user, member = await joined(service, home, "guest", "admin")
    headers = service.session(user, home)
    key = await service.create_key(headers)
    asks = [
        ("GET", "api-keys", None),
        ("POST", "api-keys", {"name": "a"}),
        ("GET", "auth/whoami", None),
        ("POST", "auth/verify", {"api_key": key["api_key"]}),
        ("GET", "usage/summary", None),
        ("GET", f"workspaces/{home}", None),
        ("GET", members(home), None),
    ]
    for method, path, body in asks:
        assert (await service.call(method, path, headers, json=body)).status_code in (200, 201)
    assert data(await service.call("DELETE", members(home, member), service.session())) == {}
    before = await state(service, home)
    for method, path, body in asks:
        answer = await service.call(method, path, headers, json=body)
        refused(answer, "NOT_FOUND" if path.startswith("workspaces/") else "NOT_A_MEMBER")
    listed = data(await service.call("GET", "workspaces", service.session(user)))
    assert str(home) not in {one["id"] for one in listed}
    assert await state(service, home) == before
    refused(await service.call("DELETE", members(home, member), service.session()), "NOT_FOUND")


async def test_the_keys_of_somebody_who_left_stay_and_say_so_when_asked(service: Service) -> None:
    """If this failed, nobody would know of keys that only somebody outside has ever seen."""
    home = await service.workspace_of(service.user)
    user, member = await joined(service, home, "guest", "editor")
    theirs, mine = await service.create_key(service.session(user, home)), await service.create_key()

    async def flags(query: str) -> dict[str, bool | None]:
        listed = await service.call("GET", f"api-keys?status=all{query}", service.session())
        return {key["id"]: key.get("creator_left") for key in data(listed)}

    asked = "&include=creator_left"
    assert await flags(asked) == {theirs["id"]: False, mine["id"]: False}
    data(await service.call("DELETE", members(home, member), service.session()))
    assert (await service.whoami(theirs["api_key"])).json()["data"]["user_id"] == str(member)
    assert await flags(asked) == {theirs["id"]: True, mine["id"]: False}
    assert await flags("") == {theirs["id"]: None, mine["id"]: None}
    one = data(await service.call("GET", f"api-keys/{theirs['id']}?include=creator_left", service.session()))
    assert (one["creator_left"], one["created_by"]) == (True, str(member))
    assert "creator_left" not in data(await service.call("GET", f"api-keys/{theirs['id']}", service.session()))
    await joined(service, home, "guest", "viewer")
    assert await flags(asked) == {theirs["id"]: False, mine["id"]: False}
    page = await service.call("GET", "api-keys?limit=1&include=creator_left", service.session())
    assert "include=creator_left" in page.json()["pagination"]["next"]
    refused(await service.call("GET", "api-keys?include=everything", service.session()), "VALIDATION_ERROR", "include")


async def test_ids_of_one_workspace_open_nothing_in_another(service: Service) -> None:
    """If this failed, an admin of one workspace could demote or remove the people of another."""
    here, there = await tenant(service, "here"), await tenant(service, "there")
    owner = f"there-{service.user}"
    body = {"email": f"guest-{owner}", "role": "viewer"}
    theirs = data(await service.call("POST", f"workspaces/{there.id}/invites", there.admin, json=body), 201)
    editor = await user_id_of(service, f"there-editor-{service.user}")
    before = await state(service, there.id)
    for workspace in (here.id, there.id):
        for path in (f"members/{editor}", f"invites/{theirs['id']}"):
            for method, more in (("PATCH", {"json": {"role": "admin"}}), ("DELETE", {})):
                refused(await service.call(method, f"workspaces/{workspace}/{path}", here.admin, **more), "NOT_FOUND")
    assert await state(service, there.id) == before


async def test_a_change_and_its_trace_are_one(service: Service) -> None:
    """If this failed, somebody could be removed with nobody to be held to it."""
    home = await service.workspace_of(service.user)
    user, member = await joined(service, home, "guest", "editor")
    before = await audit(service, home)
    service.clock.advance(1)
    answer = await service.call("DELETE", members(home, member), service.session())
    (event,) = await audit(service, home, but=before)
    assert (event.action, event.target_id, event.details) == (
        "member.removed",
        member,
        {"name": user, "role": "editor"},
    )
    assert (event.actor_kind, event.actor_id) == ("user", str(await user_id_of(service, service.user)))
    assert str(event.request_id) == answer.headers["x-request-id"]
    feed = data(await service.call("GET", f"usage/activity?target_id={member}", service.session()))
    assert [(one["action"], one["resource"]["name"]) for one in feed] == [
        ("member.removed", user),
        ("member.joined", user),
    ]


async def test_the_list_says_when_somebody_was_last_active(service: Service) -> None:
    """Some seconds late, and to the minute: it is bookkeeping."""
    home = await service.workspace_of(service.user)
    service.clock.advance(120)
    moment = service.clock.now()
    data(await service.call("GET", "api-keys", service.session(workspace=home)))
    for _ in range(100):
        (me,) = data(await service.call("GET", members(home), service.session()))
        if me["last_active_at"] is not None:
            break
        await asyncio.sleep(0.05)
    assert me["last_active_at"] == rfc3339(moment)

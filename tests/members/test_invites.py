"""Invites: a link that makes one person, known by their address, a member, once."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from answers import data, refused
from members.people import accept, invite, invites, joined, members, roster
from onepin.server.keys.format import KeyFormat, mint
from onepin.server.logs import redact
from service import Service, bearer
from standing import standing_loop
from tenants import audit, state, user_id_of, whole_state

pytestmark = standing_loop


async def test_an_invite_names_its_link_once_and_keeps_a_digest(service: Service) -> None:
    """If this failed, a copy of the database would be a bundle of ways in."""
    home = await service.workspace_of(service.user)
    made = await invite(service, home, f"Guest-{service.user}".upper(), "editor")
    assert KeyFormat(("pk",)).parse(made["token"], "invite") is not None
    assert made["link"] == f"http://127.0.0.1:8000/#invite={made['token']}"
    assert (made["email"], made["role"], made["status"]) == (f"guest-{service.user}", "editor", "pending")
    assert made["invited_by"] == str(await user_id_of(service, service.user))
    days = (made["created_at"][:10], made["expires_at"][:10])
    assert days[0] < days[1]
    assert made["token"] not in (await service.call("GET", members(home), service.session())).text
    changed = await service.call("PATCH", invites(home, made["id"]), service.session(), json={"role": "viewer"})
    assert set(data(changed)) == set(made) - {"token", "link"}
    if service.config.database_path is not None:
        stored = b"".join(path.read_bytes() for path in _files(service.config.database_path))
        assert made["token"].encode() not in stored
        assert hashlib.sha256(made["token"].encode()).digest() in stored
    (event,) = [event for event in await audit(service, home) if event.action == "invite.created"]
    assert made["token"] not in str(event)
    assert made["token"] not in redact(f"POST /api/v1/workspaces/invites/{made['token']}/accept")


def _files(database: Path) -> list[Path]:
    return [path for path in (database, database.with_name(database.name + "-wal")) if path.exists()]


async def test_who_accepts_is_a_member_with_the_role_and_a_trace(service: Service) -> None:
    home = await service.workspace_of(service.user)
    guest = f"guest-{service.user}"
    made = await invite(service, home, guest, "editor")
    before = await audit(service, home)
    assert data(await accept(service, made["token"], guest)) == {"workspace_id": str(home)}
    assert (guest, "editor", "active") in await roster(service, home)
    person = await user_id_of(service, guest)
    accepted, join = await audit(service, home, but=before)
    assert (accepted.action, str(accepted.target_id)) == ("invite.accepted", made["id"])
    assert (join.action, join.target_id, join.details["role"]) == ("member.joined", person, "editor")
    assert {accepted.actor_id, join.actor_id} == {str(person)}
    assert len(data(await service.call("GET", "workspaces", service.session(guest)))) == 2, "and one of their own"


async def test_an_invite_works_once(service: Service) -> None:
    """If this failed, a link in an old mail would let somebody back in who was removed."""
    home = await service.workspace_of(service.user)
    guest = f"guest-{service.user}"
    made = await invite(service, home, guest)
    data(await accept(service, made["token"], guest))
    member = await user_id_of(service, guest)
    assert "accepted" in refused(await accept(service, made["token"], guest), "GONE")
    data(await service.call("DELETE", members(home, member), service.session()))
    refused(await accept(service, made["token"], guest), "GONE")
    assert len(await roster(service, home)) == 1


async def test_a_revoked_invite_and_an_old_one_are_gone(service: Service) -> None:
    home = await service.workspace_of(service.user)
    revoked, old = await invite(service, home, f"a-{service.user}"), await invite(service, home, f"b-{service.user}")
    assert data(await service.call("DELETE", invites(home, revoked["id"]), service.session())) == {}
    service.clock.advance(14 * 86_400)
    for made, name, status in ((revoked, "a", "revoked"), (old, "b", "expired")):
        assert status in refused(await accept(service, made["token"], f"{name}-{service.user}"), "GONE")
        before = await state(service, home)
        path = invites(home, made["id"])
        assert status in refused(await service.call("DELETE", path, service.session()), "NOT_FOUND")
        assert status in refused(
            await service.call("PATCH", path, service.session(), json={"role": "admin"}), "CONFLICT"
        )
        assert await state(service, home) == before
    again = await invite(service, home, f"b-{service.user}")
    assert data(await accept(service, again["token"], f"b-{service.user}")) == {"workspace_id": str(home)}


async def test_an_accepted_invite_can_not_be_changed_or_revoked(service: Service) -> None:
    home = await service.workspace_of(service.user)
    made = await invite(service, home, f"guest-{service.user}")
    data(await accept(service, made["token"], f"guest-{service.user}"))
    before = await state(service, home)
    refused(
        await service.call("PATCH", invites(home, made["id"]), service.session(), json={"role": "admin"}), "CONFLICT"
    )
    refused(await service.call("DELETE", invites(home, made["id"]), service.session()), "NOT_FOUND")
    assert await state(service, home) == before


async def test_the_role_may_change_until_it_is_accepted(service: Service) -> None:
    home = await service.workspace_of(service.user)
    guest = f"guest-{service.user}"
    made = await invite(service, home, guest, "viewer")
    before = await audit(service, home)
    for body in ({"role": "editor"}, {"role": "editor"}, {}):
        path = invites(home, made["id"])
        assert data(await service.call("PATCH", path, service.session(), json=body))["role"] == "editor"
    assert [event.action for event in await audit(service, home, but=before)] == ["invite.role_changed"]
    data(await accept(service, made["token"], guest))
    assert (guest, "editor", "active") in await roster(service, home)


async def test_one_pending_invite_for_an_address_and_none_for_a_member(service: Service) -> None:
    home = await service.workspace_of(service.user)
    guest = f"guest-{service.user}"
    made = await invite(service, home, guest)
    before = await state(service, home)
    for email in (guest, guest.upper(), f"  {guest} ", service.user, service.user.title()):
        body = {"email": email, "role": "admin"}
        refused(await service.call("POST", invites(home), service.session(), json=body), "CONFLICT")
    assert await state(service, home) == before
    other = await service.workspace_of(f"other-{service.user}")
    body = {"email": guest, "role": "viewer"}
    elsewhere = await service.call("POST", invites(other), service.session(f"other-{service.user}"), json=body)
    assert data(elsewhere, 201)["token"] != made["token"]
    data(await service.call("DELETE", invites(home, made["id"]), service.session()))
    assert (await invite(service, home, guest))["id"] != made["id"]


async def test_somebody_else_can_not_accept_it(service: Service) -> None:
    """If this failed, whoever sees a link over a shoulder could join in the place of the one who was meant."""
    home = await service.workspace_of(service.user)
    made = await invite(service, home, f"guest-{service.user}", "admin")
    thief, named = f"thief-{service.user}", f"Name {service.user.partition('@')[0]}"
    for user in (thief, named):
        await service.workspace_of(user)
    before = await whole_state(service)
    assert "another e-mail address" in refused(await accept(service, made["token"], thief), "FORBIDDEN")
    message = refused(await accept(service, made["token"], named), "FORBIDDEN")
    assert "ONEPIN_CLERK_WEBHOOK_SECRET" in message
    assert f"guest-{service.user}" not in message
    assert await whole_state(service) == before


async def test_a_token_that_never_was_says_so(service: Service) -> None:
    await service.workspace_of(service.user)
    before = await whole_state(service)
    unknown = mint("pk", "invite").reveal()
    for token in (
        unknown,
        unknown[:-1] + "x",
        "a",
        "%00",
        mint("pk").reveal(),
        "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10",
    ):
        refused(await accept(service, token, service.user), "NOT_FOUND")
    assert await whole_state(service) == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"role": "viewer"},
        {"email": "a@example.com", "role": "owner"},
        {"email": "a@example.com", "role": None},
        {"email": "a example.com", "role": "viewer"},
        {"email": "@example.com", "role": "viewer"},
        {"email": "a@", "role": "viewer"},
        {"email": "a@b@c", "role": "viewer"},
        {"email": "a@exam\u202eple.com", "role": "viewer"},
        {"email": "a\x00@example.com", "role": "viewer"},
        {"email": f"{'a' * 250}@example.com", "role": "viewer"},
        {"email": ["a@example.com"], "role": "viewer"},
        {"email": "a@example.com", "role": "viewer", "workspace_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"},
    ],
    ids=str,
)
async def test_an_invite_to_nobody_or_as_nothing_is_refused(service: Service, body: dict[str, Any]) -> None:
    home = await service.workspace_of(service.user)
    before = await state(service, home)
    refused(await service.call("POST", invites(home), service.session(), json=body), "VALIDATION_ERROR")
    assert await state(service, home) == before


@pytest.mark.parametrize("role", ["editor", "viewer"])
async def test_who_is_no_admin_lets_nobody_in(service: Service, role: str) -> None:
    """If this failed, a viewer could make themselves an admin by inviting a second address of theirs."""
    home = await service.workspace_of(service.user)
    user, member = await joined(service, home, "guest", role)
    made = await invite(service, home, f"pending-{service.user}")
    before = await state(service, home)
    asks: list[tuple[str, str, Any]] = [
        ("POST", invites(home), {"email": "new@example.com", "role": role}),
        ("PATCH", invites(home, made["id"]), {"role": "admin"}),
        ("DELETE", invites(home, made["id"]), None),
        ("PATCH", members(home, member), {"role": "admin"}),
        ("DELETE", members(home, member), None),
    ]
    for method, path, body in asks:
        assert role in refused(await service.call(method, path, service.session(user), json=body), "FORBIDDEN")
    assert await state(service, home) == before


async def test_a_deleted_workspace_takes_its_invites_along(service: Service) -> None:
    """If this failed, somebody could join what is no more."""
    team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)["id"]
    made = await invite(service, team, f"guest-{service.user}")
    data(await service.call("DELETE", f"workspaces/{team}", service.session()))
    refused(await accept(service, made["token"], f"guest-{service.user}"), "GONE")
    for path in (members(team), f"workspaces/{team}/settings"):
        refused(await service.call("GET", path, service.session()), "NOT_FOUND")


async def test_the_token_of_an_invite_is_no_credential(service: Service) -> None:
    """If this failed, a link meant for one purpose would open others."""
    home = await service.workspace_of(service.user)
    made = await invite(service, home, f"guest-{service.user}", "admin")
    refused(await service.call("GET", "auth/whoami", bearer(made["token"])), "UNAUTHORIZED")
    refused(await service.call("GET", members(home), bearer(made["token"])), "UNAUTHORIZED")

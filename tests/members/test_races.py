"""Members and invites at the same moment: each change has its effect once, and a workspace always has its owner."""

import asyncio
from collections import Counter

from answers import data
from members.people import accept, invite, invites, joined, members, roster
from onepin.server.store.tables import invites as invites_table
from service import Service
from standing import standing_loop
from tenants import audit, change_role, count, user_id_of

pytestmark = standing_loop
TIMES = 5


async def test_two_admins_who_remove_each_other_leave_one(service: Service) -> None:
    """If this failed, a workspace could end up with nobody who can manage it."""
    for number in range(TIMES):
        team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)["id"]
        one, one_id = await joined(service, team, f"one-{number}", "admin")
        two, two_id = await joined(service, team, f"two-{number}", "admin")
        await change_role(service, team, service.user, None)  # the owner, gone at their issuer
        answers = await asyncio.gather(
            service.call("DELETE", members(team, two_id), service.session(one)),
            service.call("DELETE", members(team, one_id), service.session(two)),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 404]
        left = one if answers[0].status_code == 200 else two
        assert await roster(service, team, left) == [(left, "admin", "active")]


async def test_two_admins_who_demote_each_other_leave_one(service: Service) -> None:
    for number in range(TIMES):
        team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)["id"]
        one, one_id = await joined(service, team, f"one-{number}", "admin")
        two, two_id = await joined(service, team, f"two-{number}", "admin")
        await change_role(service, team, service.user, None)
        body = {"role": "viewer"}
        answers = await asyncio.gather(
            service.call("PATCH", members(team, two_id), service.session(one), json=body),
            service.call("PATCH", members(team, one_id), service.session(two), json=body),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 403]
        assert sorted(role for _, role, _ in await roster(service, team, one)) == ["admin", "viewer"]


async def test_of_many_who_accept_at_once_one_does(service: Service) -> None:
    """If this failed, one invite could be used by several, or leave two memberships of one person."""
    home = await service.workspace_of(service.user)
    guest = f"guest-{service.user}"
    made = await invite(service, home, guest)
    answers = await asyncio.gather(*(accept(service, made["token"], guest) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: 19}
    assert len(await roster(service, home)) == 2
    done = Counter(event.action for event in await audit(service, home))
    assert (done["invite.accepted"], done["member.joined"]) == (1, 1)


async def test_of_many_invites_to_one_address_at_once_one_is_made(service: Service) -> None:
    home = await service.workspace_of(service.user)
    body = {"email": f"guest-{service.user}", "role": "viewer"}
    answers = await asyncio.gather(
        *(service.call("POST", invites(home), service.session(), json=body) for _ in range(20))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert await count(service, invites_table, home) == 1


async def test_a_revoked_invite_lets_nobody_in_whoever_is_quicker(service: Service) -> None:
    """If this failed, both would be told that they had succeeded."""
    home = await service.workspace_of(service.user)
    for number in range(TIMES):
        guest = f"guest-{number}-{service.user}"
        made = await invite(service, home, guest)
        revoked, accepted = await asyncio.gather(
            service.call("DELETE", invites(home, made["id"]), service.session()), accept(service, made["token"], guest)
        )
        assert (revoked.status_code, accepted.status_code) in {(200, 410), (404, 200)}
        assert ((guest, "viewer", "active") in await roster(service, home)) == (accepted.status_code == 200)


async def test_a_workspace_that_is_deleted_takes_in_nobody_whoever_is_quicker(service: Service) -> None:
    """If this failed, an invite, a member or a key could outlive the workspace."""
    for number in range(TIMES):
        team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)["id"]
        guest = f"guest-{number}-{service.user}"
        made = await invite(service, team, guest, "editor")
        body = {"email": f"late-{guest}", "role": "viewer"}
        deleted, late, accepted, key = await asyncio.gather(
            service.call("DELETE", f"workspaces/{team}", service.session()),
            service.call("POST", invites(team), service.session(), json=body),
            accept(service, made["token"], guest),
            service.call("POST", "api-keys", service.session(workspace=team), json={"name": "a"}),
        )
        assert deleted.status_code == 200
        assert late.status_code in (201, 404)
        assert accepted.status_code in (200, 410)
        assert key.status_code in (201, 403)
        if late.status_code == 201:
            assert (await accept(service, data(late, 201)["token"], f"late-{guest}")).status_code == 410
        if key.status_code == 201:
            assert (await service.whoami(data(key, 201)["api_key"])).status_code == 401
        listed = data(await service.call("GET", "workspaces", service.session(guest)))
        assert team not in {one["id"] for one in listed}


async def test_a_removal_beside_a_change_of_role_is_a_removal(service: Service) -> None:
    home = await service.workspace_of(service.user)
    for number in range(TIMES):
        user, member = await joined(service, home, f"guest-{number}", "viewer")
        removed, changed = await asyncio.gather(
            service.call("DELETE", members(home, member), service.session()),
            service.call("PATCH", members(home, member), service.session(), json={"role": "admin"}),
        )
        assert removed.status_code == 200
        assert changed.status_code in (200, 404)
        assert user not in {email for email, _, _ in await roster(service, home)}
        assert (await service.call("GET", "api-keys", service.session(user, home))).status_code == 403
    assert await user_id_of(service, service.user)

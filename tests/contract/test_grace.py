"""Rotation with grace: two keys for a while, and an end that nobody has to sweep up to be true."""

from datetime import datetime
from typing import Any

import pytest

from answers import data, refused
from service import Service
from standing import standing_loop
from tenants import audit

pytestmark = standing_loop
GRACE = 600


async def get(service: Service, key: dict[str, Any]) -> Any:
    return data(await service.call("GET", f"api-keys/{key['id']}", service.session()))


async def rotated(service: Service, grace: int = GRACE) -> tuple[Any, Any]:
    """A key in grace (with its secret) and its successor."""
    key = await service.create_key()
    path = f"api-keys/{key['id']}/rotate"
    both = data(await service.call("PATCH", path, service.session(), json={"grace_seconds": grace}))
    return both["old_key"] | {"api_key": key["api_key"]}, both["new_key"]


async def listed(service: Service) -> dict[str, tuple[list[str], int]]:
    """The ids and the total of each list."""
    found = {}
    for status in ("active", "revoked", "all"):
        body = (await service.call("GET", f"api-keys?status={status}", service.session())).json()
        found[status] = ([key["id"] for key in body["data"]], body["pagination"]["total"])
    return found


async def test_in_grace_the_old_key_is_active_and_says_when_it_ends(service: Service) -> None:
    key = await service.create_key()
    service.clock.advance(1)
    now = service.clock.now().timestamp()
    path = f"api-keys/{key['id']}/rotate"
    old = data(await service.call("PATCH", path, service.session(), json={"grace_seconds": GRACE}))["old_key"]
    assert (old["active"], old["revoked_at"]) == (True, None)
    assert set(old) == (set(key) - {"api_key"}) | {"expires_at"}
    shown = (await service.call("GET", f"api-keys/{key['id']}", service.session())).json()["data"]
    assert shown == old
    assert abs(datetime.fromisoformat(old["expires_at"]).timestamp() - now - GRACE) < 0.002


async def test_both_keys_work_in_grace_and_then_only_the_new_one(service: Service) -> None:
    """If this failed, a rotation with grace would interrupt service, or a leaked key would outlive its grace."""
    old, new = await rotated(service)
    assert data(await service.whoami(old["api_key"]))["api_key_id"] == old["id"]
    assert data(await service.whoami(new["api_key"]))["api_key_id"] == new["id"]
    service.clock.advance(GRACE - 0.001)
    assert (await service.whoami(old["api_key"])).status_code == 200
    service.clock.advance(0.001)
    refused(await service.whoami(old["api_key"]), "INVALID_API_KEY")
    assert (await service.whoami(new["api_key"])).status_code == 200


async def test_after_grace_the_key_reads_as_revoked_at_the_moment_it_expired(service: Service) -> None:
    old, _ = await rotated(service)
    service.clock.advance(GRACE * 3)
    ended = await get(service, old)
    assert "expires_at" not in ended
    assert (ended["active"], ended["revoked_at"]) == (False, old["expires_at"])
    again = data(await service.call("GET", "api-keys?status=revoked", service.session()))
    assert again == [ended]


async def test_lists_and_totals_follow_the_clock(service: Service) -> None:
    old, new = await rotated(service)
    assert await listed(service) == {
        "active": ([new["id"], old["id"]], 2),
        "revoked": ([], 0),
        "all": ([new["id"], old["id"]], 2),
    }
    service.clock.advance(GRACE)
    after = {"active": ([new["id"]], 1), "revoked": ([old["id"]], 1), "all": ([new["id"], old["id"]], 2)}
    assert await listed(service) == after
    await service.call("DELETE", f"api-keys/{old['id']}", service.session())  # which sweeps it
    assert await listed(service) == after


@pytest.mark.parametrize(
    "body",
    [{"active": True}, {"active": False}, {"name": "new"}, {"name": None}, {"scopes": []}, {"rate_limit_per_min": 1}],
)
async def test_a_key_in_grace_can_not_be_changed(service: Service, body: dict[str, Any]) -> None:
    old, _ = await rotated(service)
    before = await get(service, old)
    refused(await service.call("PATCH", f"api-keys/{old['id']}", service.session(), json=body), "CONFLICT")
    assert data(await service.call("PATCH", f"api-keys/{old['id']}", service.session(), json={})) == before
    service.clock.advance(GRACE)
    refused(await service.call("PATCH", f"api-keys/{old['id']}", service.session(), json=body), "CONFLICT")


async def test_a_key_in_grace_can_not_be_rotated_again(service: Service) -> None:
    """If this failed, one key could have any number of live successors."""
    old, _ = await rotated(service)
    path = f"api-keys/{old['id']}/rotate"
    refused(await service.call("PATCH", path, service.session()), "CONFLICT")
    refused(await service.call("PATCH", path, service.session(), json={"grace_seconds": 60}), "CONFLICT")
    service.clock.advance(GRACE)
    refused(await service.call("PATCH", path, service.session()), "CONFLICT")
    assert (await listed(service))["all"][1] == 2


async def test_deleting_ends_a_grace_at_once(service: Service) -> None:
    """If this failed, a key found leaked during its grace could not be stopped."""
    old, new = await rotated(service)
    service.clock.advance(60)
    ended = data(await service.call("DELETE", f"api-keys/{old['id']}", service.session()))
    assert "expires_at" not in ended
    assert ended["active"] is False
    assert ended["revoked_at"] < old["expires_at"]
    refused(await service.whoami(old["api_key"]), "INVALID_API_KEY")
    assert (await service.whoami(new["api_key"])).status_code == 200
    service.clock.advance(GRACE)
    assert await get(service, old) == ended


async def test_the_successor_rotates_on_its_own(service: Service) -> None:
    old, new = await rotated(service)
    newest = data(await service.call("PATCH", f"api-keys/{new['id']}/rotate", service.session()))["new_key"]
    assert (await service.whoami(old["api_key"])).status_code == 200
    refused(await service.whoami(new["api_key"]), "INVALID_API_KEY")
    assert (await service.whoami(newest["api_key"])).status_code == 200


async def test_a_sweep_writes_down_the_moment_of_expiry_as_the_systems_doing(service: Service) -> None:
    old, _ = await rotated(service)
    events = await audit(service, old["workspace_id"])
    service.clock.advance(GRACE * 2)
    swept = data(await service.call("DELETE", f"api-keys/{old['id']}", service.session()))
    assert swept["revoked_at"] == swept["updated_at"] == old["expires_at"]
    (event,) = await audit(service, old["workspace_id"], but=events)
    assert (event.action, event.actor_kind, event.actor_id) == ("api_key.expired", "system", None)
    assert str(event.target_id) == old["id"]


@pytest.mark.parametrize("grace", [0, 1, 604_800])
async def test_a_grace_may_last_from_nothing_to_a_week(service: Service, grace: int) -> None:
    old, _ = await rotated(service, grace)
    assert old["active"] is (grace > 0)
    assert ("expires_at" in old) is (grace > 0)
    service.clock.advance(grace)
    refused(await service.whoami(old["api_key"]), "INVALID_API_KEY")

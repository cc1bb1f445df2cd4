"""DELETE /api/v1/api-keys/{key_id} and PATCH …/rotate without grace."""

from typing import Any
from uuid import UUID

import pytest

from answers import data, refused
from service import Service
from standing import standing_loop
from tenants import audit, join, user_id_of

pytestmark = standing_loop
JSON = {"Content-Type": "application/json"}
COPIED = ("name", "scopes", "rate_limit_per_min", "key_type", "active", "workspace_id")
NO_GRACE: list[Any] = [-1, 604_801, 2**63, True, 0.0, 60.0, "60", None, [], {}]


async def revoke(service: Service, key: dict[str, Any], **more: Any) -> Any:
    return data(await service.call("DELETE", f"api-keys/{key['id']}", service.session(), **more))


async def rotate(service: Service, key: dict[str, Any], **more: Any) -> Any:
    return data(await service.call("PATCH", f"api-keys/{key['id']}/rotate", service.session(), **more))


async def test_a_revoked_key_shows_when_it_ended(service: Service) -> None:
    key = await service.create_key()
    service.clock.advance(60)
    ended = await revoke(service, key)
    assert ended == {name: value for name, value in key.items() if name != "api_key"} | {
        "active": False,
        "revoked_at": ended["revoked_at"],
        "updated_at": ended["revoked_at"],
    }
    assert ended["revoked_at"] > key["created_at"]
    assert data(await service.call("GET", f"api-keys/{key['id']}", service.session())) == ended


async def test_revoking_twice_changes_nothing(service: Service) -> None:
    key = await service.create_key()
    first = await revoke(service, key)
    events = await audit(service, key["workspace_id"])
    service.clock.advance(60)
    assert await revoke(service, key) == first
    assert await audit(service, key["workspace_id"], but=events) == []


async def test_a_paused_key_can_be_revoked(service: Service) -> None:
    key = await service.create_key()
    await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json={"active": False})
    assert (await revoke(service, key))["revoked_at"] is not None


async def test_revoking_is_written_down_once(service: Service) -> None:
    key = await service.create_key()
    events = await audit(service, key["workspace_id"])
    await revoke(service, key)
    (event,) = await audit(service, key["workspace_id"], but=events)
    assert (event.action, str(event.target_id), event.actor_id) == ("api_key.revoked", key["id"], key["created_by"])


@pytest.mark.parametrize("operation", ["DELETE", "PATCH"])
async def test_an_empty_object_is_as_good_as_no_body(service: Service, operation: str) -> None:
    key = await service.create_key()
    path = f"api-keys/{key['id']}" + ("/rotate" if operation == "PATCH" else "")
    answer = await service.call(operation, path, service.session() | JSON, content=b" {} ")
    assert answer.status_code == 200


@pytest.mark.parametrize("operation", ["DELETE", "PATCH"])
async def test_a_body_that_is_not_asked_for_is_refused(service: Service, operation: str) -> None:
    key = await service.create_key()
    path = f"api-keys/{key['id']}" + ("/rotate" if operation == "PATCH" else "")
    for body, code in [(b'{"name":"x"}', "VALIDATION_ERROR"), (b"[]", "VALIDATION_ERROR"), (b"{", "BAD_REQUEST")]:
        refused(await service.call(operation, path, service.session() | JSON, content=body), code)
    refused(await service.call(operation, path, service.session(), content=b"{}"), "UNSUPPORTED_MEDIA_TYPE")
    assert data(await service.call("GET", f"api-keys/{key['id']}", service.session()))["revoked_at"] is None


async def test_rotation_ends_the_old_key_and_copies_it(service: Service) -> None:
    key = await service.create_key(name="CI", scopes=["voices:write", "catalog:read"], rate_limit_per_min=7)
    service.clock.advance(60)
    both = await rotate(service, key)
    assert set(both) == {"old_key", "new_key"}
    old, new = both["old_key"], both["new_key"]
    assert old == {name: value for name, value in key.items() if name != "api_key"} | {
        "active": False,
        "revoked_at": old["revoked_at"],
        "updated_at": old["revoked_at"],
    }
    assert set(new) == set(key)
    assert {name: new[name] for name in COPIED} == {name: key[name] for name in COPIED}
    assert new["id"] != key["id"]
    assert new["api_key"].startswith(new["preview"])
    assert new["revoked_at"] is new["last_used_at"] is None
    assert new["created_at"] == new["updated_at"] == old["revoked_at"]


async def test_after_a_rotation_the_new_secret_works_and_the_old_does_not(service: Service) -> None:
    """If this failed, rotating a leaked key would leave the thief in, or lock the owner out."""
    key = await service.create_key()
    new = (await rotate(service, key))["new_key"]
    refused(await service.whoami(key["api_key"]), "INVALID_API_KEY")
    assert data(await service.whoami(new["api_key"]))["api_key_id"] == new["id"]


@pytest.mark.parametrize("limit", [None, 1, 1_000_000])
@pytest.mark.parametrize("scopes", [[], ["workflows:read"]])
async def test_what_a_key_has_survives_rotation(service: Service, scopes: list[str], limit: int | None) -> None:
    key = await service.create_key(scopes=scopes, rate_limit_per_min=limit)
    new = (await rotate(service, key))["new_key"]
    assert (new["scopes"], new["rate_limit_per_min"]) == (scopes, limit)


async def test_a_paused_key_rotates_into_a_paused_one(service: Service) -> None:
    """If this failed, rotating would quietly switch a paused customer on again."""
    key = await service.create_key()
    await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json={"active": False})
    both = await rotate(service, key, json={"grace_seconds": 60})
    assert (both["old_key"]["active"], both["new_key"]["active"]) == (False, False)
    assert both["old_key"]["revoked_at"] is not None
    assert both["new_key"]["revoked_at"] is None
    refused(await service.whoami(key["api_key"]), "INVALID_API_KEY")
    refused(await service.whoami(both["new_key"]["api_key"]), "INVALID_API_KEY")
    await service.call("PATCH", f"api-keys/{both['new_key']['id']}", service.session(), json={"active": True})
    assert (await service.whoami(both["new_key"]["api_key"])).status_code == 200


async def test_a_revoked_key_can_not_be_rotated(service: Service) -> None:
    """If this failed, a dead key could be turned into a live one."""
    key = await service.create_key()
    await revoke(service, key)
    refused(await service.call("PATCH", f"api-keys/{key['id']}/rotate", service.session()), "CONFLICT")
    new = (await rotate(service, await service.create_key()))["new_key"]
    assert (await rotate(service, new))["old_key"]["id"] == new["id"]
    refused(await service.call("PATCH", f"api-keys/{new['id']}/rotate", service.session()), "CONFLICT")


@pytest.mark.parametrize("grace", NO_GRACE)
async def test_a_grace_is_a_whole_number_of_seconds_up_to_a_week(service: Service, grace: object) -> None:
    key = await service.create_key()
    answer = await service.call(
        "PATCH", f"api-keys/{key['id']}/rotate", service.session(), json={"grace_seconds": grace}
    )
    refused(answer, "VALIDATION_ERROR", "grace_seconds")
    assert (await service.whoami(key["api_key"])).status_code == 200


async def test_the_new_key_was_created_by_whoever_rotated(service: Service) -> None:
    key = await service.create_key()
    colleague = f"colleague-{service.user}"
    headers = await join(service, key["workspace_id"], colleague, "editor")
    new = data(await service.call("PATCH", f"api-keys/{key['id']}/rotate", headers))["new_key"]
    assert new["created_by"] == str(await user_id_of(service, colleague))


async def test_a_rotation_writes_down_both_ends_under_one_request(service: Service) -> None:
    key = await service.create_key()
    events = await audit(service, key["workspace_id"])
    answer = await service.call("PATCH", f"api-keys/{key['id']}/rotate", service.session())
    new = data(answer)["new_key"]
    created, rotated = await audit(service, key["workspace_id"], but=events)
    assert (created.action, created.target_id) == ("api_key.created", UUID(new["id"]))
    assert (rotated.action, rotated.target_id) == ("api_key.rotated", UUID(key["id"]))
    assert {str(created.request_id), str(rotated.request_id)} == {answer.headers["x-request-id"]}


async def test_a_rotated_key_counts_once_as_active(service: Service) -> None:
    key = await service.create_key()
    await rotate(service, key)
    for status, total in (("active", 1), ("revoked", 1), ("all", 2)):
        answer = await service.call("GET", f"api-keys?status={status}", service.session())
        assert answer.json()["pagination"]["total"] == total

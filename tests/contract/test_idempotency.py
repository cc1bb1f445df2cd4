"""Idempotency-Key on create and rotate: one effect, and the same answer again while it may be given."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest

from answers import data, refused
from onepin.server.store.tables import api_keys
from service import Service
from standing import standing_loop
from tenants import Tenant, audit, change_role, count, tenant

pytestmark = standing_loop
HOUR, DAY = 3600, 86_400
JSON = {"Content-Type": "application/json"}


def once(value: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": value or f"value-{uuid4()}"}


async def create(service: Service, headers: dict[str, str], **body: Any) -> httpx.Response:
    return await service.call("POST", "api-keys", headers, json={"name": "a key"} | body)


async def rotate(service: Service, key: dict[str, Any], headers: dict[str, str], **body: Any) -> httpx.Response:
    return await service.call("PATCH", f"api-keys/{key['id']}/rotate", headers, json=body)


def data_bytes(answer: httpx.Response) -> bytes:
    """The ``data`` of an answer as it came."""
    return answer.content.partition(b',"meta":')[0]


def is_replay(first: httpx.Response, second: httpx.Response) -> bool:
    """Whether ``second`` says the same again, as itself: same status and data, a request id of its own."""
    same = (first.status_code, data_bytes(first)) == (second.status_code, data_bytes(second))
    marked = "idempotency-replayed" not in first.headers and second.headers["idempotency-replayed"] == "true"
    return same and marked and first.headers["x-request-id"] != second.headers["x-request-id"]


async def keys_of(service: Service, workspace: str) -> int:
    return await count(service, api_keys, workspace)


async def test_a_repeated_create_gives_the_same_key_and_secret(service: Service) -> None:
    headers = service.session() | once()
    first = await create(service, headers)
    key = data(first, 201)
    events = await audit(service, key["workspace_id"])
    service.clock.advance(5)
    for _ in range(3):
        assert is_replay(first, await create(service, service.session() | once(headers["Idempotency-Key"])))
    assert await keys_of(service, key["workspace_id"]) == 1
    assert await audit(service, key["workspace_id"], but=events) == []
    assert (await service.whoami(key["api_key"])).status_code == 200


async def test_a_repeated_rotation_gives_the_same_two_keys(service: Service) -> None:
    key = await service.create_key()
    headers = service.session() | once()
    first = await rotate(service, key, headers, grace_seconds=60)
    assert is_replay(first, await rotate(service, key, headers, grace_seconds=60))
    assert await keys_of(service, key["workspace_id"]) == 2
    plain = service.session() | once()
    again = await rotate(service, data(first)["new_key"], plain)
    assert is_replay(again, await rotate(service, data(first)["new_key"], plain))
    bodyless = await service.call("PATCH", f"api-keys/{data(first)['new_key']['id']}/rotate", plain)
    assert is_replay(again, bodyless)


async def test_without_the_header_every_create_makes_a_key(service: Service) -> None:
    one, two = await create(service, service.session()), await create(service, service.session())
    assert data(one, 201)["id"] != data(two, 201)["id"]
    assert "idempotency-replayed" not in two.headers


async def test_the_same_request_may_be_written_differently(service: Service) -> None:
    headers = service.session() | once() | JSON
    bodies = [
        b'{"name":"Caf\xc3\xa9","scopes":["voices:read"]}',
        b' {"scopes": ["voices:read"], "name": "Caf\\u00e9"} ',
        b'{"name":" Cafe\\u0301 ","scopes":["voices:read","voices:read"]}',
    ]
    answers = [await service.call("POST", "api-keys", headers, content=body) for body in bodies]
    assert is_replay(answers[0], answers[1])
    assert is_replay(answers[0], answers[2])


@pytest.mark.parametrize(
    "other", [{"name": "b"}, {"scopes": []}, {"rate_limit_per_min": None}, {"rate_limit_per_min": 999}]
)
async def test_another_request_under_the_same_value_is_refused(service: Service, other: dict[str, Any]) -> None:
    """If this failed, a caller would get the secret of a key with other rights than asked for."""
    headers = service.session() | once()
    key = data(await create(service, headers), 201)
    refused(await create(service, headers, **other), "IDEMPOTENCY_KEY_REUSED")
    service.clock.advance(HOUR + 1)
    again = service.session() | once(headers["Idempotency-Key"])
    refused(await create(service, again, **other), "IDEMPOTENCY_KEY_REUSED")
    assert await keys_of(service, key["workspace_id"]) == 1


async def test_a_rotation_of_another_key_or_grace_is_another_request(service: Service) -> None:
    one, two = await service.create_key(), await service.create_key()
    headers = service.session() | once()
    assert (await rotate(service, one, headers, grace_seconds=60)).status_code == 200
    refused(await rotate(service, one, headers, grace_seconds=61), "IDEMPOTENCY_KEY_REUSED")
    refused(await rotate(service, two, headers, grace_seconds=60), "IDEMPOTENCY_KEY_REUSED")
    assert (await service.whoami(two["api_key"])).status_code == 200


async def test_a_value_belongs_to_one_person_one_workspace_and_one_operation(service: Service) -> None:
    """If this failed, whoever guessed a colleague's value would be handed the secret of the colleague's key."""
    value = once()
    mine = service.session() | value
    team = await tenant(service)
    first = data(await create(service, mine), 201)
    others: Sequence[dict[str, str]] = [service.session(f"x-{service.user}"), team.admin, team.editor]
    answers = [await create(service, headers | value) for headers in others]
    made = [data(answer, 201) for answer in answers]
    assert len({key["id"] for key in [first, *made]}) == 4
    assert all("idempotency-replayed" not in answer.headers for answer in answers)
    assert data(await rotate(service, first, mine))["old_key"]["id"] == first["id"]


@pytest.mark.parametrize("value", ["x" * 16, "x" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
async def test_a_value_has_16_to_255_visible_characters(service: Service, value: str) -> None:
    headers = service.session() | once(value)
    assert is_replay(await create(service, headers), await create(service, headers))


@pytest.mark.parametrize(
    "value",
    [b"", b"x" * 15, b"x" * 256, b"x" * 8 + b" " + b"x" * 8, b"x" * 16 + b"\x7f", "ä".encode() * 16, b"\t" * 16],
)
@pytest.mark.parametrize("operation", ["create", "rotate"])
async def test_any_other_value_is_refused_and_makes_nothing(service: Service, operation: str, value: bytes) -> None:
    key = await service.create_key()
    path, method = (f"api-keys/{key['id']}/rotate", "PATCH") if operation == "rotate" else ("api-keys", "POST")
    headers: Any = {b"Idempotency-Key": value} | {n.encode(): v.encode() for n, v in service.session().items()}
    body = {} if operation == "rotate" else {"name": "a"}
    answer = await service.call(method, path, headers, json=body)
    refused(answer, "VALIDATION_ERROR", "Idempotency-Key")
    assert await keys_of(service, key["workspace_id"]) == 1


async def test_a_refused_request_does_not_use_the_value_up(service: Service) -> None:
    team = await tenant(service)
    value = once()
    refused(await create(service, team.editor | value, name=""), "VALIDATION_ERROR")
    refused(await create(service, team.editor | value, scopes=["keys:verify"]), "FORBIDDEN")
    refused(await rotate(service, {"id": uuid4()}, team.editor | value), "NOT_FOUND")
    assert data(await create(service, team.editor | value), 201)
    key = await service.create_key(team.editor)
    assert data(await rotate(service, key, team.editor | value))


async def test_after_an_hour_the_secret_is_no_longer_held(service: Service) -> None:
    headers = service.session() | once()
    first = await create(service, headers)
    key = data(first, 201)
    again = once(headers["Idempotency-Key"])
    service.clock.advance(HOUR - 1)
    assert is_replay(first, await create(service, service.session() | again))
    service.clock.advance(1)
    message = refused(await create(service, service.session() | again), "CONFLICT")
    assert f"created as {key['id']}" in message
    assert "the secret is no longer held" in message
    assert "otate" in message
    service.clock.advance(DAY - HOUR - 1)
    assert refused(await create(service, service.session() | again), "CONFLICT") == message
    assert await keys_of(service, key["workspace_id"]) == 1
    service.clock.advance(1)
    fresh = await create(service, service.session() | again)
    assert data(fresh, 201)["id"] != key["id"]
    assert "idempotency-replayed" not in fresh.headers


async def test_a_rotation_is_remembered_as_long(service: Service) -> None:
    key = await service.create_key()
    headers = once()
    new = data(await rotate(service, key, service.session() | headers))["new_key"]
    service.clock.advance(HOUR)
    message = refused(await rotate(service, key, service.session() | headers), "CONFLICT")
    assert f"created as {new['id']}" in message
    assert await keys_of(service, key["workspace_id"]) == 2


async def team_and_key(service: Service, scopes: list[str]) -> tuple[Tenant, dict[str, str], dict[str, Any]]:
    """A workspace, headers with which a colleague (an admin) made a key, and the key."""
    team = await tenant(service)
    await change_role(service, team.id, f"tenant-editor-{service.user}", "admin")
    headers = team.editor | once()
    return team, headers, data(await create(service, headers, scopes=scopes), 201)


async def test_a_replay_asks_for_todays_role(service: Service) -> None:
    """If this failed, somebody who may no longer manage keys could still fetch a secret."""
    colleague = f"tenant-editor-{service.user}"
    team, headers, key = await team_and_key(service, ["keys:verify"])
    assert (await create(service, headers, scopes=["keys:verify"])).headers["idempotency-replayed"] == "true"
    await change_role(service, team.id, colleague, "editor")
    refused(await create(service, headers, scopes=["keys:verify"]), "FORBIDDEN", "scopes")
    await change_role(service, team.id, colleague, "viewer")
    refused(await create(service, headers, scopes=["keys:verify"]), "FORBIDDEN")
    await change_role(service, team.id, colleague, None)
    refused(await create(service, headers, scopes=["keys:verify"]), "NOT_A_MEMBER")
    assert (await service.whoami(key["api_key"])).status_code == 200


@pytest.mark.parametrize("end", ["revoke", "rotate", "rotate with grace"])
async def test_the_end_of_a_key_retires_its_answer(service: Service, end: str) -> None:
    """If this failed, the secret of a key that was ended could still be fetched, and be in use by whoever asks."""
    headers = service.session() | once()
    key = data(await create(service, headers), 201)
    if end == "revoke":
        await service.call("DELETE", f"api-keys/{key['id']}", service.session())
    else:
        await rotate(service, key, service.session(), grace_seconds=60 if "grace" in end else 0)
    answer = await create(service, headers)
    assert key["id"] in refused(answer, "CONFLICT")
    assert key["api_key"][16:] not in answer.text


async def test_the_end_of_a_successor_retires_the_rotations_answer(service: Service) -> None:
    key = await service.create_key()
    headers = service.session() | once()
    new = data(await rotate(service, key, headers))["new_key"]
    await service.call("DELETE", f"api-keys/{new['id']}", service.session())
    assert new["id"] in refused(await rotate(service, key, headers), "CONFLICT")

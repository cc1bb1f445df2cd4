"""Requests at the same moment: each has its effect once, and none gets an error of ours."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from answers import data, refused
from asgi_client import ask
from onepin.server.store.tables import api_keys
from service import Service, bearer
from standing import standing_loop
from tenants import audit, count, user_id_of

pytestmark = standing_loop
VALUE = {"Idempotency-Key": "one-value-for-all-of-them"}


async def test_a_hundred_equal_creates_make_one_key(service: Service) -> None:
    """If this failed, a client that retries would leave live keys behind that nobody knows of."""
    workspace = await service.workspace_of(service.user)
    headers = service.session() | VALUE
    answers = await asyncio.gather(*(service.call("POST", "api-keys", headers, json={"name": "a"}) for _ in range(100)))
    assert len({data(answer, 201)["api_key"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 99
    assert await count(service, api_keys, workspace) == 1
    assert Counter(event.action for event in await audit(service, workspace))["api_key.created"] == 1


async def test_a_hundred_equal_rotations_make_one_successor(service: Service) -> None:
    key = await service.create_key()
    headers = service.session() | VALUE
    answers = await asyncio.gather(
        *(service.call("PATCH", f"api-keys/{key['id']}/rotate", headers) for _ in range(100))
    )
    assert len({data(answer)["new_key"]["api_key"] for answer in answers}) == 1
    assert await count(service, api_keys, key["workspace_id"]) == 2


async def test_of_different_requests_under_one_value_one_is_carried_out(service: Service) -> None:
    workspace = await service.workspace_of(service.user)
    headers = service.session() | VALUE
    answers = await asyncio.gather(
        *(service.call("POST", "api-keys", headers, json={"name": str(number)}) for number in range(20))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 19}
    assert await count(service, api_keys, workspace) == 1


async def test_of_many_rotations_at_once_one_succeeds(service: Service) -> None:
    """If this failed, one key could have several live successors."""
    key = await service.create_key()
    path = f"api-keys/{key['id']}/rotate"
    graces = [{"grace_seconds": 60 * (number % 2)} for number in range(20)]
    answers = await asyncio.gather(*(service.call("PATCH", path, service.session(), json=body) for body in graces))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert await count(service, api_keys, key["workspace_id"]) == 2


async def test_a_revocation_wins_over_every_change_at_the_same_moment(service: Service) -> None:
    """If this failed, a change that was under way could bring a revoked key back."""
    for _ in range(5):
        key = await service.create_key()
        path = f"api-keys/{key['id']}"
        changes: list[dict[str, Any]] = [{"active": True}, {"name": "new"}, {"active": False}, {"scopes": []}] * 3
        answers = await asyncio.gather(
            *(service.call("PATCH", path, service.session(), json=body) for body in changes[:6]),
            service.call("DELETE", path, service.session()),
            *(service.call("PATCH", path, service.session(), json=body) for body in changes[6:]),
            service.call("PATCH", f"{path}/rotate", service.session()),
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert answers[6].status_code == 200
        refused(await service.whoami(key["api_key"]), "INVALID_API_KEY")
        assert data(await service.call("GET", path, service.session()))["revoked_at"] is not None


async def test_revoking_at_once_writes_one_moment_and_one_event(service: Service) -> None:
    key = await service.create_key()
    seen = await audit(service, key["workspace_id"])
    path = f"api-keys/{key['id']}"
    answers = await asyncio.gather(*(service.call("DELETE", path, service.session()) for _ in range(10)))
    assert len({data(answer)["revoked_at"] for answer in answers}) == 1
    assert len(await audit(service, key["workspace_id"], but=seen)) == 1


async def test_totals_are_right_after_a_crowd(service: Service) -> None:
    made = await asyncio.gather(*(service.create_key() for _ in range(30)))
    headers = service.session()
    await asyncio.gather(
        *(service.call("DELETE", f"api-keys/{key['id']}", headers) for key in made[:10]),
        *(service.call("PATCH", f"api-keys/{key['id']}", headers, json={"active": False}) for key in made[5:15]),
        *(service.call("PATCH", f"api-keys/{key['id']}/rotate", headers) for key in made[12:20]),
        *(service.create_key() for _ in range(5)),
    )
    usable = [await service.whoami(key["api_key"]) for key in made]
    for status in ("active", "revoked", "all"):
        answer = await service.call("GET", f"api-keys?status={status}&limit=100", headers)
        assert answer.json()["pagination"]["total"] == len(data(answer)), status
    listed = {key["id"] for key in data(await service.call("GET", "api-keys?limit=100", headers))}
    assert {key["id"] for key, answer in zip(made, usable, strict=True) if answer.status_code == 200} <= listed
    assert not {key["id"] for key, answer in zip(made, usable, strict=True) if answer.status_code == 401} & listed


async def test_a_workspace_that_is_deleted_under_a_create_keeps_no_live_key(service: Service) -> None:
    """If this failed, a key made while its workspace was being deleted would live on, with nobody to revoke it."""
    for _ in range(5):
        team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)
        headers = service.session(workspace=team["id"])
        *made, deleted = await asyncio.gather(
            *(service.call("POST", "api-keys", headers, json={"name": "a"}) for _ in range(8)),
            service.call("DELETE", f"workspaces/{team['id']}", service.session()),
        )
        assert deleted.status_code == 200
        assert {answer.status_code for answer in made} <= {201, 403}
        for answer in made:
            if answer.status_code == 201:
                who = await service.call("GET", "auth/whoami", bearer(data(answer, 201)["api_key"]))
                refused(who, "INVALID_API_KEY")


async def test_a_body_that_arrives_after_its_workspace_was_deleted_makes_no_key(service: Service) -> None:
    """If this failed, whoever holds a request open while their workspace is deleted would keep a live key."""
    team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)
    headers = service.session(workspace=team["id"]) | {"Content-Type": "application/json"}

    async def late() -> AsyncIterator[bytes]:
        yield b'{"name":'
        assert data(await service.call("DELETE", f"workspaces/{team['id']}", service.session())) == {}
        yield b'"a"}'

    answer = await ask(service.app, "POST", "/api/v1/api-keys", headers.items(), late())
    assert (answer.status, answer.code) == (403, "NOT_A_MEMBER")
    assert await count(service, api_keys, team["id"]) == 0


async def test_a_request_waits_five_seconds_for_its_equal_and_then_says_when_to_ask_again(
    standing_postgres: Service,
) -> None:
    """On PostgreSQL the other may be in another process, and may never come to an end."""
    service = standing_postgres.anew()
    workspace = await service.workspace_of(service.user)
    person = await user_id_of(service, service.user)
    now = service.clock.now()
    row = (workspace, person, "create_api_key", hashlib.sha256(VALUE["Idempotency-Key"].encode()).digest())
    other = await asyncpg.connect(service.config.database_url)
    try:
        transaction = other.transaction()
        await transaction.start()
        await other.execute(
            "INSERT INTO idempotency_keys (workspace_id, principal_id, route, value_digest, fingerprint, key_id, "
            "sealed_until, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            *(*row, b"", UUID(int=0), now + timedelta(days=1)),
        )
        began = time.monotonic()
        answer = await service.call("POST", "api-keys", service.session() | VALUE, json={"name": "a"})
        assert 3 < time.monotonic() - began < 7
        refused(answer, "CONFLICT")
        assert int(answer.headers["retry-after"]) >= 1
        await transaction.rollback()
    finally:
        await other.close()
    assert data(await service.call("POST", "api-keys", service.session() | VALUE, json={"name": "a"}), 201)

"""``last_used_at``: moved forward beside the requests, and nothing else of a key with it."""

import asyncio
import random
from uuid import UUID

import pytest

from answers import data
from onepin.server.keys.usage import Outcome
from onepin.server.records import KeyRecord
from onepin.server.store.key_queries import END_KEY, KEY_FOR_CHANGE
from onepin.server.store.query import Tx
from service import Service
from standing import standing_loop
from usage.journal import counted, key_row

pytestmark = standing_loop


async def a_key(service: Service) -> tuple[UUID, UUID]:
    made = await service.create_key()
    return UUID(made["id"]), UUID(made["workspace_id"])


@pytest.mark.parametrize("outcome", Outcome)
async def test_a_key_was_last_used_when_it_was_last_presented_whatever_came_of_it(
    service: Service, outcome: Outcome
) -> None:
    key_id, workspace_id = await a_key(service)
    before = await key_row(service.store, key_id)
    service.clock.advance(12.345678)
    service.usage.note(key_id, workspace_id, outcome)
    await service.usage.flush()
    assert await key_row(service.store, key_id) == before | {"last_used_at": service.clock.now()}


async def test_it_is_shown_and_does_not_move_updated_at(service: Service) -> None:
    made = await service.create_key()
    service.clock.advance(60)
    assert (await service.whoami(made["api_key"])).status_code == 200
    await service.usage.flush()
    shown = data(await service.call("GET", f"api-keys/{made['id']}", service.session()))
    assert shown["last_used_at"] is not None
    assert shown["last_used_at"] > made["created_at"]
    assert shown["updated_at"] == made["updated_at"]


async def test_it_never_goes_back(service: Service) -> None:
    key_id, workspace_id = await a_key(service)
    service.usage.note(key_id, workspace_id, Outcome.OK)
    await service.usage.flush()
    latest = service.clock.now()
    service.clock.step_wall(-3600)
    try:
        service.usage.note(key_id, workspace_id, Outcome.OK)
        await service.usage.flush()
    finally:
        service.clock.step_wall(3600)
    assert (await key_row(service.store, key_id))["last_used_at"] == latest


async def test_a_key_that_is_being_revoked_is_neither_waited_for_nor_brought_back(service: Service) -> None:
    """If this failed, using a key while it is revoked could bring it back to life."""
    key_id, workspace_id = await a_key(service)
    other_id, _ = await a_key(service)
    moment = service.clock.now()
    locked, flushed = asyncio.Event(), asyncio.Event()

    async def revoke(tx: Tx) -> KeyRecord | None:
        assert await tx.one(KEY_FOR_CHANGE, workspace_id=workspace_id, id=key_id) is not None
        locked.set()
        if not service.store.exclusive:  # SQLite's writer waits for nobody, and nobody writes meanwhile
            await asyncio.wait_for(flushed.wait(), 5)
        return await tx.one(END_KEY, workspace_id=workspace_id, id=key_id, revoked_at=moment)

    service.clock.advance(1)
    service.usage.note(key_id, workspace_id, Outcome.OK)
    service.usage.note(other_id, workspace_id, Outcome.OK)
    used = service.clock.now()
    revoking = asyncio.ensure_future(service.store.write(revoke))
    if not service.store.exclusive:
        await locked.wait()
    await asyncio.wait_for(service.usage.flush(), 4)
    flushed.set()
    await revoking
    assert (await key_row(service.store, other_id))["last_used_at"] == used
    await service.usage.flush()
    assert await key_row(service.store, key_id) == {
        "last_used_at": used,
        "updated_at": moment,
        "active": False,
        "revoked_at": moment,
    }


async def test_a_revocation_wins_whichever_of_the_two_comes_first(service: Service) -> None:
    """If this failed, the bookkeeping of a key's last request could undo its revocation."""
    chance = random.Random(20260101)
    for _ in range(60):
        key_id, workspace_id = await a_key(service)
        service.clock.advance(chance.random())
        service.usage.note(key_id, workspace_id, Outcome.OK)
        used = service.clock.now()

        async def flush(turns: int) -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            await service.usage.flush()

        answers = [
            flush(chance.randrange(8)),
            service.call("DELETE", f"api-keys/{key_id}", service.session()),
            flush(chance.randrange(200)),
        ]
        chance.shuffle(answers)
        await asyncio.gather(*answers)
        await service.usage.flush()
        row = await key_row(service.store, key_id)
        assert row["revoked_at"] is not None
        assert row["updated_at"] == row["revoked_at"]
        assert (row["active"], row["last_used_at"]) == (False, used)


async def test_a_change_that_waits_for_a_flush_waits_for_one_batch(service: Service) -> None:
    """A flush of many keys leaves room between its batches: creates that come in then are not behind all of them."""
    keys = [await a_key(service) for _ in range(4)]
    for number in range(2000):
        service.usage.note(UUID(int=number + 1), keys[0][1], Outcome.OK)
    flushing = asyncio.ensure_future(service.usage.flush())
    await asyncio.sleep(0)
    await service.create_key()
    assert not flushing.done()
    assert service.usage.pending > 1000
    await flushing
    assert service.usage.pending == 0


async def test_it_is_written_within_five_seconds_without_anybody_asking(service: Service) -> None:
    key_id, workspace_id = await a_key(service)
    service.usage.note(key_id, workspace_id, Outcome.OK)
    for _ in range(100):
        row = await key_row(service.store, key_id)
        if row["last_used_at"] is not None:
            break
        await asyncio.sleep(0.05)
    assert row["last_used_at"] == service.clock.now()


async def test_old_counters_are_deleted_without_anybody_asking(service: Service) -> None:
    key_id, workspace_id = await a_key(service)
    service.usage.note(key_id, workspace_id, Outcome.OK)
    await service.usage.flush()
    assert {minutes for _, minutes, _, _ in await counted(service.store, [key_id])} == {1, 60, 1440}
    service.clock.advance(31 * 86_400)
    for _ in range(100):
        left = {minutes for _, minutes, _, _ in await counted(service.store, [key_id])}
        if left == {1440}:
            break
        await asyncio.sleep(0.05)
    assert left == {1440}

"""What a read sees of what was written, by this server and beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from onepin.server.errors import Refused
from onepin.server.store.query import Query, Tx
from onepin.server.store.sqlite import SqliteStore, connect
from onepin.server.store.tables import usage_writers as w

WRITERS = Query(select(w.c.batch).order_by(w.c.batch), lambda batch: batch)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADD = Query(insert(w), lambda: None)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(f"sqlite:///{folder / 'onepin.db'}")
    await store.start(migrate=True)
    try:
        yield store
    finally:
        await store.close()


def adding(number: int):  # type: ignore[no-untyped-def]
    async def work(tx: Tx) -> None:
        await tx.run(ADD, id=UUID(int=number), batch=number, at=NOON)

    return work


def write_beside(folder: Path, number: int) -> None:
    """A commit by another connection, as an operator's command makes it, with no turn of the loop in between."""
    connection = connect(folder / "onepin.db")
    connection.execute("INSERT INTO usage_writers (id, batch, at) VALUES (?, ?, 0)", (UUID(int=number).bytes, number))
    connection.close()


async def test_what_a_write_has_acknowledged_is_seen_by_whoever_heard_of_it(tmp_path: Path) -> None:
    """Security: a key could open something after its revocation was answered, if a read could be older than it."""
    async with opened(tmp_path) as store:

        async def write_then_read(number: int) -> bool:
            await store.write(adding(number))
            return number in await store.all(WRITERS)

        async def keep_reading() -> None:
            while not done.is_set():
                await store.all(WRITERS)
                await asyncio.sleep(0)

        done = asyncio.Event()
        others = [asyncio.create_task(keep_reading()) for _ in range(8)]  # so that somebody reads all the time
        seen = await asyncio.gather(*(write_then_read(number) for number in range(300)))
        done.set()
        await asyncio.gather(*others)
    assert all(seen)


async def test_no_read_keeps_the_write_ahead_log_from_being_emptied(tmp_path: Path) -> None:
    """Otherwise the write-ahead log could never be emptied, and would grow for as long as the server runs."""
    async with opened(tmp_path) as store:
        for number in range(20):
            await store.write(adding(number))
            await store.all(WRITERS)
        connection = connect(tmp_path / "onepin.db")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.close()
        assert busy == 0
        assert (tmp_path / "onepin.db-wal").stat().st_size == 0
        assert len(await store.all(WRITERS)) == 20


async def test_a_read_that_fails_is_unavailable_and_the_next_one_reads_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        other = connect(tmp_path / "onepin.db")
        other.execute("ALTER TABLE usage_writers RENAME TO away")
        with pytest.raises(Refused, match="UNAVAILABLE"):
            await store.all(WRITERS)
        other.execute("ALTER TABLE away RENAME TO usage_writers")
        other.close()
        assert await store.all(WRITERS) == []


async def test_a_commit_from_outside_is_seen_at_once(tmp_path: Path) -> None:
    """Security: a request that was sent after an operator's command had ended could be decided without it."""
    async with opened(tmp_path) as store:
        assert await store.all(WRITERS) == []
        write_beside(tmp_path, 1)
        assert await store.all(WRITERS) == [1]


async def test_the_work_of_a_read_sees_one_state(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:

        async def work(tx: Tx) -> tuple[list[int], list[int]]:
            before = await tx.all(WRITERS)
            write_beside(tmp_path, 1)
            return before, await tx.all(WRITERS)

        assert await store.read(work) == ([], [])
        assert await store.one(WRITERS) == 1

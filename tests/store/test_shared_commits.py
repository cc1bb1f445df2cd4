"""Transactions that share a commit on SQLite do not share their fate."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest_asyncio

from onepin.contract.codes import Code
from onepin.server.errors import Refused
from onepin.server.store.query import Tx
from onepin.server.store.sqlite import SqliteStore
from onepin.server.store.store import Work
from onepin.server.store.system_queries import ACTIVATE_PEPPER, PEPPERS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(f"sqlite:///{tmp_path / 'onepin.db'}")
    await opened.start(migrate=True)
    yield opened
    await opened.close()


def writes(version: int, *, then: BaseException | None = None) -> Work[int]:
    """Work that inserts a row, and is refused after that if ``then`` says so."""

    async def work(tx: Tx) -> int:
        await tx.run(ACTIVATE_PEPPER, version=version, check_value=b"", activated_at=NOW, wrapped_at=None)
        if then is not None:
            raise then
        return version

    return work


async def refused_before_it_writes(tx: Tx) -> int:
    await tx.all(PEPPERS)
    raise Refused(Code.NOT_FOUND)


async def written(store: SqliteStore) -> list[int]:
    return [pepper.version for pepper in await store.all(PEPPERS)]


async def test_what_a_refused_transaction_wrote_is_gone_and_its_neighbours_stay(store: SqliteStore) -> None:
    """If this failed, a request answered with an error would have changed something, or another's change be lost."""
    refused = writes(2, then=Refused(Code.CONFLICT))
    answers = await asyncio.gather(
        store.write(writes(1)), store.write(refused), store.write(writes(3)), return_exceptions=True
    )
    assert answers[0] == 1
    assert isinstance(answers[1], Refused)
    assert answers[1].code is Code.CONFLICT
    assert answers[2] == 3
    assert await written(store) == [1, 3]


async def test_a_refusal_before_any_write_leaves_its_neighbours_alone(store: SqliteStore) -> None:
    answers = await asyncio.gather(
        store.write(writes(1)), store.write(refused_before_it_writes), store.write(writes(3)), return_exceptions=True
    )
    assert answers[0] == 1
    assert isinstance(answers[1], Refused)
    assert answers[2] == 3
    assert await written(store) == [1, 3]


async def test_each_of_several_refused_transactions_gets_its_own_error(store: SqliteStore) -> None:
    errors = [Refused(Code.CONFLICT), ValueError("not ours"), Refused(Code.FORBIDDEN)]
    work = [writes(version, then=error) for version, error in enumerate(errors)]
    answers = await asyncio.gather(*map(store.write, [*work, writes(9)]), return_exceptions=True)
    assert answers == [*errors, 9]
    assert await written(store) == [9]


async def test_transactions_that_wait_together_share_one_commit(store: SqliteStore) -> None:
    statements: list[str] = []
    store._writing.set_trace_callback(statements.append)
    await asyncio.gather(*(store.write(writes(version)) for version in range(20)))
    assert statements.count("COMMIT") == 1
    assert len(await written(store)) == 20


async def test_what_was_asked_for_just_before_the_end_is_still_written(tmp_path: Path) -> None:
    store = SqliteStore(f"sqlite:///{tmp_path / 'onepin.db'}")
    await store.start(migrate=True)
    asked = asyncio.ensure_future(store.write(writes(1)))
    await asyncio.sleep(0)  # so that it has begun, and waits for the writer
    await store.close()
    assert await asked == 1

"""PostgreSQL away, read-only, busy, or silent at the worst moment: what clients are told."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

import databases
from answers import data
from faults.postgres_proxy import Proxy
from onepin.server.store.postgres import PostgresStore
from onepin.server.store.query import Query, Tx
from onepin.server.store.store import StoreError
from service import Service, running

ONCE = {"Idempotency-Key": "the-same-request-once"}


def unavailable(answer: httpx.Response) -> bool:
    """A 503 in the envelope that says when to come back."""
    return (
        answer.status_code == 503
        and answer.json()["error"]["code"] == "UNAVAILABLE"
        and int(answer.headers["Retry-After"]) >= 1
    )


@pytest.fixture
def database(postgres_server: databases.PostgresCluster) -> Iterator[str]:
    url = postgres_server.fresh_database(postgres_server.template("migrated", databases.migrate))
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[databases.PostgresCluster]:
    """For tests that kill it; it forgets nothing that it has acknowledged."""
    with databases.PostgresCluster(fsync=True) as cluster:
        yield cluster


@pytest.fixture
def own_database(own_postgres: databases.PostgresCluster) -> str:
    return own_postgres.fresh_database(own_postgres.template("migrated", databases.migrate))


@pytest_asyncio.fixture
async def proxy(database: str) -> AsyncIterator[Proxy]:
    async with Proxy(database) as started:
        yield started


async def create(service: Service, **headers: str) -> httpx.Response:
    return await service.call("POST", "api-keys", service.session() | headers, json={"name": "a key"})


async def test_while_postgres_is_away_everything_that_needs_it_is_503_and_it_recovers_by_itself(
    own_postgres: databases.PostgresCluster, own_database: str, tmp_path: Path
) -> None:
    """If this failed, a restart of the database would need a restart of every server, or answer 401 to good keys."""
    async with running(tmp_path, own_database) as service:
        key = await service.create_key()
        await asyncio.to_thread(own_postgres.kill)
        for _ in range(3):
            assert unavailable(await create(service))
            assert unavailable(await service.whoami(key["api_key"]))
            assert unavailable(await service.call("GET", "api-keys", service.session()))
        ready = await service.call("GET", "/ready")
        assert (ready.status_code, ready.json()["reasons"]) == (503, ["database"])
        assert int(ready.headers["Retry-After"]) >= 1
        assert (await service.call("GET", "/health")).status_code == 200
        await asyncio.to_thread(own_postgres.start)
        assert (await service.call("GET", "/ready")).status_code == 200
        assert data(await service.whoami(key["api_key"]))["api_key_id"] == key["id"]
        assert (await create(service)).status_code == 201


async def test_a_server_that_finds_no_postgres_says_so_and_does_not_start(
    own_postgres: databases.PostgresCluster, own_database: str, tmp_path: Path
) -> None:
    await asyncio.to_thread(own_postgres.stop)
    try:
        with pytest.raises(StoreError, match="PostgreSQL does not answer"):
            async with running(tmp_path, own_database):
                pass
    finally:
        await asyncio.to_thread(own_postgres.start)


async def test_a_commit_whose_answer_is_lost_is_503_and_the_retry_finds_the_key(proxy: Proxy, tmp_path: Path) -> None:
    """If this failed, a client would hear of a failure, or of nothing, and leave a live key behind that nobody knows.

    Whether the COMMIT went through can't be known then, so it must not be called done, nor an error of ours.
    """
    async with running(tmp_path, proxy.url) as service:
        first = await service.create_key()
        proxy.lose_next_commit = True
        assert unavailable(await create(service, **ONCE))
        assert proxy.lost == 1
        again = await create(service, **ONCE)
        assert again.headers["idempotency-replayed"] == "true"
        made = data(again, 201)
        assert data(await service.whoami(made["api_key"]))["api_key_id"] == made["id"]
        listed = await service.call("GET", "api-keys", service.session())
        assert [key["id"] for key in data(listed)] == [made["id"], first["id"]]


async def test_a_revocation_whose_commit_is_lost_is_503_and_holds(proxy: Proxy, tmp_path: Path) -> None:
    async with running(tmp_path, proxy.url) as service:
        key = await service.create_key()
        proxy.lose_next_commit = True
        assert unavailable(await service.call("DELETE", f"api-keys/{key['id']}", service.session()))
        assert (await service.whoami(key["api_key"])).status_code == 401
        revoked = data(await service.call("DELETE", f"api-keys/{key['id']}", service.session()))
        assert revoked["revoked_at"] is not None


async def test_a_connection_that_postgres_ends_during_a_change_is_503_and_changes_nothing(
    database: str, tmp_path: Path
) -> None:
    """As an operator's pg_terminate_backend, or a failover, does it."""
    async with running(tmp_path, database) as service:
        await service.create_key()
        operator = await asyncpg.connect(database)
        try:
            async with operator.transaction():
                await operator.execute("SELECT 1 FROM key_totals FOR UPDATE")
                waiting = asyncio.ensure_future(create(service))
                ended = None
                while ended is None:
                    ended = await operator.fetchval(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE application_name = 'onepin' AND wait_event_type = 'Lock'"
                    )
                assert unavailable(await waiting)
        finally:
            await operator.close()
        listed = await service.call("GET", "api-keys", service.session())
        assert listed.json()["pagination"]["total"] == 1
        assert (await create(service)).status_code == 201


async def test_while_postgres_is_read_only_keys_verify_and_changes_are_503(
    postgres_server: databases.PostgresCluster, database: str, tmp_path: Path
) -> None:
    """As after a failover to a standby: if this failed, a database in trouble would stop the operator's product."""
    name = databases.database_name(database)

    def set_read_only(value: str) -> None:
        postgres_server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
        ends = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
        postgres_server.execute(ends)

    async with running(tmp_path, database) as service:
        key = await service.create_key()
        await asyncio.to_thread(set_read_only, "on")
        assert data(await service.whoami(key["api_key"]))["api_key_id"] == key["id"]
        assert unavailable(await create(service))
        assert unavailable(await service.call("DELETE", f"api-keys/{key['id']}", service.session()))
        assert (await service.call("GET", "api-keys", service.session())).status_code == 200
        await asyncio.to_thread(set_read_only, "off")
        assert (await create(service)).status_code == 201


async def test_a_read_whose_connection_ended_is_tried_again_on_a_new_one(database: str) -> None:
    """A failover ends every connection of the pool, one after the other: a second old one must not be the last try."""
    process: Query[int | None] = Query(select(func.pg_backend_pid(), func.pg_sleep(0.1)), lambda pid, _: int(pid))
    ends = Query(select(func.pg_terminate_backend(func.pg_backend_pid())), bool)
    store = PostgresStore(database)
    await store.start(migrate=False)
    old = set(await asyncio.gather(*(store.one(process) for _ in range(4))))
    tried: list[int | None] = []

    async def ended_the_first_time(tx: Tx) -> None:
        tried.append(await tx.one(process))
        if len(tried) == 1:
            await tx.one(ends)

    await store.read(ended_the_first_time)
    await store.close()
    assert len(old) == 4
    assert tried[0] in old
    assert tried[1] not in old


async def test_changes_that_wait_for_a_lock_do_not_keep_keys_from_being_verified(database: str, tmp_path: Path) -> None:
    """If this failed, one customer's flood of changes would lock the customers of all others out for seconds."""
    async with running(tmp_path, database) as service:
        key = await service.create_key()
        operator = await asyncpg.connect(database)
        try:
            async with operator.transaction():
                await operator.execute("SELECT 1 FROM key_totals FOR UPDATE")
                waiting = [asyncio.ensure_future(create(service)) for _ in range(40)]
                await asyncio.sleep(0.3)
                began = time.monotonic()
                for _ in range(5):
                    assert (await service.whoami(key["api_key"])).status_code == 200
                assert time.monotonic() - began < 1
        finally:
            await operator.close()
        answers = await asyncio.gather(*waiting)
        assert {answer.status_code for answer in answers} == {201}

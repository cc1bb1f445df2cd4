"""Servers that share a database, a stop, and a crash."""

import asyncio
import contextlib
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import pytest

from databases import PostgresCluster, migrate
from onepin.server.clock import ManualClock
from onepin.server.keys.usage import KEPT, Outcome
from onepin.server.store.store import Store, open_store
from server_process import ServerProcess, serving
from service import bearer, running
from usage.journal import Journal, counted, key_row

COUNTER = Path(__file__).with_name("counting_process.py")
LOST_SECONDS = 5.0
"""Of counters, at most, when a server is killed: docs/explanation/usage.md says so."""


@pytest.fixture
def shared_url(postgres_server: PostgresCluster) -> Any:
    url = postgres_server.fresh_database(postgres_server.template("migrated", migrate))
    yield url
    postgres_server.drop_database(url)


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """A database that nobody else uses by now."""
    store = open_store(url)
    await store.start(migrate=False)
    try:
        yield store
    finally:
        await store.close()


async def test_two_processes_add_to_the_same_buckets(shared_url: str) -> None:
    keys = [uuid4() for _ in range(90)]
    command = [sys.executable, str(COUNTER), shared_url, str(uuid4()), ",".join(map(str, keys)), "5000"]
    processes = [await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    journal: Counter[str] = Counter()
    for output, _ in await asyncio.gather(*(process.communicate(b"go\n") for process in processes)):
        journal.update(json.loads(output))
    assert sum(journal.values()) == 10_000
    async with opened(shared_url) as store:
        found = await counted(store, keys)
    for minutes in KEPT:
        assert Counter({str(key): n for (key, m, _, _), n in found.items() if m == minutes}) == journal


async def test_a_stop_writes_what_was_counted(tmp_path: Path, database_url: str) -> None:
    journal, clock = Journal(), ManualClock()
    for _ in range(3):
        async with running(tmp_path, database_url, clock) as service:
            made = await service.create_key(rate_limit_per_min=2)
            for outcome in (Outcome.OK, Outcome.OK, Outcome.RATE_LIMITED):
                answer = await service.whoami(made["api_key"])
                assert answer.status_code == (429 if outcome is Outcome.RATE_LIMITED else 200)
                journal.write(made["id"], clock.now(), outcome)
        clock.advance(100)
    async with opened(database_url) as store:
        assert await counted(store, {key for key, *_ in journal.sums}) == journal.sums


class Caller:
    """A client of a real server that remembers when each use of a key was answered."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.http = httpx.Client(base_url=f"{server.base_url}/api/v1", timeout=10)
        self.answered: list[float] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def create(self, name: str) -> dict[str, Any]:
        made = self.http.post(
            "/api-keys", headers=self.server.session(), json={"name": name, "rate_limit_per_min": None}
        )
        assert made.status_code == 201, made.text
        data: dict[str, Any] = made.json()["data"]
        return data

    def use(self, key: dict[str, Any]) -> None:
        assert self.http.get("/auth/whoami", headers=bearer(key["api_key"])).status_code == 200
        self.answered.append(time.monotonic())

    def counted(self, key: dict[str, Any]) -> int:
        answer = self.http.get(f"/api-keys/{key['id']}/usage?window=24h", headers=self.server.session())
        assert answer.status_code == 200, answer.text
        ok: int = answer.json()["data"]["totals"]["ok"]
        return ok


def test_a_crash_loses_at_most_five_seconds_of_counters_and_no_change_of_a_key(tmp_path: Path) -> None:
    """If this failed, a key that was revoked could work again after a crash."""
    with serving(tmp_path) as server, Caller(server) as caller:
        used, revoked = caller.create("used"), caller.create("revoked")
        began = time.monotonic()
        while time.monotonic() - began < LOST_SECONDS + 2:
            caller.use(used)
            time.sleep(0.01)
        late = caller.create("late")
        answer = caller.http.delete(f"/api-keys/{revoked['id']}", headers=server.session())
        assert answer.status_code == 200
        server.kill()
        killed = time.monotonic()
    certain = sum(killed - at > LOST_SECONDS for at in caller.answered)
    assert certain > 0
    with serving(tmp_path) as server, Caller(server) as after:
        assert certain <= after.counted(used) <= len(caller.answered)
        after.use(late)
        assert after.http.get("/auth/whoami", headers=bearer(revoked["api_key"])).status_code == 401


async def test_a_stop_of_the_real_server_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as server, Caller(server) as caller:
        key = caller.create("used")
        for _ in range(50):
            caller.use(key)
        assert server.terminate() == 0
    async with opened(f"sqlite:///{tmp_path / 'onepin.db'}") as store:
        assert sum((await counted(store, [key["id"]])).values()) == 50 * len(KEPT)
        assert (await key_row(store, key["id"]))["last_used_at"] is not None

"""Requests that meet in the database: through one server on SQLite, through two on PostgreSQL."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from sqlalchemy import bindparam, func, literal_column, select

from answers import data
from models.recount import counting_faults
from onepin.server.clock import ManualClock
from onepin.server.records import KeyRecord
from onepin.server.store.query import Query
from onepin.server.store.tables import api_keys, users, workspaces
from service import Service, running
from tenants import audit

Request = tuple[str, str, dict[str, Any]]
OLDEST_FIRST = Query(
    select(*[api_keys.c[name] for name in KeyRecord._fields])
    .where(api_keys.c.workspace_id == bindparam("workspace_id"))
    .order_by(api_keys.c.seq),
    KeyRecord,
)


@pytest_asyncio.fixture
async def servers(tmp_path: Path, database_url: str) -> AsyncIterator[tuple[Service, Service]]:
    """Two servers on one PostgreSQL, with clocks of their own; on SQLite, which takes one, that one twice."""
    async with running(tmp_path, database_url) as one:
        if one.store.exclusive:
            yield one, one
            return
        async with running(tmp_path, database_url, ManualClock()) as two:
            yield one, two


def count_of(table: Any) -> Query[int]:
    return Query(select(func.count(literal_column("1"))).select_from(table), lambda number: number)


async def at_once(servers: tuple[Service, Service], *requests: Request) -> list[httpx.Response]:
    """The same person's requests, all under way together, taking turns between the servers."""
    turns = zip(itertools.cycle(servers), requests, strict=False)
    return await asyncio.gather(
        *(server.call(method, path, server.session(), **more) for server, (method, path, more) in turns)
    )


async def test_first_calls_at_once_make_one_user_with_one_workspace(servers: tuple[Service, Service]) -> None:
    """If this failed, a person could end up with two workspaces, their keys in the one they don't see."""
    create = ("POST", "api-keys", {"json": {"name": "a key"}})
    calls = [create, ("GET", "api-keys", {}), ("GET", "workspaces", {})] * 6
    answers = await at_once(servers, *calls)
    assert {answer.status_code for answer in answers} == {200, 201}, [answer.text for answer in answers]
    assert await servers[0].store.one(count_of(users)) == 1
    assert await servers[0].store.one(count_of(workspaces)) == 1
    home = data(await servers[0].call("GET", "workspaces", servers[0].session()))[0]["id"]
    assert {data(answer, 201)["workspace_id"] for answer in answers[::3]} == {home}
    events = Counter(event.action for event in await audit(servers[0], home))
    assert events == {"user.created": 1, "workspace.created": 1, "api_key.created": 6}


async def test_creates_at_once_are_numbered_without_gaps_in_the_order_of_their_times(
    servers: tuple[Service, Service],
) -> None:
    """If this failed, pages would skip keys or show them twice. Clocks stand still, differ and go back here."""
    one, two = servers
    workspace = await one.workspace_of(one.user)
    create = ("POST", "api-keys", {"json": {"name": "a key"}})
    refused = ("POST", "api-keys", {"json": {"name": ""}})
    for step in (0.0, -3600.0, 1e-6, 30.0):
        two.clock.step_wall(step)
        answers = await at_once(servers, *[create, create, refused] * 5)
        assert Counter(answer.status_code for answer in answers) == {201: 10, 422: 5}
    rows = await one.store.all(OLDEST_FIRST, workspace_id=workspace)
    assert [row.seq for row in rows] == list(range(1, 41))
    assert all(before.created_at < after.created_at for before, after in itertools.pairwise(rows))
    listed = data(await one.call("GET", "api-keys?limit=100", one.session()))
    assert [key["id"] for key in listed] == [str(row.id) for row in reversed(rows)]
    assert await counting_faults(one.store, workspace) == []


async def test_a_rotation_and_a_revocation_at_once_leave_the_old_key_dead_and_nothing_half_done(
    servers: tuple[Service, Service],
) -> None:
    """If this failed, a key could survive its revocation, or have a successor that nobody was given."""
    workspace = await servers[0].workspace_of(servers[0].user)
    for grace in (0, 60, 0, 60, 0):
        key = await servers[0].create_key()
        seen = await audit(servers[0], workspace)
        path = f"api-keys/{key['id']}"
        rotate = ("PATCH", f"{path}/rotate", {"json": {"grace_seconds": grace}})
        rotated, revoked = await at_once(servers, rotate, ("DELETE", path, {}))
        assert data(revoked)["revoked_at"] is not None
        assert rotated.status_code in (200, 409)
        events = Counter(event.action for event in await audit(servers[0], workspace, but=seen))
        ended = {"api_key.revoked": 1} if rotated.status_code == 409 or grace else {}
        made = {"api_key.rotated": 1, "api_key.created": 1} if rotated.status_code == 200 else {}
        assert events == ended | made
        assert {(await server.whoami(key["api_key"])).status_code for server in servers} == {401}
        if rotated.status_code == 200:
            assert (await servers[1].whoami(data(rotated)["new_key"]["api_key"])).status_code == 200
    assert await counting_faults(servers[0].store, workspace) == []


async def test_of_two_rotations_at_once_one_succeeds(servers: tuple[Service, Service]) -> None:
    """If this failed, one key could have two live successors, one of which nobody watches."""
    workspace = await servers[0].workspace_of(servers[0].user)
    for _ in range(5):
        key = await servers[0].create_key()
        rotate: Request = ("PATCH", f"api-keys/{key['id']}/rotate", {})
        answers = await at_once(servers, rotate, rotate)
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        names = await servers[0].store.all(OLDEST_FIRST, workspace_id=UUID(key["workspace_id"]))
        assert sum(row.active for row in names) == 1
        winner = next(answer for answer in answers if answer.status_code == 200)
        await servers[0].call("DELETE", f"api-keys/{data(winner)['new_key']['id']}", servers[0].session())
    assert await counting_faults(servers[0].store, workspace) == []


async def test_a_revocation_on_one_server_holds_on_the_other_at_once(servers: tuple[Service, Service]) -> None:
    """If this failed, whoever holds a leaked key would have to be slow to be stopped."""
    one, two = servers
    for _ in range(5):
        key = await one.create_key()
        assert (await two.whoami(key["api_key"])).status_code == 200
        assert (await one.call("DELETE", f"api-keys/{key['id']}", one.session())).status_code == 200
        assert (await two.whoami(key["api_key"])).status_code == 401

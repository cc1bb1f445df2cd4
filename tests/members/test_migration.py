"""A database from before members and invites: whoever was there is still there."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, NullPool, create_engine, insert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from answers import data
from onepin.server.identity.local import LocalUser
from onepin.server.ids import user_id
from onepin.server.store.migrate import _alembic
from onepin.server.store.tables import users
from service import running

ISSUER = "https://onepin.local"


async def on(url: str, work: Callable[[Connection], Any]) -> None:
    """Run ``work`` in a transaction."""
    if make_url(url).get_backend_name() == "sqlite":
        with create_engine(url, poolclass=NullPool).begin() as connection:
            work(connection)
        return
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(work)


@pytest.mark.parametrize("sign_up", ["open", "invited"])
async def test_people_from_before_the_upgrade_need_no_invite(
    unmigrated_database_url: str, tmp_path: Path, sign_up: str
) -> None:
    """If this failed, an upgrade would lock everybody out where sign-up is by invite."""
    url, subject = unmigrated_database_url, LocalUser.parse("ann@example.com").subject
    person, moment = user_id(ISSUER, subject), datetime(2025, 1, 1, tzinfo=UTC)

    def before(connection: Connection) -> None:
        command.upgrade(_alembic(connection), "0003")
        told = {"id": person, "issuer": ISSUER, "subject": subject, "created_at": moment, "updated_at": moment}
        connection.execute(insert(users).values(told))

    await on(url, before)
    await on(url, lambda connection: command.upgrade(_alembic(connection), "head"))
    async with running(tmp_path / "after", url, sign_up=sign_up) as after:
        made = await after.call("POST", "workspaces", after.session("ann@example.com"), json={"name": "Team"})
        assert data(made, 201)["created_by"] == str(person)

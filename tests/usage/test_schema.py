"""The migrations make the tables that the statements are written for."""

import asyncio
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from databases import migrate
from onepin.server.store.tables import metadata


def differences(connection: Connection) -> Any:
    return compare_metadata(MigrationContext.configure(connection), metadata)


async def test_a_migrated_database_has_the_tables_as_they_are_declared(unmigrated_database_url: str) -> None:
    """If this failed, what a fresh checkout declares and what an upgraded server has would drift apart."""
    await asyncio.to_thread(migrate, unmigrated_database_url)
    url = make_url(unmigrated_database_url)
    if url.get_backend_name() == "sqlite":
        with create_engine(url, poolclass=NullPool).connect() as connection:
            assert differences(connection) == []
        return
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []

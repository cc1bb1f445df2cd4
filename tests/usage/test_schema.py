"""The migrations make the tables that the statements are written for."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from databases import migrate
from onepin.server.store import migrate as schema
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


def test_the_names_of_the_revisions_say_their_order() -> None:
    """If this failed, a start, which goes by the names alone, would serve on an older schema."""
    folder = Path(schema.__file__).parent / "migrations"
    walked = [script.revision for script in ScriptDirectory(str(folder)).walk_revisions()]
    assert schema.revisions() == walked[::-1]
    assert len(walked) >= 3


def test_a_start_on_the_newest_schema_does_not_import_alembic(tmp_path: Path) -> None:
    """It is a fifth of the time a start takes."""
    url = f"sqlite:///{tmp_path / 'onepin.db'}"
    starts = (
        "import asyncio, sys\n"
        "from onepin.server.store.store import open_store\n"
        f"store = open_store({url!r})\n"
        "async def run():\n"
        "    await store.start(migrate=True)\n"
        "    await store.close()\n"
        "asyncio.run(run())\n"
        "print('alembic' in sys.modules)\n"
    )
    said = [subprocess.run([sys.executable, "-c", starts], capture_output=True, text=True, check=True) for _ in "12"]
    assert [run.stdout for run in said] == ["True\n", "False\n"]

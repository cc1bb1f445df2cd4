"""Bring a database to this version's schema. Revisions are Alembic's, in ``migrations/versions``."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from onepin.server.store.store import StoreError, open_store


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision this version knows."""
    newest: Any = ScriptDirectory.from_config(_alembic()).get_current_head()
    return str(newest)


def check(connection: Connection) -> None:
    """Raises ``StoreError`` unless the schema is the newest one; the text says how to get there."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found == head():
        return
    known = {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"This database was migrated by a newer onepin (revision {found}). Upgrade onepin, or restore a "
            "backup made before the upgrade."
        )
    raise StoreError("This database has an older schema than this onepin. Run: onepin migrate")


def apply(connection: Connection) -> list[str]:
    """Run what is missing, in the caller's transaction. Returns the revisions applied, oldest first."""
    scripts = ScriptDirectory.from_config(_alembic())
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        check(connection)
    missing = [script.revision for script in scripts.iterate_revisions("head", found or "base")]
    if missing:
        command.upgrade(_alembic(connection), "head")
    return list(reversed(missing))


def upgrade(database_url: str) -> list[str]:
    """Migrate a database that no server of this version needs to have seen. Returns the revisions applied.

    Raises ``StoreError`` when a server holds the SQLite file, or when the database is newer than this onepin.
    """
    return asyncio.run(open_store(database_url).migrate())

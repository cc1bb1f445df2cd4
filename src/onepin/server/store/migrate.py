"""Bring a database to this version's schema. Revisions are Alembic's, in ``migrations/versions``.

Alembic itself is imported only where there is something to migrate: it is a fifth of the time that a start takes.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from onepin.server.store.store import StoreError, open_store

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

_FOLDER = Path(__file__).parent / "migrations"


def revisions() -> list[str]:
    """The revisions this version knows, oldest first: what their files' names begin with."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))


def _found(connection: Connection) -> str | None:
    """The revision the database is at, as Alembic notes it; None before the first."""
    version = table("alembic_version", column("version_num"))
    if not inspect(connection).has_table(version.name):
        return None
    found: str | None = connection.execute(select(version.c.version_num)).scalar()
    return found


def _alembic(connection: Connection) -> "AlembicConfig":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def check(connection: Connection) -> None:
    """Raises ``StoreError`` unless the schema is the newest one; the text says how to get there."""
    if _missing(connection):
        raise StoreError("This database has an older schema than this onepin. Run: onepin migrate")


def apply(connection: Connection) -> list[str]:
    """Run what is missing, in the caller's transaction. Returns the revisions applied, oldest first.

    Raises ``StoreError`` for a database of a newer version.
    """
    missing = _missing(connection)
    if missing:
        from alembic import command

        command.upgrade(_alembic(connection), "head")
    return missing


def _missing(connection: Connection) -> list[str]:
    known, found = revisions(), _found(connection)
    if found is None:
        return known
    if found not in known:
        raise StoreError(
            f"This database was migrated by a newer onepin (revision {found}). Upgrade onepin, or restore a "
            "backup made before the upgrade."
        )
    return known[known.index(found) + 1 :]


def upgrade(database_url: str) -> list[str]:
    """Migrate a database that no server of this version needs to have seen. Returns the revisions applied.

    Raises ``StoreError`` when a server holds the SQLite file, or when the database is newer than this onepin.
    """
    return asyncio.run(open_store(database_url).migrate())

"""How the databases find a page: the plan of each list query, and whether it goes through the index made for it."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from pysqlite3 import dbapi2 as driver
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql
from sqlalchemy.engine import make_url

from onepin.server.store.key_queries import EXPIRED_SEQS, PAGE_OF_ACTIVE, PAGE_OF_ALL, PAGE_OF_REVOKED
from onepin.server.store.query import Compiled

WANTED = {
    "all": (PAGE_OF_ALL, "uq_api_keys_workspace_id_seq"),
    "active": (PAGE_OF_ACTIVE, "ix_api_keys_active"),
    "revoked": (PAGE_OF_REVOKED, "ix_api_keys_inactive"),
    "in grace": (EXPIRED_SEQS, "ix_api_keys_in_grace"),
}
SAME = {"uq_api_keys_workspace_id_seq": "sqlite_autoindex_api_keys_3"}
"""SQLite names the index of a UNIQUE constraint by its number."""


def plans(url: str, workspace_id: UUID, size: int) -> dict[str, Any]:
    """For each list, the index it uses is the wanted one, and how the database says it."""
    at = {"workspace_id": workspace_id, "limit": 50, "top": size // 2, "skip": 500, "now": datetime.now(UTC)}
    sqlite_file = make_url(url).get_backend_name() == "sqlite"
    lines = _sqlite(url, at) if sqlite_file else asyncio.run(_postgres(url, at))
    found = {}
    for status, (_, index) in WANTED.items():
        text = " / ".join(lines[status])
        found[status] = {"through_its_index": index in text or SAME.get(index, index) in text, "plan": text}
    return found


def _sqlite(url: str, at: dict[str, Any]) -> dict[str, list[str]]:
    connection = driver.connect(str(make_url(url).database))
    lines = {}
    for status, (query, _) in WANTED.items():
        compiled = Compiled(query, sqlite.dialect(paramstyle="qmark"))  # type: ignore[arg-type, var-annotated]
        rows = connection.execute("EXPLAIN QUERY PLAN " + compiled.text, compiled.arguments(at)).fetchall()
        lines[status] = [row[3] for row in rows]
    connection.close()
    return lines


async def _postgres(url: str, at: dict[str, Any]) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    lines = {}
    for status, (query, _) in WANTED.items():
        compiled = Compiled(query, postgresql.dialect())  # type: ignore[arg-type, no-untyped-call, var-annotated]
        rows = await connection.fetch("EXPLAIN (COSTS OFF) " + compiled.text, *compiled.arguments(at))
        lines[status] = [row[0].strip() for row in rows]
    await connection.close()
    return lines

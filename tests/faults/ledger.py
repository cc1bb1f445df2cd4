"""What a database holds, read beside the server, and whether it is consistent in itself."""

import asyncio
import itertools
import json
import os
import sqlite3
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from onepin.server.keys.counting import block_of

ENDINGS = ("api_key.rotated", "api_key.revoked", "api_key.expired")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Row:
    """One key as it is stored; moments in microseconds since 1970."""

    id: UUID
    workspace_id: UUID
    name: str
    active: bool
    revoked_at: int | None
    expires_at: int | None
    created_at: int
    seq: int
    digest_chain: str


@dataclass(frozen=True)
class Event:
    """One audit event about a key."""

    action: str
    target: UUID
    details: dict[str, Any]


class Ledger:
    """Reads a database of either kind by its driver, past the code under test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite:///")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query that both databases understand; ids as UUID, moments as whole microseconds."""
        return [tuple(_plain(value) for value in row) for row in self._rows(sql)]

    def _rows(self, sql: str) -> list[Any]:
        if self.sqlite:
            path = self.url.removeprefix("sqlite:///")
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                return list(connection.execute(sql).fetchall())
            finally:
                connection.close()
        return asyncio.run(_fetch(self.url, sql))

    def rows(self) -> list[Row]:
        """Every key, in the order of its workspace."""
        names = list(Row.__dataclass_fields__)
        found = self.query(f"SELECT {', '.join(names)} FROM api_keys ORDER BY workspace_id, seq")  # noqa: S608
        return [Row(**{**dict(zip(names, row, strict=True)), "active": bool(row[3])}) for row in found]

    def events(self) -> list[Event]:
        """Every audit event about a key."""
        found = self.query("SELECT action, target_id, details FROM audit_events WHERE action LIKE 'api_key.%'")
        return [Event(action, target, json.loads(details)) for action, target, details in found]

    def faults(self) -> list[str]:
        """What does not add up: counters, order, audit, references, and the database's own check of itself."""
        rows = self.rows()
        return [
            *self._counting(rows),
            *_order(rows),
            *_audit(rows, self.events()),
            *self._idempotency(rows),
            *(self._sqlite_check() if self.sqlite else []),
        ]

    def _counting(self, rows: list[Row]) -> list[str]:
        created, active, newest = Counter[UUID](), Counter[UUID](), dict[UUID, int]()
        blocks: Counter[tuple[UUID, int]] = Counter()
        for row in rows:
            created[row.workspace_id] += 1
            active[row.workspace_id] += row.active
            newest[row.workspace_id] = max(newest.get(row.workspace_id, 0), row.created_at)
            blocks[row.workspace_id, block_of(row.seq)] += row.active
        recounted = {(ws, created[ws], active[ws], newest[ws]) for ws in created}
        totals = set(self.query("SELECT workspace_id, created, active, last_created_us FROM key_totals"))
        kept = set(self.query("SELECT workspace_id, block, active FROM key_blocks"))
        counted = {(ws, block, count) for (ws, block), count in blocks.items()}
        return [f"totals {wrong}" for wrong in totals ^ recounted] + [f"blocks {wrong}" for wrong in kept ^ counted]

    def _idempotency(self, rows: list[Row]) -> list[str]:
        ids = {row.id for row in rows}
        dangling = [key for (key,) in self.query("SELECT key_id FROM idempotency_keys") if key not in ids]
        return [f"an idempotent answer of key {key}, which is not there" for key in dangling]

    def _sqlite_check(self) -> list[str]:
        checked = [str(line) for (line,) in self._rows("PRAGMA integrity_check")]
        return [line for line in checked if line != "ok"] + [str(row) for row in self._rows("PRAGMA foreign_key_check")]


def amcheck(program: Path, url: str) -> str:
    """What pg_amcheck finds wrong with a PostgreSQL database's tables and indexes; nothing if all is well."""
    parts = urlsplit(url)
    environment = {**os.environ, "LC_ALL": "C", "PGPASSWORD": parts.password or ""}
    where = ["--host", str(parts.hostname), "--port", str(parts.port), "--username", str(parts.username)]
    command = [str(program), *where, "--install-missing", "--heapallindexed", parts.path.strip("/")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _order(rows: list[Row]) -> list[str]:
    of_workspace: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        of_workspace[row.workspace_id].append(row)
    faults = []
    for workspace, keys in of_workspace.items():
        if [key.seq for key in keys] != list(range(1, len(keys) + 1)):
            faults.append(f"seq of {workspace} has gaps")
        if any(before.created_at >= after.created_at for before, after in itertools.pairwise(keys)):
            faults.append(f"created_at of {workspace} does not rise with seq")
    return faults


def _audit(rows: list[Row], events: list[Event]) -> list[str]:
    created = Counter(event.target for event in events if event.action == "api_key.created")
    ended = Counter(event.target for event in events if event.action in ENDINGS)
    faults = [f"{row.id} was created {created[row.id]} times" for row in rows if created[row.id] != 1]
    for row in rows:
        endings = int(row.revoked_at is not None or row.expires_at is not None)
        swept = row.revoked_at is not None and row.expires_at is not None  # rotated with grace, then ended
        if ended[row.id] != endings + swept:
            faults.append(f"{row} has {ended[row.id]} events of its end")
    strangers = (set(created) | set(ended)) - {row.id for row in rows}
    return faults + [f"events of key {key}, which is not there" for key in strangers]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return UUID(bytes=value) if len(value) == 16 else value
    if isinstance(value, datetime):
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return UUID(str(value)) if isinstance(value, UUID) else value


async def _fetch(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()

"""Many keys at once, written into the tables as the service would have, row by row, over time."""

import asyncio
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pysqlite3 import dbapi2 as driver

from onepin.server.keys.counting import block_of
from onepin.server.store.tables import api_keys, key_blocks, key_totals

START_US = 1_767_225_600_000_000
"""2026-01-01, in microseconds since 1970."""
APART_US, HOUR_US = 5_000, 3_600_000_000
_CACHE_KIB = 2 << 20
STATES = ("usable", "usable", "paused", "revoked")
KEYS, TOTALS, BLOCKS = ([column.name for column in table.c] for table in (api_keys, key_totals, key_blocks))


@dataclass(frozen=True, slots=True)
class Native:
    """How a database takes an id (given as its 128 bits) and a moment (given as microseconds since 1970)."""

    id: Callable[[int], Any]
    time: Callable[[int], Any]


POSTGRES = Native(lambda bits: UUID(int=bits), lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
SQLITE = Native(lambda bits: bits.to_bytes(16, "big"), lambda us: us)


@dataclass
class Filling:
    """``size`` keys of one workspace: about half usable, a quarter paused, a quarter revoked, in no pattern.

    ``known``: the digests of the keys that are to be used, 1 ≤ how many ≤ ``size``. They are usable, and lie evenly
    among the others, whose secrets nobody has. ``limit``: requests per minute of each key.
    """

    workspace_id: UUID
    user_id: UUID
    size: int
    seed: int
    known: Sequence[bytes] = ()
    limit: int = 1000

    def __post_init__(self) -> None:
        self.blocks = [0] * (block_of(self.size) + 1)

    def keys(self, native: Native) -> Iterator[tuple[Any, ...]]:
        """The rows, in the order of the table's columns; counts the usable ones per block as it goes."""
        chance, in_order = random.Random(f"{self.seed}/{self.size}"), itemgetter(*KEYS)
        known, apart = self.known, self.size // len(self.known) if self.known else 0
        row: dict[str, Any] = {
            "workspace_id": native.id(self.workspace_id.int),
            "created_by": native.id(self.user_id.int),
            "key_type": "live",
            "key_prefix": "pk_live_",
            "scopes": "workflows:read workflows:run voices:read",
            "rate_limit_per_min": self.limit,
            "last_used_at": None,
            "expires_at": None,
            "digest_chain": "1",
        }
        for seq in range(1, self.size + 1):
            used, off = divmod(seq - 1, apart) if apart else (0, 1)
            digest = known[used] if not off and used < len(known) else None
            state = STATES[chance.getrandbits(2)] if digest is None else "usable"
            self.blocks[block_of(seq)] += state == "usable"
            made = START_US + seq * APART_US
            row["id"] = row["window_id"] = native.id(made // 1000 << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(62))
            row["name"] = f"Key {seq}"
            row["key_suffix"] = f"{chance.getrandbits(32):08x}"
            row["active"] = state == "usable"
            row["revoked_at"] = native.time(made + HOUR_US) if state == "revoked" else None
            row["created_at"] = row["updated_at"] = native.time(made)
            row["seq"] = seq
            row["digest"] = digest or chance.randbytes(32)
            yield in_order(row)

    def totals(self, native: Native) -> tuple[Any, ...]:
        """The counters; to be asked once the keys have been."""
        counted = {
            "created": self.size,
            "active": sum(self.blocks),
            "last_created_us": START_US + self.size * APART_US,
        }
        return tuple((counted | {"workspace_id": native.id(self.workspace_id.int)})[name] for name in TOTALS)

    def counted_blocks(self, native: Native) -> list[tuple[Any, ...]]:
        """The counters of each block."""
        workspace = native.id(self.workspace_id.int)
        rows = [{"workspace_id": workspace, "block": n, "active": active} for n, active in enumerate(self.blocks)]
        return [tuple(row[name] for name in BLOCKS) for row in rows]


def fill_sqlite(path: Path, fillings: list[Filling]) -> None:
    """Into a file that no server holds, and on to the disk, so that nobody measures while it is still being written.

    Digests come in no order. Ten million of them are put into their index in minutes if it stays in memory.
    """
    connection = driver.connect(str(path), isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size={-_CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    for filling in fillings:
        connection.executemany(_insert("api_keys", KEYS), filling.keys(SQLITE))
        connection.execute(_insert("key_totals", TOTALS), filling.totals(SQLITE))
        connection.executemany(_insert("key_blocks", BLOCKS), filling.counted_blocks(SQLITE))
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def fill_postgres(url: str, fillings: list[Filling]) -> None:
    """Into a database; its statistics are brought up to date, as autovacuum would within a minute."""
    asyncio.run(_fill_postgres(url, fillings))


async def _fill_postgres(url: str, fillings: list[Filling]) -> None:
    connection = await asyncpg.connect(url)
    for filling in fillings:
        rows = filling.keys(POSTGRES)
        while chunk := list(islice(rows, 20_000)):
            await connection.copy_records_to_table("api_keys", records=chunk, columns=KEYS)
        await connection.copy_records_to_table("key_totals", records=[filling.totals(POSTGRES)], columns=TOTALS)
        blocks = filling.counted_blocks(POSTGRES)
        await connection.copy_records_to_table("key_blocks", records=blocks, columns=BLOCKS)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _insert(table: str, columns: list[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608

"""Many keys at once, written into the tables as the service would have, row by row, over time."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pysqlite3 import dbapi2 as driver

from onepin.server.keys.counting import block_of
from onepin.server.store.tables import api_keys, key_blocks, key_totals

START = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(milliseconds=5)
KEYS, TOTALS, BLOCKS = ([column.name for column in table.c] for table in (api_keys, key_totals, key_blocks))


@dataclass(frozen=True, slots=True)
class Native:
    """How a database takes ids and times."""

    id: Callable[[UUID], Any]
    time: Callable[[datetime], Any]


POSTGRES = Native(lambda value: value, lambda value: value)
SQLITE = Native(lambda value: value.bytes, lambda value: _micros(value))


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
        chance = random.Random(f"{self.seed}/{self.size}")
        workspace, user = native.id(self.workspace_id), native.id(self.user_id)
        apart = self.size // len(self.known) if self.known else 0
        for seq in range(1, self.size + 1):
            used, off = divmod(seq - 1, apart) if apart else (0, 1)
            known = self.known[used] if not off and used < len(self.known) else None
            made = START + seq * APART
            key_id = native.id(UUID(int=_micros(made) // 1000 << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(62)))
            state = chance.choice(("usable", "usable", "paused", "revoked")) if known is None else "usable"
            self.blocks[block_of(seq)] += state == "usable"
            row = {
                "id": key_id,
                "workspace_id": workspace,
                "created_by": user,
                "name": f"Key {seq}",
                "key_type": "live",
                "key_prefix": "pk_live_",
                "key_suffix": f"{chance.getrandbits(32):08x}",
                "scopes": "workflows:read workflows:run voices:read",
                "active": state == "usable",
                "rate_limit_per_min": self.limit,
                "last_used_at": None,
                "revoked_at": native.time(made + timedelta(hours=1)) if state == "revoked" else None,
                "expires_at": None,
                "created_at": native.time(made),
                "updated_at": native.time(made),
                "seq": seq,
                "window_id": key_id,
                "digest": known or chance.randbytes(32),
                "digest_chain": "1",
            }
            yield tuple(row[name] for name in KEYS)

    def totals(self, native: Native) -> tuple[Any, ...]:
        """The counters; to be asked once the keys have been."""
        counted = {
            "created": self.size,
            "active": sum(self.blocks),
            "last_created_us": _micros(START + self.size * APART),
        }
        return tuple((counted | {"workspace_id": native.id(self.workspace_id)})[name] for name in TOTALS)

    def counted_blocks(self, native: Native) -> list[tuple[Any, ...]]:
        """The counters of each block."""
        workspace = native.id(self.workspace_id)
        rows = [{"workspace_id": workspace, "block": n, "active": active} for n, active in enumerate(self.blocks)]
        return [tuple(row[name] for name in BLOCKS) for row in rows]


def fill_sqlite(path: Path, fillings: list[Filling]) -> None:
    """Into a file that no server holds."""
    connection = driver.connect(str(path), isolation_level=None)
    connection.execute("BEGIN")
    for filling in fillings:
        connection.executemany(_insert("api_keys", KEYS), filling.keys(SQLITE))
        connection.execute(_insert("key_totals", TOTALS), filling.totals(SQLITE))
        connection.executemany(_insert("key_blocks", BLOCKS), filling.counted_blocks(SQLITE))
    connection.execute("COMMIT")
    connection.close()


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


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

"""What a client knows that it did, and what the database says of it."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from onepin.server.keys.usage import KEPT, Outcome
from onepin.server.store.query import Query
from onepin.server.store.store import Store
from onepin.server.store.tables import api_keys, key_usage

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Sums = Counter[tuple[UUID, int, datetime, Outcome]]
"""How often, by key, minutes of the bucket, its start, and outcome."""


def _row(*values: Any) -> tuple[Any, ...]:
    return values


_OF_KEY = Query(
    select(
        key_usage.c.minutes, key_usage.c.start, key_usage.c.ok, key_usage.c.rate_limited, key_usage.c.insufficient_scope
    ).where(key_usage.c.key_id == bindparam("key_id")),
    _row,
)
_LAST_USED = Query(
    select(api_keys.c.last_used_at, api_keys.c.updated_at, api_keys.c.active, api_keys.c.revoked_at).where(
        api_keys.c.id == bindparam("key_id")
    ),
    _row,
)


class Journal:
    """Every use, as it was made."""

    def __init__(self) -> None:
        self.sums: Sums = Counter()

    def write(self, key: UUID | str, at: datetime, outcome: Outcome, cost: int = 1) -> None:
        key_id = UUID(str(key))
        for minutes in KEPT:
            seconds = minutes * 60
            start = EPOCH + timedelta(seconds=int((at - EPOCH).total_seconds()) // seconds * seconds)
            self.sums[key_id, minutes, start, outcome] += cost


async def counted(store: Store, keys: Iterable[UUID | str]) -> Sums:
    """What the database has of ``keys``."""
    sums: Sums = Counter()
    for key_id in map(UUID, map(str, keys)):
        for minutes, start, *counts in await store.all(_OF_KEY, key_id=key_id):
            for outcome, count in zip(Outcome, counts, strict=True):
                sums[key_id, minutes, start, outcome] += count
    return +sums


async def key_row(store: Store, key_id: UUID | str) -> dict[str, Any]:
    """When a key was last used, and the state that bookkeeping must leave alone."""
    found = await store.one(_LAST_USED, key_id=UUID(str(key_id)))
    assert found is not None
    return dict(zip(("last_used_at", "updated_at", "active", "revoked_at"), found, strict=True))

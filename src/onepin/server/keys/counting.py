"""How many keys a workspace has, kept in the transaction of every change, and where a deep page begins.

Keys are never deleted, so ``seq`` has no gaps: the newest key's ``seq`` is the number of keys ever made, and a page of
all keys is found by arithmetic. For the filtered lists, a counted block of a thousand is skipped at a time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from onepin.server.records import KeyRecord
from onepin.server.store.key_queries import (
    BLOCKS_NEWEST_FIRST,
    COUNT_ACTIVE,
    COUNT_ACTIVE_IN_BLOCK,
    COUNT_CREATED,
    COUNT_CREATED_IN_BLOCK,
    EXPIRED_SEQS,
    PAGE_OF_ACTIVE,
    PAGE_OF_ALL,
    PAGE_OF_REVOKED,
    PAGE_OF_REVOKED_AND_EXPIRED,
    TOTALS,
)
from onepin.server.store.query import Tx
from onepin.server.store.tables import BLOCK

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def block_of(seq: int) -> int:
    """The block that the ``seq``-th key of a workspace is counted in."""
    return (seq - 1) // BLOCK


async def count_created(tx: Tx, workspace_id: UUID, *, active: bool, now: datetime) -> tuple[int, datetime]:
    """Count one more key. Returns its ``seq`` and its ``created_at``: now, or just after the workspace's newest key
    when the clock stands still or went back, so that the order of creation is the order of the list.
    """
    micros = (now - _EPOCH) // timedelta(microseconds=1)
    counted = await tx.one(COUNT_CREATED, workspace_id=workspace_id, active=int(active), now_us=micros)
    assert counted is not None, "an upsert that returns always returns"  # noqa: S101
    seq, created_us = counted
    await tx.run(COUNT_CREATED_IN_BLOCK, workspace_id=workspace_id, block=block_of(seq), active=int(active))
    return seq, _EPOCH + timedelta(microseconds=created_us)


async def count_change(tx: Tx, before: KeyRecord, *, active: bool) -> None:
    """Count that ``before``, as stored, is now ``active`` or no longer."""
    change = int(active) - int(before.active)
    if change:
        await tx.run(COUNT_ACTIVE, workspace_id=before.workspace_id, change=change)
        await tx.run(
            COUNT_ACTIVE_IN_BLOCK, workspace_id=before.workspace_id, in_block=block_of(before.seq), change=change
        )


async def page(
    tx: Tx, workspace_id: UUID, *, status: str, offset: int, limit: int, now: datetime
) -> tuple[list[KeyRecord], int]:
    """Keys ``offset`` to ``offset + limit`` of the list, newest first, and how many match in all, both as of ``now``:
    a key whose grace is over counts as revoked before any sweep has said so.
    """
    totals = await tx.one(TOTALS, workspace_id=workspace_id)
    if totals is None:
        return [], 0
    expired = await tx.all(EXPIRED_SEQS, workspace_id=workspace_id, now=now)
    active = totals.active - len(expired)
    total = {"all": totals.created, "active": active, "revoked": totals.created - active}[status]
    if offset >= total:
        return [], total
    at = {"workspace_id": workspace_id, "limit": limit}
    if status == "all":
        found = await tx.all(PAGE_OF_ALL, **at, top=totals.created - offset, skip=0)
        return found, total
    top, skip = totals.created, offset
    if offset >= BLOCK:
        blocks = await tx.all(BLOCKS_NEWEST_FIRST, workspace_id=workspace_id)
        top, skip = _start(blocks, expired, totals.created, offset, active=status == "active")
    if status == "active":
        return await tx.all(PAGE_OF_ACTIVE, **at, top=top, skip=skip, now=now), total
    if expired:
        return await tx.all(PAGE_OF_REVOKED_AND_EXPIRED, **at, top=top, skip=skip, now=now), total
    return await tx.all(PAGE_OF_REVOKED, **at, top=top, skip=skip), total


def _start(
    blocks: Sequence[tuple[int, int]], expired: Sequence[int], created: int, offset: int, *, active: bool
) -> tuple[int, int]:
    """The highest ``seq`` that can be on the page, and how many matching keys to skip from there."""
    ended = Counter(map(block_of, expired))
    for block, stored in blocks:
        size = min(BLOCK, created - block * BLOCK)
        matching = stored - ended[block] if active else size - stored + ended[block]
        if offset < matching:
            return block * BLOCK + size, offset
        offset -= matching
    return 0, 0

"""The counters of a workspace, compared with a count of its rows."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from onepin.server.keys.counting import block_of
from onepin.server.store.key_queries import BLOCKS_NEWEST_FIRST, TOTALS
from onepin.server.store.query import Query, Tx
from onepin.server.store.store import Store
from onepin.server.store.tables import api_keys as k


def _row(seq: int, active: bool) -> tuple[int, bool]:
    return seq, active


ROWS = Query(
    select(k.c.seq, k.c.active).where(k.c.workspace_id == bindparam("workspace_id")).order_by(k.c.seq.desc()), _row
)


async def counting_faults(store: Store, workspace_id: UUID) -> list[str]:
    """What does not add up between ``key_totals``, ``key_blocks`` and the rows of ``api_keys``."""

    async def work(tx: Tx) -> tuple[Any, ...]:
        where = {"workspace_id": workspace_id}
        return await tx.one(TOTALS, **where), await tx.all(BLOCKS_NEWEST_FIRST, **where), await tx.all(ROWS, **where)

    totals, blocks, rows = await store.read(work)
    if totals is None:
        return [f"{len(rows)} keys, not counted"] if rows else []
    faults = []
    if tuple(totals) != (len(rows), sum(active for _, active in rows)):
        faults.append(f"{totals} for {len(rows)} keys, {sum(active for _, active in rows)} of them active")
    if [seq for seq, _ in rows] != list(range(len(rows), 0, -1)):
        faults.append(f"seq has gaps: {rows}")
    counted: Counter[int] = Counter()
    for seq, active in rows:
        counted[block_of(seq)] += active
    if dict(blocks) != dict(counted):
        faults.append(f"blocks {blocks}, counted {counted}")
    return faults

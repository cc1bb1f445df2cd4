"""Every page of every list against a list in memory: random states of keys, random block sizes, any offset.

``pytest tests/models --dose long`` tries many more.
"""

import itertools
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, insert

from models.host import Host
from models.key_model import STATUSES, Status
from onepin.server.keys import counting
from onepin.server.records import KeyRecord
from onepin.server.store.key_queries import INSERT_KEY
from onepin.server.store.query import Query, Tx
from onepin.server.store.tables import key_blocks, key_totals

DOSES = {"short": 60, "long": 3000}
STATES = ("usable", "paused", "revoked", "in grace", "past its grace")
SECOND = timedelta(seconds=1)
INSERT_TOTALS: Query[None] = Query(
    insert(key_totals).values({c.name: bindparam(c.name) for c in key_totals.c}), lambda: None
)
INSERT_BLOCK: Query[None] = Query(
    insert(key_blocks).values({c.name: bindparam(c.name) for c in key_blocks.c}), lambda: None
)


def key_in(state: str, seq: int, workspace_id: UUID, now: datetime) -> KeyRecord:
    """A row as the service would have left it."""
    key_id, created = uuid4(), now - timedelta(days=30) + seq * SECOND
    ends = {"in grace": now + SECOND, "past its grace": now}.get(state)
    return KeyRecord(
        id=key_id,
        workspace_id=workspace_id,
        created_by=None,
        name=state,
        key_type="live",
        key_prefix="pk_live_",
        key_suffix="01234567",
        scopes=(),
        active=state not in ("paused", "revoked"),
        rate_limit_per_min=None,
        last_used_at=None,
        revoked_at=now if state == "revoked" else None,
        expires_at=ends,
        created_at=created,
        updated_at=created,
        seq=seq,
        window_id=key_id,
    )


async def store_keys(tx: Tx, workspace_id: UUID, keys: Sequence[KeyRecord], block_size: int) -> None:
    """Rows and counters, counted here."""
    blocks: Counter[int] = Counter()
    for key in keys:
        blocks[(key.seq - 1) // block_size] += key.active
        await tx.run(INSERT_KEY, **key._asdict(), digest=secrets.token_bytes(32), digest_chain="1")
    for block, active in blocks.items():
        await tx.run(INSERT_BLOCK, workspace_id=workspace_id, block=block, active=active)
    if keys:
        active = sum(key.active for key in keys)
        await tx.run(INSERT_TOTALS, workspace_id=workspace_id, created=len(keys), active=active, last_created_us=0)


def expected(keys: Sequence[KeyRecord], status: Status, now: datetime) -> list[UUID]:
    """The naive list: everything, newest first, filtered."""
    newest_first = sorted(keys, key=lambda key: (key.created_at, key.id), reverse=True)
    usable = {key.id for key in keys if key.active and not key.expired(now)}
    return [key.id for key in newest_first if status == "all" or (key.id in usable) == (status == "active")]


def test_every_page_is_what_a_plain_filter_and_slice_gives(
    host: Host, dose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this failed, keys would be missing from the list from which their owner revokes them."""

    @settings(max_examples=DOSES[dose], deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        states=st.lists(st.sampled_from(STATES), max_size=24),
        block=st.integers(1, 5),
        limit=st.integers(1, 9),
    )
    def every_page(states: list[str], block: int, limit: int) -> None:
        monkeypatch.setattr(counting, "BLOCK", block)
        host.newcomer()
        now = host.service.clock.now()
        workspace = host.run(host.service.workspace_of(host.service.user))
        keys = [key_in(state, seq, workspace, now) for seq, state in enumerate(states, 1)]
        host.run(host.service.store.write(lambda tx: store_keys(tx, workspace, keys, block)))

        def listed(status: Status, offset: int, limit: int) -> tuple[list[UUID], int]:
            async def work(tx: Tx) -> tuple[list[KeyRecord], int]:
                return await counting.page(tx, workspace, status=status, offset=offset, limit=limit, now=now)

            found, total = host.run(host.service.store.read(work))
            return [key.id for key in found], total

        for status, offset in itertools.product(STATUSES, range(len(keys) + 2)):
            everything = expected(keys, status, now)
            assert listed(status, offset, limit) == (everything[offset : offset + limit], len(everything))

    every_page()

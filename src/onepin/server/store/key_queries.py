"""What is asked about keys. The name of the query is the question."""

from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, case, insert, or_, select, update

from onepin.server.records import KeyRecord, PresentedKey, TotalsRecord, VerifiedRow
from onepin.server.store.query import Query
from onepin.server.store.tables import api_keys as k
from onepin.server.store.tables import key_blocks, key_totals, upsert

WS: BindParameter[Any] = bindparam("workspace_id")
NOW = bindparam("now", type_=k.c.expires_at.type)
_COLUMNS = [k.c[name] for name in KeyRecord._fields]
_MINE = and_(k.c.workspace_id == WS, k.c.id == bindparam("id"))
_EXPIRED = and_(k.c.active, k.c.expires_at.is_not(None), k.c.expires_at <= NOW)
_USABLE = and_(k.c.active, or_(k.c.expires_at.is_(None), k.c.expires_at > NOW))


def _verified(*row: Any) -> VerifiedRow:
    return VerifiedRow(PresentedKey(*row[:-2]), row[-2], row[-1])


def _number(value: int) -> int:
    return value


def _pair(one: int, two: int) -> tuple[int, int]:
    return one, two


# -- one key

KEY_BY_DIGEST = Query(
    select(*[k.c[name] for name in PresentedKey._fields], k.c.digest, k.c.digest_chain).where(
        k.c.digest == bindparam("digest")
    ),
    _verified,
)
KEY = Query(select(*_COLUMNS).where(_MINE), KeyRecord)
KEY_FOR_CHANGE = Query(select(*_COLUMNS).where(_MINE).with_for_update(), KeyRecord)
INSERT_KEY: Query[None] = Query(insert(k).values({c.name: bindparam(c.name) for c in k.c}), lambda: None)
CHANGE_KEY = Query(
    update(k)
    .where(_MINE, k.c.revoked_at.is_(None))
    .values(
        name=bindparam("name"),
        scopes=bindparam("scopes"),
        rate_limit_per_min=bindparam("rate_limit_per_min"),
        active=bindparam("active"),
        updated_at=bindparam("updated_at"),
    )
    .returning(*_COLUMNS),
    KeyRecord,
)
END_KEY = Query(
    update(k)
    .where(_MINE, k.c.revoked_at.is_(None))
    .values(active=False, revoked_at=bindparam("revoked_at"), updated_at=bindparam("revoked_at"))
    .returning(*_COLUMNS),
    KeyRecord,
)
START_GRACE = Query(
    update(k)
    .where(_MINE, k.c.revoked_at.is_(None), k.c.active)
    .values(expires_at=bindparam("expires_at"), updated_at=bindparam("updated_at"))
    .returning(*_COLUMNS),
    KeyRecord,
)

# -- counting: totals of a workspace, and of each block of a thousand, kept in the transaction of the change

_totals = upsert(key_totals).values(
    workspace_id=WS, created=1, active=bindparam("active"), last_created_us=bindparam("now_us")
)
COUNT_CREATED = Query(
    _totals.on_conflict_do_update(
        index_elements=["workspace_id"],
        set_={
            "created": key_totals.c.created + 1,
            "active": key_totals.c.active + _totals.excluded.active,
            "last_created_us": case(
                (key_totals.c.last_created_us < _totals.excluded.last_created_us, _totals.excluded.last_created_us),
                else_=key_totals.c.last_created_us + 1,
            ),
        },
    ).returning(key_totals.c.created, key_totals.c.last_created_us),
    _pair,
)
_block = upsert(key_blocks).values(workspace_id=WS, block=bindparam("block"), active=bindparam("active"))
COUNT_CREATED_IN_BLOCK: Query[None] = Query(
    _block.on_conflict_do_update(
        index_elements=["workspace_id", "block"], set_={"active": key_blocks.c.active + _block.excluded.active}
    ),
    lambda: None,
)
COUNT_ACTIVE: Query[None] = Query(
    update(key_totals)
    .where(key_totals.c.workspace_id == WS)
    .values(active=key_totals.c.active + bindparam("change", type_=key_totals.c.active.type)),
    lambda: None,
)
COUNT_ACTIVE_IN_BLOCK: Query[None] = Query(
    update(key_blocks)
    .where(key_blocks.c.workspace_id == WS, key_blocks.c.block == bindparam("in_block"))
    .values(active=key_blocks.c.active + bindparam("change", type_=key_blocks.c.active.type)),
    lambda: None,
)
TOTALS = Query(select(key_totals.c.created, key_totals.c.active).where(key_totals.c.workspace_id == WS), TotalsRecord)
BLOCKS_NEWEST_FIRST = Query(
    select(key_blocks.c.block, key_blocks.c.active)
    .where(key_blocks.c.workspace_id == WS)
    .order_by(key_blocks.c.block.desc()),
    _pair,
)

# -- pages, newest first. seq rises with created_at, so one index gives the order, the skip and the filter


def _page(*filters: Any) -> Query[KeyRecord]:
    return Query(
        select(*_COLUMNS)
        .where(k.c.workspace_id == WS, k.c.seq <= bindparam("top"), *filters)
        .order_by(k.c.seq.desc())
        .limit(bindparam("limit"))
        .offset(bindparam("skip")),
        KeyRecord,
    )


PAGE_OF_ALL = _page()
PAGE_OF_ACTIVE = _page(_USABLE)
PAGE_OF_REVOKED = _page(~k.c.active)
PAGE_OF_REVOKED_AND_EXPIRED = _page(or_(~k.c.active, _EXPIRED))
# First the few that ended anywhere since the last sweep, by their own index. Asked for workspace and end at once,
# SQLite would walk all active keys of the workspace.
_ended = select(k.c.workspace_id, k.c.seq).where(_EXPIRED).cte("ended").prefix_with("MATERIALIZED")
EXPIRED_SEQS = Query(select(_ended.c.seq).where(_ended.c.workspace_id == WS), _number)

# -- across workspaces

EXPIRED_ANYWHERE = Query(
    select(*_COLUMNS).where(_EXPIRED).order_by(k.c.expires_at).limit(100).with_for_update(skip_locked=True), KeyRecord
)
REDIGEST: Query[None] = Query(
    update(k)
    .where(k.c.id == bindparam("id"), k.c.digest == bindparam("old_digest", type_=k.c.digest.type))
    .values(digest=bindparam("new_digest", type_=k.c.digest.type), digest_chain=bindparam("chain")),
    lambda: None,
)
ACROSS_WORKSPACES = (KEY_BY_DIGEST, EXPIRED_ANYWHERE, REDIGEST)
"""Every query here that does not name a workspace, and why it may: the gate, the sweep, the pepper."""

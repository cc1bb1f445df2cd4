"""What is asked about the use of keys, and about what happened in a workspace."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Table,
    bindparam,
    cast,
    column,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
    values,
)

from onepin.server.records import AuditRecord
from onepin.server.store.query import Query
from onepin.server.store.tables import api_keys as k
from onepin.server.store.tables import audit_events as a
from onepin.server.store.tables import key_usage as u
from onepin.server.store.tables import upsert, users
from onepin.server.store.tables import usage_writers as w

T = TypeVar("T")
WS: BindParameter[Any] = bindparam("workspace_id")
OUTCOMES = (u.c.ok, u.c.rate_limited, u.c.insufficient_scope)
ROWS_MAX = 64
"""The most rows that one statement takes."""


def _row(*columns: Any) -> tuple[Any, ...]:
    return columns


def _one(value: Any) -> Any:
    return value


# -- writing. A statement for each power of two, so that any number of rows takes few statements and few round trips


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """``rows`` in pieces that there are statements for: as many of ROWS_MAX as fit, then ever smaller powers of two."""
    begin, size = 0, ROWS_MAX
    while begin < len(rows):
        while size > len(rows) - begin:
            size //= 2
        yield rows[begin : begin + size]
        begin += size


def numbered(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The parameters of a statement for several rows: ``id_0``, ``id_1`` …"""
    return {f"{name}_{i}": value for i, row in enumerate(rows) for name, value in zip(columns, row, strict=True)}


def _numbered(table: Table, name: str, i: int) -> BindParameter[Any]:
    return bindparam(f"{name}_{i}", type_=table.c[name].type)


USAGE_COLUMNS = tuple(c.name for c in u.c)


@functools.cache
def add_usage(rows: int) -> Query[None]:
    """Add ``rows`` rows of USAGE_COLUMNS to what is counted already; no two may be of the same key and bucket."""
    new = upsert(u).values([{name: _numbered(u, name, i) for name in USAGE_COLUMNS} for i in range(rows)])
    sums = {c.name: c + new.excluded[c.name] for c in OUTCOMES}
    return Query(new.on_conflict_do_update(index_elements=["key_id", "minutes", "start"], set_=sums), lambda: None)


def _keys(rows: int) -> Any:
    return select(k.c.id).where(k.c.id.in_([_numbered(k, "id", i) for i in range(rows)]))


@functools.cache
def keys_that_are(rows: int) -> Query[Any]:
    """Those of ``rows`` keys (parameters ``id_0`` …) that there are."""
    return Query(_keys(rows), _one)


@functools.cache
def keys_unlocked(rows: int) -> Query[Any]:
    """Those of ``rows`` keys (``id_0`` …) that nobody is changing now, locked until the transaction ends."""
    return Query(_keys(rows).order_by(k.c.id).with_for_update(skip_locked=True), _one)


@functools.cache
def move_last_used(rows: int) -> Query[None]:
    """Set ``last_used_at`` of ``rows`` keys (``id_0``, ``last_used_at_0`` …) where it is later than what is there.

    It names no other column, so a change of the key that commits before or after is left as it is.
    """
    pairs = [(_numbered(k, "id", i), _numbered(k, "last_used_at", i)) for i in range(rows)]
    used = values(column("id", k.c.id.type), column("at", k.c.last_used_at.type), name="used").data(pairs).cte()
    later = or_(k.c.last_used_at.is_(None), k.c.last_used_at < used.c.at)
    return Query(update(k).where(k.c.id == used.c.id, later).values(last_used_at=used.c.at), lambda: None)


_claim = upsert(w).values({c.name: bindparam(c.name) for c in w.c})
CLAIM_BATCH = Query(
    _claim.on_conflict_do_update(
        index_elements=["id"],
        set_={"batch": _claim.excluded.batch, "at": _claim.excluded.at},
        where=w.c.batch < _claim.excluded.batch,
    ).returning(w.c.batch),
    _one,
)
"""Nothing comes back when this batch of this writer is in the database already."""

_bucket = (u.c.key_id, u.c.minutes, u.c.start)
FORGET_USAGE = Query(
    delete(u)
    .where(
        tuple_(*_bucket).in_(
            select(*_bucket)
            .where(u.c.minutes == bindparam("minutes"), u.c.start < bindparam("before", type_=u.c.start.type))
            .order_by(u.c.start)
            .limit(bindparam("limit"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(u.c.minutes),
    _one,
)
FORGET_WRITERS: Query[None] = Query(delete(w).where(w.c.at < bindparam("before", type_=w.c.at.type)), lambda: None)

# -- reading

_SINCE = (
    u.c.workspace_id == WS,
    u.c.minutes == bindparam("minutes"),
    u.c.start >= bindparam("since", type_=u.c.start.type),
    u.c.start <= bindparam("until", type_=u.c.start.type),
)
USAGE_OF_KEY = Query(select(u.c.start, *OUTCOMES).where(u.c.key_id == bindparam("key_id"), *_SINCE), _row)


def _sum(expression: Any) -> Any:
    """A sum that is a whole number in both databases, 0 over nothing (PostgreSQL makes it numeric)."""
    return cast(func.coalesce(func.sum(expression), 0), BigInteger)


_by_key = select(u.c.key_id, *(_sum(c).label(c.name) for c in OUTCOMES)).where(*_SINCE).group_by(u.c.key_id).subquery()
_refused = _by_key.c.rate_limited + _by_key.c.insufficient_scope
USAGE_TOTALS = Query(select(func.count(), *(_sum(_by_key.c[c.name]) for c in OUTCOMES)).select_from(_by_key), _row)


def _most(rank: Any) -> Query[tuple[Any, ...]]:
    return Query(
        select(k.c.id, k.c.name, k.c.key_prefix, k.c.key_suffix, *(_by_key.c[c.name] for c in OUTCOMES))
        .join(_by_key, _by_key.c.key_id == k.c.id)
        .where(k.c.workspace_id == WS, rank > 0)
        .order_by(rank.desc(), k.c.id)
        .limit(bindparam("limit")),
        _row,
    )


MOST_USED_KEYS = _most(_by_key.c.ok + _refused)
MOST_REFUSED_KEYS = _most(_refused)

# -- what happened in a workspace, newest first


def _event(*row: Any) -> tuple[AuditRecord, str | None]:
    return AuditRecord(*row[:-1]), row[-1]


def _activity(*filters: Any) -> Query[tuple[AuditRecord, str | None]]:
    """Events with the name that their key has today, if they are about a key."""
    return Query(
        select(*[a.c[name] for name in AuditRecord._fields], k.c.name.label("key_name"))
        .join(k, (k.c.id == a.c.target_id) & (k.c.workspace_id == WS), isouter=True)
        .where(a.c.workspace_id == WS, a.c.id < bindparam("before", type_=a.c.id.type), *filters)
        .order_by(a.c.id.desc())
        .limit(bindparam("limit")),
        _event,
    )


_OF_ACTION = a.c.action == bindparam("action")
_OF_TARGET = a.c.target_id == bindparam("target_id")
ACTIVITY = {
    (False, False): _activity(),
    (True, False): _activity(_OF_ACTION),
    (False, True): _activity(_OF_TARGET),
    (True, True): _activity(_OF_ACTION, _OF_TARGET),
}
"""By whether the action and the target are given."""
NAMES_OF_USER = Query(
    select(users.c.first_name, users.c.last_name, users.c.email).where(users.c.id == bindparam("user_id")), _row
)

ACROSS_WORKSPACES = (
    add_usage,
    keys_that_are,
    keys_unlocked,
    move_last_used,
    CLAIM_BATCH,
    FORGET_USAGE,
    FORGET_WRITERS,
    NAMES_OF_USER,
)
"""Every query here whose WHERE does not name a workspace: the flush, the sweep, and the name of who did something."""

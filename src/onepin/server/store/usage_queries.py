"""What is asked about the use of keys, and about what happened in a workspace."""

import functools
import itertools
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
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
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


def numbered(columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The parameters of a statement for several rows: ``id_0``, ``id_1`` …"""
    return dict(zip(_names(columns, len(rows)), itertools.chain.from_iterable(rows), strict=True))


@functools.cache
def _names(columns: tuple[str, ...], rows: int) -> list[str]:
    return [f"{name}_{i}" for i in range(rows) for name in columns]


def _numbered(table: Table, name: str, i: int) -> BindParameter[Any]:
    return bindparam(f"{name}_{i}", type_=table.c[name].type)


USAGE_COLUMNS = tuple(c.name for c in u.c)


@functools.cache
def add_usage(rows: int) -> Query[None]:
    """Add ``rows`` rows of USAGE_COLUMNS to what is counted already; no two may be of the same key and bucket."""
    new = upsert(u).values([{name: _numbered(u, name, i) for name in USAGE_COLUMNS} for i in range(rows)])
    sums = {c.name: c + new.excluded[c.name] for c in OUTCOMES}
    return Query(new.on_conflict_do_update(index_elements=list(u.primary_key), set_=sums), lambda: None)


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

_bucket = tuple(u.primary_key)
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

_MINE = (u.c.workspace_id == WS, u.c.minutes == bindparam("minutes"))


@functools.cache
def usage_of_key(buckets: int) -> Query[tuple[Any, ...]]:
    """Those of ``buckets`` buckets of a key (parameters ``start_0`` …) in which it was used: start and counts."""
    starts = u.c.start.in_([_numbered(u, "start", i) for i in range(buckets)])
    return Query(select(u.c.start, *OUTCOMES).where(*_MINE, starts, u.c.key_id == bindparam("key_id")), _row)


def _sum(expression: Any, name: str) -> Any:
    """A sum that is a whole number in both databases, 0 over nothing (PostgreSQL makes it numeric)."""
    return cast(func.coalesce(func.sum(expression), 0), BigInteger).label(name)


_by_key = (
    select(u.c.key_id, *(_sum(c, c.name) for c in OUTCOMES))
    .where(
        *_MINE,
        u.c.start >= bindparam("since", type_=u.c.start.type),
        u.c.start <= bindparam("until", type_=u.c.start.type),
    )
    .group_by(u.c.key_id)
    .cte("by_key")  # added up once, however many ask
)
_sums = [_by_key.c[c.name] for c in OUTCOMES]
_refused = _by_key.c.rate_limited + _by_key.c.insufficient_scope


def _most(rank: Any, kind: str) -> Any:
    most = select(_by_key).where(rank > 0).order_by(rank.desc(), _by_key.c.key_id).limit(bindparam("limit")).subquery()
    return select(literal_column(f"'{kind}'").label("kind"), *most.c, literal_column("1").label("keys"))


_nobody = cast(null(), u.c.key_id.type).label("key_id")
_all = select(literal_column("'all'").label("kind"), _nobody, *(_sum(c, c.name) for c in _sums), func.count())
_found = union_all(
    _all.select_from(_by_key), _most(_by_key.c.ok + _refused, "used"), _most(_refused, "refused")
).subquery()
USAGE_SUMMARY = Query(
    select(*_found.c, k.c.name, k.c.key_prefix, k.c.key_suffix).join_from(
        _found, k, (k.c.id == _found.c.key_id) & (k.c.workspace_id == WS), isouter=True
    ),
    _row,
)
"""Rows of kind ``all`` (one, with the number of keys in the last column), ``used`` and ``refused`` (by key)."""

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

"""What is asked about workspaces, and about who belongs to them."""

from typing import Any

from sqlalchemy import BindParameter, and_, bindparam, func, insert, literal, select, update

from onepin.server.records import MembershipRecord, WorkspaceRecord
from onepin.server.store.query import Query
from onepin.server.store.tables import api_keys, invites, key_blocks, key_totals, members, upsert
from onepin.server.store.tables import workspaces as w

WS: BindParameter[Any] = bindparam("workspace_id")
USER: BindParameter[Any] = bindparam("user_id")
_COLUMNS = [w.c[name] for name in WorkspaceRecord._fields]
_MEMBERSHIP = [w.c.id, members.c.role, (w.c.owner_id == members.c.user_id).label("owner")]
_MINE = and_(members.c.workspace_id == w.c.id, members.c.user_id == USER, w.c.deleted_at.is_(None))


def _number(value: int) -> int:
    return value


# -- the gate

MEMBERSHIP = Query(select(*_MEMBERSHIP).where(_MINE, w.c.id == WS), MembershipRecord)
PERSONAL_MEMBERSHIP = Query(select(*_MEMBERSHIP).where(_MINE, w.c.personal_of == USER), MembershipRecord)
WORKSPACE_LIVES = Query(
    select(literal(1)).where(w.c.id == WS, w.c.deleted_at.is_(None)).with_for_update(read=True, key_share=True),
    _number,
)
"""Locked, until the transaction ends, against being deleted."""

# -- workspaces

INSERT_WORKSPACE = Query(
    upsert(w)
    .values({name: bindparam(name) for name in WorkspaceRecord._fields})
    .on_conflict_do_nothing()
    .returning(w.c.id),
    lambda found: found,
)
INSERT_MEMBER: Query[None] = Query(insert(members).values({c.name: bindparam(c.name) for c in members.c}), lambda: None)
WORKSPACE = Query(select(*_COLUMNS).where(w.c.id == WS, w.c.deleted_at.is_(None)), WorkspaceRecord)
WORKSPACE_OF_MEMBER = Query(select(*_COLUMNS).where(_MINE, w.c.id == WS), WorkspaceRecord)
WORKSPACES_OF_MEMBER = Query(
    select(*_COLUMNS)
    .where(_MINE)
    .order_by(w.c.created_at.desc(), w.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    WorkspaceRecord,
)
COUNT_WORKSPACES_OF_MEMBER = Query(select(func.count()).select_from(w).join(members, _MINE), _number)
SLUG_TAKEN = Query(select(literal(1)).where(w.c.slug == bindparam("slug"), w.c.deleted_at.is_(None)), _number)
CHANGE_WORKSPACE = Query(
    update(w)
    .where(w.c.id == WS, w.c.deleted_at.is_(None))
    .values(
        name=bindparam("name"),
        slug=bindparam("slug"),
        color_idx=bindparam("color_idx"),
        updated_at=bindparam("now"),
    )
    .returning(*_COLUMNS),
    WorkspaceRecord,
)
LOCK_WORKSPACE = Query(
    select(*_COLUMNS).where(w.c.id == WS, w.c.deleted_at.is_(None)).with_for_update(), WorkspaceRecord
)
DELETE_WORKSPACE = Query(
    update(w)
    .where(w.c.id == WS, w.c.deleted_at.is_(None))
    .values(deleted_at=bindparam("now"), updated_at=bindparam("now"))
    .returning(w.c.id),
    lambda found: found,
)
END_KEYS_OF_WORKSPACE: Query[None] = Query(
    update(api_keys)
    .where(api_keys.c.workspace_id == WS, api_keys.c.revoked_at.is_(None))
    .values(active=False, revoked_at=bindparam("now"), updated_at=bindparam("now")),
    lambda: None,
)
END_INVITES_OF_WORKSPACE: Query[None] = Query(
    update(invites).where(invites.c.workspace_id == WS, invites.c.status == "pending").values(status="revoked"),
    lambda: None,
)
CHANGE_OWNER: Query[None] = Query(update(w).where(w.c.id == WS).values(owner_id=USER), lambda: None)
ZERO_TOTALS: Query[None] = Query(
    update(key_totals).where(key_totals.c.workspace_id == WS).values(active=0), lambda: None
)
ZERO_BLOCKS: Query[None] = Query(
    update(key_blocks).where(key_blocks.c.workspace_id == WS).values(active=0), lambda: None
)

ACROSS_WORKSPACES = (
    PERSONAL_MEMBERSHIP,
    WORKSPACES_OF_MEMBER,
    COUNT_WORKSPACES_OF_MEMBER,
    SLUG_TAKEN,
)
"""Every query here that does not name a workspace: those about a person, and the uniqueness of slugs."""

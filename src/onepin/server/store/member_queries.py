"""What is asked about the members of a workspace and the invites to it."""

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, func, insert, or_, select, update

from onepin.server.records import InviteRecord, MemberRecord
from onepin.server.store.query import Query
from onepin.server.store.tables import invites as i
from onepin.server.store.tables import members as m
from onepin.server.store.tables import users as u

WS: BindParameter[Any] = bindparam("workspace_id")
USER: BindParameter[Any] = bindparam("user_id")
NOW = bindparam("now", type_=i.c.expires_at.type)
_PERSON = [
    m.c.user_id,
    u.c.email,
    m.c.role,
    u.c.first_name,
    u.c.last_name,
    u.c.image_url,
    m.c.created_at,
    m.c.last_active_at,
]
_INVITE = [i.c[name] for name in InviteRecord._fields]
_MEMBER = (m.c.workspace_id == WS, m.c.user_id == USER)
_PENDING = (i.c.workspace_id == WS, i.c.status == "pending")


def _one(value: Any) -> Any:
    return value


# -- members; who changes them has locked the workspace

MEMBERS = Query(select(*_PERSON).where(m.c.workspace_id == WS, u.c.id == m.c.user_id), MemberRecord)
MEMBER = Query(select(*_PERSON).where(*_MEMBER, u.c.id == m.c.user_id), MemberRecord)
MEMBER_IDS = Query(select(m.c.user_id).where(m.c.workspace_id == WS), _one)
OTHER_ADMINS = Query(
    select(m.c.user_id)
    .where(m.c.workspace_id == WS, m.c.role == "admin", m.c.user_id != USER)
    .order_by(m.c.created_at, m.c.user_id)
    .limit(1),
    _one,
)
"""The one who has been there longest, if there is any."""
SET_ROLE: Query[None] = Query(update(m).where(*_MEMBER).values(role=bindparam("new_role")), lambda: None)
_AT = bindparam("at", type_=m.c.last_active_at.type)
SET_LAST_ACTIVE: Query[None] = Query(
    update(m).where(*_MEMBER, or_(m.c.last_active_at.is_(None), m.c.last_active_at < _AT)).values(last_active_at=_AT),
    lambda: None,
)
REMOVE_MEMBER = Query(delete(m).where(*_MEMBER).returning(m.c.user_id), _one)
MEMBER_WITH_EMAIL = Query(
    select(m.c.user_id).where(
        m.c.workspace_id == WS, u.c.id == m.c.user_id, func.lower(u.c.email) == bindparam("email")
    ),
    _one,
)

# -- invites

PENDING_INVITES = Query(
    select(*_INVITE).where(*_PENDING, i.c.expires_at > NOW).order_by(i.c.created_at, i.c.id), InviteRecord
)
INVITE = Query(select(*_INVITE).where(i.c.workspace_id == WS, i.c.id == bindparam("id")), InviteRecord)
INVITE_BY_DIGEST = Query(select(*_INVITE).where(i.c.digest == bindparam("digest")), InviteRecord)
INSERT_INVITE: Query[None] = Query(insert(i).values({c.name: bindparam(c.name) for c in i.c}), lambda: None)
PENDING_WITH_EMAIL = Query(select(*_INVITE).where(*_PENDING, i.c.email == bindparam("email")), InviteRecord)
CHANGE_INVITE = Query(
    update(i)
    .where(i.c.workspace_id == WS, i.c.id == bindparam("id"))
    .values(status=bindparam("new_status"), role=bindparam("new_role"))
    .returning(*_INVITE),
    InviteRecord,
)

ACROSS_WORKSPACES = (INVITE_BY_DIGEST,)
"""Whoever has the token is told where it leads."""

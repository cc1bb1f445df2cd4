"""What is asked about people. They belong to no workspace, so no query here names one."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, case, false, func, literal, null, or_, select

from onepin.server.store.query import Query
from onepin.server.store.tables import members, upsert
from onepin.server.store.tables import users as u


class UserRecord(NamedTuple):
    """What is known of a person."""

    id: UUID
    email: str | None
    email_verified: bool
    first_name: str | None
    last_name: str | None
    image_url: str | None
    told_at: datetime | None
    deleted_at: datetime | None


_SAID = ("email", "first_name", "last_name", "image_url")
_COLUMNS = [u.c[name] for name in UserRecord._fields]

USER = Query(select(*_COLUMNS).where(u.c.id == bindparam("user_id")), UserRecord)
USER_EXISTS = Query(
    select(literal(1)).where(u.c.id == bindparam("user_id"), u.c.arrived_at.is_not(None)), lambda found: found
)
"""Whether they have come here, which being spoken of by their issuer is not."""

# -- one upsert, so that two first calls at once make one user

_seen = upsert(u).values({c.name: bindparam(c.name) for c in u.c})
_new = _seen.excluded
SEE_USER = Query(
    _seen.on_conflict_do_update(
        index_elements=["id"],
        set_={name: func.coalesce(_new[name], u.c[name]) for name in (*_SAID, "updated_at")}
        | {
            "arrived_at": func.coalesce(u.c.arrived_at, _new.arrived_at),
            # a proof is of one address: another one has to be proven anew
            "email_verified": case(
                (_new.email.is_(None), u.c.email_verified),
                (_new.email == u.c.email, or_(_new.email_verified, u.c.email_verified)),
                else_=_new.email_verified,
            ),
        },
        where=u.c.deleted_at.is_(None),
    ).returning(u.c.id),
    lambda found: found,
)
"""What a session says of its person; nothing comes back for one who is deleted."""

# -- what the issuer tells by itself, in the order of its own time: an older word never undoes a newer one

_told = upsert(u).values({c.name: bindparam(c.name) for c in u.c})
TELL_USER = Query(
    _told.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _told.excluded[name] for name in (*_SAID, "email_verified", "updated_at", "told_at")},
        where=and_(u.c.deleted_at.is_(None), or_(u.c.told_at.is_(None), u.c.told_at < _told.excluded.told_at)),
    ).returning(u.c.id),
    lambda found: found,
)
_gone = upsert(u).values({c.name: bindparam(c.name) for c in u.c})
FORGET_USER = Query(
    _gone.on_conflict_do_update(
        index_elements=["id"],
        set_=dict.fromkeys(_SAID, null())
        | {"email_verified": false()}
        | {name: _gone.excluded[name] for name in ("updated_at", "deleted_at")},
        where=u.c.deleted_at.is_(None),
    ).returning(u.c.id),
    lambda found: found,
)
"""Blanked, never deleted: keys and audit events name them. Somebody unknown is noted, for news may come late."""
WORKSPACES_OF_USER = Query(
    select(members.c.workspace_id).where(members.c.user_id == bindparam("user_id")).order_by(members.c.workspace_id),
    lambda found: found,
)

ACROSS_WORKSPACES = (USER, USER_EXISTS, SEE_USER, TELL_USER, FORGET_USER, WORKSPACES_OF_USER)

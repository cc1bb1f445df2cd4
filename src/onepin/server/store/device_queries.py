"""What is asked about devices and their sessions. They belong to people, so no query here names a workspace."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from onepin.server.store.query import Query
from onepin.server.store.tables import device_requests as d
from onepin.server.store.tables import sessions as s
from onepin.server.store.tables import token_keys as t
from onepin.server.store.tables import users as u

NOW = bindparam("now", type_=s.c.expires_at.type)


class DeviceRequestRecord(NamedTuple):
    """A device that waits, without its code."""

    user_code: str
    client: str
    address: str | None
    status: str
    user_id: UUID | None
    interval: int
    polled_at: datetime | None
    created_at: datetime
    expires_at: datetime


class SessionRecord(NamedTuple):
    """A device that is signed in, without its secret."""

    id: UUID
    user_id: UUID
    client: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def _one(value: Any) -> Any:
    return value


def _pair(one: str, two: str) -> tuple[str, str]:
    return one, two


_REQUEST = [d.c[name] for name in DeviceRequestRecord._fields]
_SESSION = [s.c[name] for name in SessionRecord._fields]
_WAITING = (d.c.user_code == bindparam("code"), d.c.status == "pending", d.c.expires_at > NOW)

# -- devices that wait

INSERT_DEVICE_REQUEST: Query[None] = Query(insert(d).values({c.name: bindparam(c.name) for c in d.c}), lambda: None)
DEVICE_REQUEST = Query(
    select(*_REQUEST).where(d.c.digest == bindparam("digest")).with_for_update(), DeviceRequestRecord
)
WAITING_DEVICE = Query(select(*_REQUEST).where(*_WAITING), DeviceRequestRecord)
DECIDE_DEVICE = Query(
    update(d).where(*_WAITING).values(status=bindparam("decision"), user_id=bindparam("by")).returning(*_REQUEST),
    DeviceRequestRecord,
)
NOTE_POLL: Query[None] = Query(
    update(d)
    .where(d.c.digest == bindparam("the_digest", type_=d.c.digest.type))
    .values(polled_at=bindparam("polled"), interval=bindparam("next_interval")),
    lambda: None,
)
END_DEVICE_REQUEST: Query[None] = Query(delete(d).where(d.c.digest == bindparam("digest")), lambda: None)

# -- sessions

INSERT_SESSION: Query[None] = Query(insert(s).values({c.name: bindparam(c.name) for c in s.c}), lambda: None)
REFRESH_SESSION = Query(
    update(s)
    .where(s.c.digest == bindparam("the_digest", type_=s.c.digest.type), s.c.expires_at > NOW)
    .values(last_used_at=NOW, expires_at=bindparam("until", type_=s.c.expires_at.type))
    .returning(*_SESSION),
    SessionRecord,
)
SESSIONS_OF_USER = Query(
    select(*_SESSION)
    .where(s.c.user_id == bindparam("user_id"), s.c.expires_at > NOW)
    .order_by(s.c.last_used_at.desc(), s.c.id.desc()),
    SessionRecord,
)
END_SESSION = Query(
    delete(s).where(s.c.user_id == bindparam("user_id"), s.c.id == bindparam("id")).returning(*_SESSION), SessionRecord
)
END_SESSIONS_OF_USER: Query[None] = Query(delete(s).where(s.c.user_id == bindparam("user_id")), lambda: None)
WHOSE_SESSION = Query(
    select(u.c.issuer, u.c.subject).where(u.c.id == bindparam("user_id"), u.c.deleted_at.is_(None)), _pair
)

# -- the keys that sign for them

INSERT_TOKEN_KEY: Query[None] = Query(insert(t).values({c.name: bindparam(c.name) for c in t.c}), lambda: None)
TOKEN_KEY = Query(select(t.c.public_key).where(t.c.kid == bindparam("kid"), t.c.expires_at > NOW), _one)

# -- sweeps

FORGET_DEVICE_REQUESTS: Query[None] = Query(delete(d).where(d.c.expires_at < NOW), lambda: None)
FORGET_SESSIONS: Query[None] = Query(delete(s).where(s.c.expires_at < NOW), lambda: None)
FORGET_TOKEN_KEYS: Query[None] = Query(delete(t).where(t.c.expires_at < NOW), lambda: None)

ACROSS_WORKSPACES = (
    INSERT_DEVICE_REQUEST,
    DEVICE_REQUEST,
    WAITING_DEVICE,
    DECIDE_DEVICE,
    NOTE_POLL,
    END_DEVICE_REQUEST,
    INSERT_SESSION,
    REFRESH_SESSION,
    SESSIONS_OF_USER,
    END_SESSION,
    END_SESSIONS_OF_USER,
    WHOSE_SESSION,
    INSERT_TOKEN_KEY,
    TOKEN_KEY,
    FORGET_DEVICE_REQUESTS,
    FORGET_SESSIONS,
    FORGET_TOKEN_KEYS,
)

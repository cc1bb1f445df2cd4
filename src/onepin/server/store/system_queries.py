"""What is asked about the audit log, idempotent requests and peppers."""

from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, func, insert, select, update

from onepin.server.records import AuditRecord, IdempotencyRecord, PepperRecord
from onepin.server.store.query import Query
from onepin.server.store.tables import api_keys, audit_events, pepper_versions, upsert
from onepin.server.store.tables import idempotency_keys as i

WS: BindParameter[Any] = bindparam("workspace_id")
NOW = bindparam("now", type_=i.c.expires_at.type)


def _chain_count(chain: str, keys: int) -> tuple[str, int]:
    return chain, keys


# -- audit

INSERT_AUDIT_EVENT: Query[None] = Query(
    insert(audit_events).values({name: bindparam(name) for name in AuditRecord._fields}), lambda: None
)
AUDIT_EVENTS = Query(
    select(*[audit_events.c[name] for name in AuditRecord._fields])
    .where(audit_events.c.workspace_id == WS)
    .order_by(audit_events.c.id.desc())
    .limit(bindparam("limit")),
    AuditRecord,
)

# -- idempotency

_SAME = (
    i.c.workspace_id == WS,
    i.c.principal_id == bindparam("principal_id"),
    i.c.route == bindparam("route"),
    i.c.value_digest == bindparam("value_digest"),
)
_FIELDS = [i.c[name] for name in IdempotencyRecord._fields]
CLAIM_IDEMPOTENCY_KEY = Query(
    upsert(i).values({c.name: bindparam(c.name) for c in i.c}).on_conflict_do_nothing().returning(i.c.key_id),
    lambda found: found,
)
IDEMPOTENT_ANSWER = Query(select(*_FIELDS).where(*_SAME), IdempotencyRecord)
SEAL_ANSWER: Query[None] = Query(
    update(i).where(*_SAME).values(sealed=bindparam("sealed_answer", type_=i.c.sealed.type), key_id=bindparam("made")),
    lambda: None,
)
FORGET_REQUEST: Query[None] = Query(delete(i).where(*_SAME), lambda: None)
FORGET_SECRETS_OF_KEY: Query[None] = Query(
    update(i).where(i.c.workspace_id == WS, i.c.key_id == bindparam("id")).values(sealed=None), lambda: None
)
FORGET_OLD_SECRETS: Query[None] = Query(
    update(i).where(i.c.sealed.is_not(None), i.c.sealed_until <= NOW).values(sealed=None), lambda: None
)
FORGET_OLD_REQUESTS: Query[None] = Query(delete(i).where(i.c.expires_at <= NOW), lambda: None)

# -- peppers

PEPPERS = Query(
    select(*[pepper_versions.c[name] for name in PepperRecord._fields]).order_by(pepper_versions.c.version),
    PepperRecord,
)
ACTIVATE_PEPPER = Query(
    upsert(pepper_versions)
    .values({c.name: bindparam(c.name) for c in pepper_versions.c})
    .on_conflict_do_nothing()
    .returning(pepper_versions.c.version),
    lambda version: version,
)
PEPPER_WRAPPED: Query[None] = Query(
    update(pepper_versions)
    .where(pepper_versions.c.version == bindparam("pepper"))
    .values(wrapped_at=bindparam("wrapped_now", type_=pepper_versions.c.wrapped_at.type)),
    lambda: None,
)
_OLD = (
    api_keys.c.digest_chain != bindparam("chain"),
    api_keys.c.digest_chain.not_like(bindparam("wrapped_chain")),
)
DIGESTS_TO_WRAP = Query(
    select(api_keys.c.id, api_keys.c.digest, api_keys.c.digest_chain)
    .where(*_OLD, api_keys.c.id > bindparam("after", type_=api_keys.c.id.type))
    .order_by(api_keys.c.id)
    .limit(500)
    .with_for_update(),
    lambda key_id, digest, chain: (key_id, digest, chain),
)
COUNT_BY_CHAIN = Query(
    select(api_keys.c.digest_chain, func.count()).group_by(api_keys.c.digest_chain).order_by(api_keys.c.digest_chain),
    _chain_count,
)

ACROSS_WORKSPACES = (
    INSERT_AUDIT_EVENT,
    CLAIM_IDEMPOTENCY_KEY,
    FORGET_OLD_SECRETS,
    FORGET_OLD_REQUESTS,
    PEPPERS,
    ACTIVATE_PEPPER,
    PEPPER_WRAPPED,
    DIGESTS_TO_WRAP,
    COUNT_BY_CHAIN,
)
"""Every query here whose WHERE does not name a workspace: inserts, sweeps, peppers."""

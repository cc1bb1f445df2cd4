"""What is asked about verifiers. They belong to the deployment, so no query here names a workspace."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update

from onepin.server.store.query import Query
from onepin.server.store.tables import verifiers as v


class VerifierRecord(NamedTuple):
    """One verifier, without its secret."""

    id: UUID
    name: str
    preview: str
    created_at: datetime
    revoked_at: datetime | None
    digest: bytes
    digest_chain: str


_COLUMNS = [v.c[name] for name in VerifierRecord._fields]

VERIFIER_BY_DIGEST = Query(select(*_COLUMNS).where(v.c.digest == bindparam("digest")), VerifierRecord)
VERIFIERS = Query(select(*_COLUMNS).order_by(v.c.created_at.desc(), v.c.id.desc()), VerifierRecord)
INSERT_VERIFIER: Query[None] = Query(insert(v).values({c.name: bindparam(c.name) for c in v.c}), lambda: None)
END_VERIFIER = Query(
    update(v)
    .where(v.c.id == bindparam("id"), v.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(*_COLUMNS),
    VerifierRecord,
)

# -- peppers; a revoked verifier needs none any more

_LIVE = v.c.revoked_at.is_(None)
VERIFIERS_TO_WRAP = Query(
    select(*_COLUMNS)
    .where(_LIVE, v.c.digest_chain != bindparam("chain"), v.c.digest_chain.not_like(bindparam("wrapped_chain")))
    .order_by(v.c.id)
    .with_for_update(),
    VerifierRecord,
)
COUNT_VERIFIERS_BY_CHAIN = Query(
    select(v.c.digest_chain, func.count()).where(_LIVE).group_by(v.c.digest_chain).order_by(v.c.digest_chain),
    lambda chain, verifiers: (chain, verifiers),
)
REDIGEST_VERIFIER: Query[None] = Query(
    update(v)
    .where(v.c.id == bindparam("id"), v.c.digest == bindparam("old_digest", type_=v.c.digest.type))
    .values(digest=bindparam("new_digest", type_=v.c.digest.type), digest_chain=bindparam("chain")),
    lambda: None,
)
ACROSS_WORKSPACES = (
    VERIFIER_BY_DIGEST,
    VERIFIERS,
    INSERT_VERIFIER,
    END_VERIFIER,
    VERIFIERS_TO_WRAP,
    COUNT_VERIFIERS_BY_CHAIN,
    REDIGEST_VERIFIER,
)

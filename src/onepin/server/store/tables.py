"""The schema, once, for both databases. Dialect names appear here, in ``columns`` and in the two drivers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as dialect_insert

from onepin.server.store.columns import Id, JsonText, UtcDateTime, Words


def upsert(table: Table) -> Insert:
    """An INSERT that can say ON CONFLICT. Both databases take the same words for it, so one construct serves."""
    return dialect_insert(table)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("email", Text),
    Column("email_verified", Boolean, nullable=False, server_default=false()),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("image_url", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("arrived_at", UtcDateTime),  # their first call that counts; null: only their issuer has told us of them
    Column("told_at", UtcDateTime),  # the issuer's own time of what it last told us of them
    Column("deleted_at", UtcDateTime),  # they are gone at their issuer; everything that names them is blanked
    UniqueConstraint("issuer", "subject"),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("color_idx", SmallInteger, nullable=False),
    Column("created_by", Id, ForeignKey("users.id"), nullable=False),
    Column("owner_id", Id, ForeignKey("users.id"), nullable=False),
    Column("personal_of", Id, ForeignKey("users.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
)
_live = text("deleted_at IS NULL")
Index("uq_workspaces_slug", workspaces.c.slug, unique=True, sqlite_where=_live, postgresql_where=_live)
Index("uq_workspaces_personal_of", workspaces.c.personal_of, unique=True, sqlite_where=_live, postgresql_where=_live)

members = Table(
    "members",
    metadata,
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_active_at", UtcDateTime),
    PrimaryKeyConstraint("workspace_id", "user_id"),
    CheckConstraint("role IN ('admin', 'editor', 'viewer')", name="role"),
)
Index(None, members.c.user_id)

invites = Table(
    "invites",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("status", Text, nullable=False),  # an invite past its time may still say "pending" here
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("invited_by", Id, ForeignKey("users.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    CheckConstraint("role IN ('admin', 'editor', 'viewer')", name="role"),
    CheckConstraint("status IN ('pending', 'accepted', 'revoked', 'expired')", name="status"),
)
_pending = text("status = 'pending'")
_one_each = (invites.c.workspace_id, invites.c.email)
Index("uq_invites_pending", *_one_each, unique=True, sqlite_where=_pending, postgresql_where=_pending)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("created_by", Id, ForeignKey("users.id")),
    Column("name", Text, nullable=False),
    Column("key_type", Text, nullable=False),
    Column("key_prefix", Text, nullable=False),
    Column("key_suffix", Text, nullable=False),
    Column("scopes", Words, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("rate_limit_per_min", Integer),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("seq", BigInteger, nullable=False),  # the n-th key of its workspace, from 1, without gaps
    Column("window_id", Id, nullable=False),  # whose limiter window it uses: its own, or that of the key it rotated
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("digest_chain", Text, nullable=False),  # the pepper versions it was made with, for instance "1" or "1>2"
    CheckConstraint("revoked_at IS NULL OR NOT active", name="revoked_is_inactive"),
    CheckConstraint("rate_limit_per_min BETWEEN 1 AND 1000000", name="rate_limit"),
    UniqueConstraint("workspace_id", "seq"),
)
# SQLite wants the predicate as the queries write it; booleans are 0 and 1 there
for _name, _columns, _sqlite, _postgresql in (
    ("active", (api_keys.c.workspace_id, api_keys.c.seq), "active = 1", "active"),
    ("inactive", (api_keys.c.workspace_id, api_keys.c.seq), "active = 0", "NOT active"),
    (
        "in_grace",
        (api_keys.c.expires_at, api_keys.c.workspace_id),
        "active = 1 AND expires_at IS NOT NULL",
        "active AND expires_at IS NOT NULL",
    ),
):
    Index(f"ix_api_keys_{_name}", *_columns, sqlite_where=text(_sqlite), postgresql_where=text(_postgresql))

key_totals = Table(
    "key_totals",
    metadata,
    Column("workspace_id", Id, ForeignKey("workspaces.id"), primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("last_created_us", BigInteger, nullable=False),  # microseconds since 1970, strictly rising
)

key_blocks = Table(
    "key_blocks",
    metadata,
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("block", BigInteger, nullable=False),  # (seq - 1) // BLOCK
    Column("active", Integer, nullable=False),
    PrimaryKeyConstraint("workspace_id", "block"),
)
BLOCK = 1000
"""Keys per counted block: what a deep page skips at once."""

audit_events = Table(
    "audit_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace_id", Id, ForeignKey("workspaces.id")),  # null: of the deployment, not of a workspace
    Column("at", UtcDateTime, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text),
    Column("action", Text, nullable=False),
    Column("target_id", Id),
    Column("request_id", Id),
    Column("details", JsonText, nullable=False),
    CheckConstraint("actor_kind IN ('user', 'system', 'operator')", name="actor_kind"),
)
for _filter in ([], [audit_events.c.action], [audit_events.c.target_id]):
    Index(None, audit_events.c.workspace_id, *_filter, audit_events.c.id)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("workspace_id", Id, ForeignKey("workspaces.id"), nullable=False),
    Column("principal_id", Id, nullable=False),
    Column("route", Text, nullable=False),
    Column("value_digest", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("sealed", LargeBinary),
    Column("sealed_until", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("workspace_id", "principal_id", "route", "value_digest"),
)
Index(None, idempotency_keys.c.expires_at)
Index(None, idempotency_keys.c.workspace_id, idempotency_keys.c.key_id)

pepper_versions = Table(
    "pepper_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("check_value", LargeBinary, nullable=False),
    Column("activated_at", UtcDateTime, nullable=False),
    Column("wrapped_at", UtcDateTime),  # when no digest of an older version was left bare
)

verifiers = Table(
    "verifiers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("preview", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("digest_chain", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

# Without foreign keys: to check one locks the key, so bookkeeping and a change would wait for each other. What is
# counted at a time lies together, for those who write it and for those who add it up
key_usage = Table(
    "key_usage",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("minutes", SmallInteger, nullable=False),  # how long the bucket is: 1, 60 or 1440
    Column("start", UtcDateTime, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("ok", BigInteger, nullable=False),
    Column("rate_limited", BigInteger, nullable=False),
    Column("insufficient_scope", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "minutes", "start", "key_id"),
    CheckConstraint("minutes IN (1, 60, 1440)", name="minutes"),
    sqlite_with_rowid=False,
)
Index(None, key_usage.c.minutes, key_usage.c.start)

usage_writers = Table(
    "usage_writers",
    metadata,
    Column("id", Id, primary_key=True),  # a server process that writes usage
    Column("batch", BigInteger, nullable=False),  # the last one it has written, so that none is ever added twice
    Column("at", UtcDateTime, nullable=False),
)

device_requests = Table(
    "device_requests",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # of the device code
    Column("user_code", Text, nullable=False, unique=True),
    Column("client", Text, nullable=False),
    Column("address", Text),
    Column("status", Text, nullable=False),
    Column("user_id", Id, ForeignKey("users.id")),  # who decided
    Column("interval", SmallInteger, nullable=False),  # seconds
    Column("polled_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    CheckConstraint("status IN ('pending', 'approved', 'denied')", name="status"),
)
Index(None, device_requests.c.expires_at)

# Of devices; ended ones are deleted, the audit log keeps the memory
sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # of the refresh secret
    Column("client", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
Index(None, sessions.c.user_id)
Index(None, sessions.c.expires_at)

# What checks the session tokens that devices get; the private halves are in the servers' memory alone
token_keys = Table(
    "token_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("public_key", JsonText, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

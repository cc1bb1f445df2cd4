"""The schema, once, for both databases. Dialect names appear here and in the two drivers, nowhere else."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as dialect_insert
from sqlalchemy.types import TypeEngine

_COMPACT = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` in PostgreSQL, microseconds since 1970 in SQLite (which has no such type)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if native else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive datetimes; they are always a mistake."""
        if value is None or dialect.name == "postgresql":
            return value
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Timezone-aware on both."""
        if value is None or dialect.name == "postgresql":
            return value  # type: ignore[no-any-return]
        return _EPOCH + timedelta(microseconds=value)


class Id(TypeDecorator[UUID]):
    """A UUID: native in PostgreSQL, its 16 bytes in SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """Bytes for SQLite."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """A UUID on both."""
        return value if value is None or dialect.name == "postgresql" else UUID(bytes=value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A list of words without spaces (scopes), kept as one text as in OAuth (RFC 6749 §3.3), order preserved."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        """Joined by single spaces."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        """Split again; the empty text is no words."""
        return tuple(value.split())


class JsonText(TypeDecorator[dict[str, Any]]):
    """A small JSON object that SQL never looks into."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str:
        """Compact, keys in order."""
        return _COMPACT(value or {})

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any]:
        """The object again."""
        return json.loads(value)  # type: ignore[no-any-return]


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
    PrimaryKeyConstraint("workspace_id", "user_id"),
    CheckConstraint("role IN ('admin', 'editor', 'viewer')", name="role"),
)
Index(None, members.c.user_id)

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
Index(None, audit_events.c.workspace_id, audit_events.c.id)

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

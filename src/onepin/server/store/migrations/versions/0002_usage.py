"""Usage counters per key; indexes for the activity feed's filters."""

import sqlalchemy as sa
from alembic import op

from onepin.server.store.columns import Id, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the counters and the two indexes."""
    op.create_table(
        "key_usage",
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("start", UtcDateTime(), nullable=False),
        sa.Column("key_id", Id(), nullable=False),
        sa.Column("ok", sa.BigInteger(), nullable=False),
        sa.Column("rate_limited", sa.BigInteger(), nullable=False),
        sa.Column("insufficient_scope", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minutes IN (1, 60, 1440)", name=op.f("ck_key_usage_minutes")),
        sa.PrimaryKeyConstraint("workspace_id", "minutes", "start", "key_id", name=op.f("pk_key_usage")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_key_usage_minutes_start"), "key_usage", ["minutes", "start"], unique=False)
    op.create_table(
        "usage_writers",
        sa.Column("id", Id(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_writers")),
    )
    for column in ("action", "target_id"):
        op.create_index(
            op.f(f"ix_audit_events_workspace_id_{column}_id"),
            "audit_events",
            ["workspace_id", column, "id"],
            unique=False,
        )

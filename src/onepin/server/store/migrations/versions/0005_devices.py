"""Devices that ask to be signed in, the sessions that they get, and the keys that sign for them."""

import sqlalchemy as sa
from alembic import op

from onepin.server.store.columns import Id, JsonText, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "device_requests",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_code", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("interval", sa.SmallInteger(), nullable=False),
        sa.Column("polled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('pending', 'approved', 'denied')", name=op.f("ck_device_requests_status")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_device_requests_user_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_device_requests")),
        sa.UniqueConstraint("user_code", name=op.f("uq_device_requests_user_code")),
    )
    op.create_index(op.f("ix_device_requests_expires_at"), "device_requests", ["expires_at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_table(
        "token_keys",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public_key", JsonText(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_token_keys")),
    )

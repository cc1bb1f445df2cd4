"""Invites, and what is known of people: when they came, when their issuer spoke of them last, when they left."""

import sqlalchemy as sa
from alembic import op

from onepin.server.store.columns import Id, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and the table; whoever is there has arrived."""
    for column in ("arrived_at", "told_at", "deleted_at"):
        op.add_column("users", sa.Column(column, UtcDateTime(), nullable=True))
    op.execute("UPDATE users SET arrived_at = created_at")
    op.add_column("members", sa.Column("last_active_at", UtcDateTime(), nullable=True))
    op.create_table(
        "invites",
        sa.Column("id", Id(), nullable=False),
        sa.Column("workspace_id", Id(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", Id(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("role IN ('admin', 'editor', 'viewer')", name=op.f("ck_invites_role")),
        sa.CheckConstraint("status IN ('pending', 'accepted', 'revoked', 'expired')", name=op.f("ck_invites_status")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_invites_workspace_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["users.id"], name=op.f("fk_invites_invited_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("digest", name=op.f("uq_invites_digest")),
    )
    op.create_index(
        "uq_invites_pending",
        "invites",
        ["workspace_id", "email"],
        unique=True,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )

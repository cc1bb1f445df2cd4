"""Rows as values. Field order is the order in which ``store`` selects the columns."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class KeyRecord(NamedTuple):
    """One API key, without its secret and without its digest."""

    id: UUID
    workspace_id: UUID
    created_by: UUID | None
    name: str
    key_type: str
    key_prefix: str
    key_suffix: str
    scopes: tuple[str, ...]
    active: bool
    rate_limit_per_min: int | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    seq: int
    window_id: UUID

    def expired(self, now: datetime) -> bool:
        """Whether a grace period has ended, swept or not."""
        return self.expires_at is not None and self.expires_at <= now

    def seen_at(self, now: datetime) -> "KeyRecord":
        """The key as it is at ``now``: one whose grace is over reads as revoked at that moment, swept or not."""
        ended = self.expires_at
        if ended is not None and ended <= now and self.revoked_at is None:
            return self._replace(active=False, revoked_at=ended, updated_at=ended)
        return self


class PresentedKey(NamedTuple):
    """What a decision about a key takes, and what is told to whoever asked. Fewer columns, for it is read each time."""

    id: UUID
    workspace_id: UUID
    created_by: UUID | None
    name: str
    scopes: tuple[str, ...]
    active: bool
    rate_limit_per_min: int | None
    revoked_at: datetime | None
    expires_at: datetime | None
    window_id: UUID


class VerifiedRow(NamedTuple):
    """What the gate needs to know about a presented key: one read, one row."""

    key: PresentedKey
    digest: bytes
    digest_chain: str


class TotalsRecord(NamedTuple):
    """How many keys a workspace has: ever created, and active (usable or in grace)."""

    created: int
    active: int


class WorkspaceRecord(NamedTuple):
    """One workspace."""

    id: UUID
    name: str
    slug: str
    color_idx: int
    created_by: UUID
    owner_id: UUID
    personal_of: UUID | None
    created_at: datetime
    updated_at: datetime


class MembershipRecord(NamedTuple):
    """What somebody is in a workspace."""

    workspace_id: UUID
    role: str
    owner: bool


class MemberRecord(NamedTuple):
    """A member and who they are."""

    user_id: UUID
    email: str | None
    role: str
    first_name: str | None
    last_name: str | None
    image_url: str | None
    created_at: datetime
    last_active_at: datetime | None

    @property
    def called(self) -> str | None:
        """Their name, else their address."""
        return " ".join(filter(None, (self.first_name, self.last_name))) or self.email


class InviteRecord(NamedTuple):
    """An invite, without its token."""

    id: UUID
    workspace_id: UUID
    email: str
    role: str
    status: str
    invited_by: UUID
    created_at: datetime
    expires_at: datetime

    def seen_at(self, now: datetime) -> "InviteRecord":
        """The invite as it is at ``now``: one past its time is expired, written down or not."""
        return self._replace(status="expired") if self.status == "pending" and self.expires_at <= now else self


class AuditRecord(NamedTuple):
    """One thing that happened, who did it and to what."""

    id: UUID
    workspace_id: UUID | None
    at: datetime
    actor_kind: str
    actor_id: str | None
    action: str
    target_id: UUID | None
    request_id: UUID | None
    details: dict[str, Any]


class IdempotencyRecord(NamedTuple):
    """What is kept of a request that carried an Idempotency-Key."""

    fingerprint: bytes
    key_id: UUID
    sealed: bytes | None
    sealed_until: datetime
    expires_at: datetime


class PepperRecord(NamedTuple):
    """One pepper version the database knows: its check value, never the pepper."""

    version: int
    check_value: bytes
    activated_at: datetime
    wrapped_at: datetime | None

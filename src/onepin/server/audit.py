"""The audit log: what changed, who did it. Written in the transaction of the change, or not at all."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from onepin.server.ids import uuid7
from onepin.server.store.query import Tx
from onepin.server.store.system_queries import INSERT_AUDIT_EVENT


class Action(StrEnum):
    """What an audit event says happened. A name is never given another meaning."""

    KEY_CREATED = "api_key.created"
    KEY_UPDATED = "api_key.updated"
    KEY_PAUSED = "api_key.paused"
    KEY_RESUMED = "api_key.resumed"
    KEY_ROTATED = "api_key.rotated"
    KEY_REVOKED = "api_key.revoked"
    KEY_EXPIRED = "api_key.expired"
    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_DELETED = "user.deleted"
    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_UPDATED = "workspace.updated"
    WORKSPACE_DELETED = "workspace.deleted"
    WORKSPACE_OWNER_CHANGED = "workspace.owner_changed"
    MEMBER_JOINED = "member.joined"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    INVITE_CREATED = "invite.created"
    INVITE_ROLE_CHANGED = "invite.role_changed"
    INVITE_REVOKED = "invite.revoked"
    INVITE_ACCEPTED = "invite.accepted"
    DEVICE_APPROVED = "device.approved"
    DEVICE_DENIED = "device.denied"
    SESSION_CREATED = "session.created"
    SESSION_REVOKED = "session.revoked"
    VERIFIER_CREATED = "verifier.created"
    VERIFIER_REVOKED = "verifier.revoked"
    PEPPER_ROTATED = "pepper.rotated"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is behind a change: a ``user``, the ``system`` itself, or an ``operator`` at the command line."""

    kind: str
    id: str | None = None
    request_id: UUID | None = None
    impersonator: str | None = None


SYSTEM = Actor("system")
OPERATOR = Actor("operator")


async def record(
    tx: Tx,
    action: Action,
    *,
    actor: Actor,
    at: datetime,
    workspace_id: UUID | None,
    target_id: UUID | None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one event. ``details`` must hold no secret; an impersonated session is named in it."""
    facts = dict(details or {})
    if actor.impersonator is not None:
        facts["impersonated_by"] = actor.impersonator
    await tx.run(
        INSERT_AUDIT_EVENT,
        id=uuid7(at),
        workspace_id=workspace_id,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action.value,
        target_id=target_id,
        request_id=actor.request_id,
        details=facts,
    )

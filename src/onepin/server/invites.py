"""Invites: a secret that makes one person, known by their e-mail address, a member of a workspace."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from onepin.contract.codes import Code
from onepin.contract.members import InviteCreate
from onepin.server.audit import Action, Actor, record
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.ids import uuid7
from onepin.server.keys.format import KeyFormat, Secret, mint
from onepin.server.people import Person, see
from onepin.server.records import InviteRecord
from onepin.server.store.member_queries import (
    CHANGE_INVITE,
    INSERT_INVITE,
    INVITE,
    INVITE_BY_DIGEST,
    MEMBER,
    MEMBER_WITH_EMAIL,
    PENDING_WITH_EMAIL,
)
from onepin.server.store.people_queries import USER
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.workspace_queries import INSERT_MEMBER, LOCK_WORKSPACE
from onepin.server.workspaces import require_admin

KIND = "invite"
LIFE = timedelta(days=14)
_NO_EMAIL = (
    "Your sign-in does not say which verified e-mail address is yours, so it can't be matched with the invite. With "
    "local sign-in, sign in with the address. With Clerk, the operator adds email and email_verified to the session "
    "token, or sets ONEPIN_CLERK_WEBHOOK_SECRET."
)


@dataclass(frozen=True, slots=True)
class MadeInvite:
    """An invite just made, and the only copy of its token."""

    invite: InviteRecord
    token: Secret


class InviteService:
    """Make, change, revoke and accept invites. ``brand`` is what their tokens begin with."""

    def __init__(self, store: Store, clock: Clock, format_: KeyFormat, brand: str) -> None:
        self._store = store
        self._clock = clock
        self._format = format_
        self._brand = brand

    async def create(self, workspace_id: UUID, user_id: UUID, actor: Actor, body: InviteCreate) -> MadeInvite:
        """Invite an address. Raises ``Refused``: NOT_FOUND, FORBIDDEN unless the caller is an admin, CONFLICT for
        somebody who is a member or has a pending invite.
        """
        token = mint(self._brand, KIND)

        async def work(tx: Tx) -> InviteRecord:
            await require_admin(tx, workspace_id, user_id)
            now = self._clock.now()
            where = {"workspace_id": workspace_id, "email": body.email}
            if await tx.one(MEMBER_WITH_EMAIL, **where) is not None:
                raise Refused(Code.CONFLICT, "Somebody with this e-mail address is a member already.")
            earlier = await tx.one(PENDING_WITH_EMAIL, **where)
            if earlier is not None and earlier.expires_at > now:
                raise Refused(Code.CONFLICT, "This address has a pending invite. Revoke it to make a new link.")
            if earlier is not None:
                await _change(tx, earlier, status="expired")
            invite = InviteRecord(uuid7(now), workspace_id, body.email, body.role, "pending", user_id, now, now + LIFE)
            await tx.run(INSERT_INVITE, **invite._asdict(), digest=_digest(token.reveal()))
            await _audit(tx, Action.INVITE_CREATED, actor, invite, now, {"role": invite.role})
            return invite

        return MadeInvite(await self._store.write(work), token)

    async def change_role(
        self, workspace_id: UUID, invite_id: UUID, user_id: UUID, actor: Actor, role: str | None
    ) -> InviteRecord:
        """Promise another role (None: leave it). Raises ``Refused``: NOT_FOUND, FORBIDDEN unless the caller is admin,
        CONFLICT unless the invite is pending.
        """

        async def work(tx: Tx) -> InviteRecord:
            invite, now = await self._mine(tx, workspace_id, invite_id, user_id), self._clock.now()
            if invite.status != "pending":
                raise Refused(Code.CONFLICT, f"This invite is {invite.status}, so its role can't be changed.")
            if role is None or role == invite.role:
                return invite
            changed = await _change(tx, invite, role=role)
            details = {"role": {"from": invite.role, "to": role}}
            await _audit(tx, Action.INVITE_ROLE_CHANGED, actor, invite, now, details)
            return changed

        return await self._store.write(work)

    async def revoke(self, workspace_id: UUID, invite_id: UUID, user_id: UUID, actor: Actor) -> None:
        """Make a pending invite worthless. Raises ``Refused``: NOT_FOUND, also for one that is not pending any more;
        FORBIDDEN unless the caller is an admin.
        """

        async def work(tx: Tx) -> None:
            invite = await self._mine(tx, workspace_id, invite_id, user_id)
            if invite.status != "pending":
                raise Refused(Code.NOT_FOUND, f"This invite is {invite.status} already.")
            await _change(tx, invite, status="revoked")
            await _audit(tx, Action.INVITE_REVOKED, actor, invite, self._clock.now(), {"role": invite.role})

        await self._store.write(work)

    async def accept(self, person: Person, actor: Actor, token: str) -> UUID:
        """Make ``person`` a member; who is one already keeps their role. Returns the workspace.

        Raises ``Refused``: NOT_FOUND for a token that never was, GONE for one that is used up, revoked or too old,
        FORBIDDEN unless a verified address of the person is the one that was invited.
        """
        if self._format.parse(token, KIND) is None:
            raise Refused(Code.NOT_FOUND, "There is no such invite. Copy the whole link.")

        async def work(tx: Tx) -> UUID:
            now = self._clock.now()
            found = await tx.one(INVITE_BY_DIGEST, digest=_digest(token))
            if found is None:
                raise Refused(Code.NOT_FOUND, "There is no such invite. Copy the whole link.")
            where = {"workspace_id": found.workspace_id}
            await tx.one(LOCK_WORKSPACE, **where)
            invite = await tx.one(INVITE, **where, id=found.id)  # as it is now that nobody else changes it
            status = "gone" if invite is None else invite.seen_at(now).status
            if invite is None or status != "pending":
                raise Refused(Code.GONE, f"This invite is {status}. Ask for a new one.")
            await see(tx, person, now)
            await _require_email(tx, person.id, invite.email)
            await _change(tx, invite, status="accepted")
            await _audit(tx, Action.INVITE_ACCEPTED, actor, invite, now, {"user_id": str(person.id)})
            if await tx.one(MEMBER, **where, user_id=person.id) is None:
                await _join(tx, actor, invite, person, now)
            return invite.workspace_id

        return await self._store.write(work)

    async def _mine(self, tx: Tx, workspace_id: UUID, invite_id: UUID, user_id: UUID) -> InviteRecord:
        """The invite as it is now, for an admin of its workspace, which is locked."""
        await require_admin(tx, workspace_id, user_id)
        invite = await tx.one(INVITE, workspace_id=workspace_id, id=invite_id)
        if invite is None:
            raise Refused(Code.NOT_FOUND)
        return invite.seen_at(self._clock.now())


def _digest(token: str) -> bytes:
    """Plain SHA-256: a token is 190 random bits, so there is nothing to guess it from."""
    return hashlib.sha256(token.encode()).digest()


async def _require_email(tx: Tx, user_id: UUID, invited: str) -> None:
    user = await tx.one(USER, user_id=user_id)
    if user is None or user.email is None or not user.email_verified:
        raise Refused(Code.FORBIDDEN, _NO_EMAIL, reason="no verified e-mail address")
    if user.email.lower() != invited:
        message = "This invite is for another e-mail address than the one you signed in with."
        raise Refused(Code.FORBIDDEN, message, reason="invited under another address")


async def _join(tx: Tx, actor: Actor, invite: InviteRecord, person: Person, now: datetime) -> None:
    where = {"workspace_id": invite.workspace_id}
    await tx.run(INSERT_MEMBER, **where, user_id=person.id, role=invite.role, created_at=now)
    details = {"name": invite.email, "role": invite.role, "invite_id": str(invite.id)}
    await record(tx, Action.MEMBER_JOINED, actor=actor, at=now, **where, target_id=person.id, details=details)


async def _change(tx: Tx, invite: InviteRecord, *, status: str | None = None, role: str | None = None) -> InviteRecord:
    changed = await tx.one(
        CHANGE_INVITE,
        workspace_id=invite.workspace_id,
        id=invite.id,
        new_status=status or invite.status,
        new_role=role or invite.role,
    )
    assert changed is not None, "a row of a locked workspace vanished"  # noqa: S101
    return changed


async def _audit(
    tx: Tx, action: Action, actor: Actor, invite: InviteRecord, now: datetime, details: dict[str, Any]
) -> None:
    facts = {"name": invite.email, **details}
    where = {"workspace_id": invite.workspace_id, "target_id": invite.id}
    await record(tx, action, actor=actor, at=now, **where, details=facts)

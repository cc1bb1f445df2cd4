"""The members of a workspace: who they are, what they may do, and how they leave."""

from datetime import datetime
from typing import Any
from uuid import UUID

from onepin.contract.codes import Code
from onepin.server.audit import Action, Actor, record
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.records import InviteRecord, MemberRecord, WorkspaceRecord
from onepin.server.store.member_queries import (
    MEMBER,
    MEMBER_IDS,
    MEMBERS,
    OTHER_ADMINS,
    PENDING_INVITES,
    REMOVE_MEMBER,
    SET_ROLE,
)
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.workspace_queries import MEMBERSHIP, WORKSPACE
from onepin.server.workspaces import require_admin


class MemberService:
    """List members, change their roles, remove them. A change holds from the next request on: nothing is cached."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, workspace_id: UUID, user_id: UUID | None) -> tuple[list[MemberRecord], list[InviteRecord]]:
        """Members (the caller, then admins, then the rest, each by when they joined) and pending invites, oldest first.

        ``user_id``: who asks; None is the workspace's own key. Raises ``Refused`` (NOT_FOUND) to anybody else.
        """

        async def work(tx: Tx) -> tuple[list[MemberRecord], list[InviteRecord]]:
            visible = await tx.one(WORKSPACE, workspace_id=workspace_id) is not None
            if user_id is not None:
                visible = await tx.one(MEMBERSHIP, workspace_id=workspace_id, user_id=user_id) is not None
            if not visible:
                raise Refused(Code.NOT_FOUND)
            members = await tx.all(MEMBERS, workspace_id=workspace_id)
            return members, await tx.all(PENDING_INVITES, workspace_id=workspace_id, now=self._clock.now())

        members, invites = await self._store.read(work)
        members.sort(key=lambda one: (one.user_id != user_id, one.role != "admin", one.created_at, one.user_id))
        return members, invites

    async def ids(self, workspace_id: UUID) -> set[UUID]:
        """The users who are members of a workspace."""
        return set(await self._store.all(MEMBER_IDS, workspace_id=workspace_id))

    async def change_role(
        self, workspace_id: UUID, member_id: UUID, user_id: UUID, actor: Actor, role: str | None
    ) -> MemberRecord:
        """Give a member another role (None: leave it). Raises ``Refused``: NOT_FOUND, FORBIDDEN unless the caller is an
        admin, CONFLICT for the owner and for the last admin.
        """

        async def work(tx: Tx) -> MemberRecord:
            workspace = await require_admin(tx, workspace_id, user_id)
            member = await _member(tx, workspace_id, member_id)
            if role is None or role == member.role:
                return member
            await _refuse_lockout(tx, workspace, member, "be given another role")
            await tx.run(SET_ROLE, workspace_id=workspace_id, user_id=member_id, new_role=role)
            details = {"role": {"from": member.role, "to": role}}
            await _audit(tx, Action.MEMBER_ROLE_CHANGED, actor, workspace_id, member, self._clock.now(), details)
            return member._replace(role=role)

        return await self._store.write(work)

    async def remove(self, workspace_id: UUID, member_id: UUID, user_id: UUID, actor: Actor) -> None:
        """End a membership; the keys they made stay the workspace's. Raises ``Refused`` as ``change_role`` does."""

        async def work(tx: Tx) -> None:
            workspace = await require_admin(tx, workspace_id, user_id)
            member = await _member(tx, workspace_id, member_id)
            await _refuse_lockout(tx, workspace, member, "be removed")
            await end_membership(tx, actor, workspace_id, member, self._clock.now())

        await self._store.write(work)


async def end_membership(tx: Tx, actor: Actor, workspace_id: UUID, member: MemberRecord, now: datetime) -> None:
    """Remove somebody from a workspace that the caller has locked."""
    await tx.run(REMOVE_MEMBER, workspace_id=workspace_id, user_id=member.user_id)
    await _audit(tx, Action.MEMBER_REMOVED, actor, workspace_id, member, now, {"role": member.role})


async def _member(tx: Tx, workspace_id: UUID, member_id: UUID) -> MemberRecord:
    member = await tx.one(MEMBER, workspace_id=workspace_id, user_id=member_id)
    if member is None:
        raise Refused(Code.NOT_FOUND)
    return member


async def _refuse_lockout(tx: Tx, workspace: WorkspaceRecord, member: MemberRecord, what: str) -> None:
    """Nobody may take the workspace from its owner, or leave it without anybody who can manage it."""
    if member.user_id == workspace.owner_id:
        raise Refused(Code.CONFLICT, f"The owner of a workspace can't {what}.")
    if member.role == "admin" and (
        await tx.one(OTHER_ADMINS, workspace_id=workspace.id, user_id=member.user_id) is None
    ):
        raise Refused(Code.CONFLICT, f"The last admin of a workspace can't {what}. Make somebody else an admin first.")


async def _audit(
    tx: Tx,
    action: Action,
    actor: Actor,
    workspace_id: UUID,
    member: MemberRecord,
    now: datetime,
    details: dict[str, Any],
) -> None:
    facts = {"name": member.called, **details}
    await record(tx, action, actor=actor, at=now, workspace_id=workspace_id, target_id=member.user_id, details=facts)

"""Workspaces and the people in them."""

import re
import secrets
import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from onepin.contract.codes import Code
from onepin.contract.workspaces import (
    SLUG,
    SLUG_MAX,
    SlugAvailability,
    WorkspaceCreate,
    WorkspaceListQuery,
    WorkspaceUpdate,
)
from onepin.server.audit import Action, Actor, record
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.ids import uuid7
from onepin.server.people import Person, see
from onepin.server.presence import Presence
from onepin.server.records import MembershipRecord, WorkspaceRecord
from onepin.server.store.people_queries import USER_EXISTS
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.workspace_queries import (
    CHANGE_WORKSPACE,
    COUNT_WORKSPACES_OF_MEMBER,
    DELETE_WORKSPACE,
    END_INVITES_OF_WORKSPACE,
    END_KEYS_OF_WORKSPACE,
    INSERT_MEMBER,
    INSERT_WORKSPACE,
    LOCK_WORKSPACE,
    MEMBERSHIP,
    PERSONAL_MEMBERSHIP,
    SLUG_TAKEN,
    WORKSPACE,
    WORKSPACE_OF_MEMBER,
    WORKSPACES_OF_MEMBER,
    ZERO_BLOCKS,
    ZERO_TOTALS,
)

RESERVED_SLUGS = frozenset(
    {"admin", "api", "app", "auth", "dashboard", "device", "docs", "health", "invites", "login", "new", "ready"}
    | {"sessions", "settings", "sign-in", "sign-up", "slug-available", "static", "support", "system", "usage"}
    | {"webhooks", "workspaces", "www"}
)


class WorkspaceService:
    """Create, list, read, change and delete workspaces; and make a newcomer at home."""

    def __init__(self, store: Store, clock: Clock, presence: Presence) -> None:
        self._store = store
        self._clock = clock
        self._presence = presence

    async def membership(self, user_id: UUID, workspace_id: UUID | None) -> MembershipRecord | None:
        """What the user, who wants to act there, is in the workspace (None: in their personal one), or None."""
        if workspace_id is None:
            found = await self._store.one(PERSONAL_MEMBERSHIP, user_id=user_id)
        else:
            found = await self._store.one(MEMBERSHIP, user_id=user_id, workspace_id=workspace_id)
        if found is not None:
            self._presence.note(found.workspace_id, user_id)
        return found

    async def knows(self, user_id: UUID) -> bool:
        """Whether the user has called before."""
        return await self._store.one(USER_EXISTS, user_id=user_id) is not None

    async def welcome(self, person: Person, actor: Actor) -> MembershipRecord:
        """Create the user and their personal workspace where either is missing; safe to race with itself."""

        async def work(tx: Tx) -> MembershipRecord:
            now = self._clock.now()
            newcomer = await tx.one(USER_EXISTS, user_id=person.id) is None
            await see(tx, person, now)
            found = await tx.one(PERSONAL_MEMBERSHIP, user_id=person.id)
            if found is not None:
                return found
            name = f"{person.first_name or person.email or 'Personal'}".split("@")[0]
            workspace = await self._insert(tx, person.id, name, None, 0, now, personal_of=person.id)
            if workspace is None:  # the same person's other first call was quicker
                found = await tx.one(PERSONAL_MEMBERSHIP, user_id=person.id)
                if found is None:
                    raise Refused(Code.CONFLICT, headers={"Retry-After": "1"}, reason="lost a race for a first call")
                return found
            if newcomer:
                await record(
                    tx, Action.USER_CREATED, actor=actor, at=now, workspace_id=workspace.id, target_id=person.id
                )
            await self._audit(tx, Action.WORKSPACE_CREATED, actor, workspace, now)
            return MembershipRecord(workspace.id, "admin", True)

        return await self._store.write(work)

    async def create(self, person: Person, actor: Actor, body: WorkspaceCreate) -> WorkspaceRecord:
        """Make a workspace; its creator becomes owner and admin. Raises ``Refused`` (WORKSPACE_SLUG_TAKEN)."""

        async def work(tx: Tx) -> WorkspaceRecord:
            now = self._clock.now()
            await see(tx, person, now)
            if body.slug is not None and body.slug in RESERVED_SLUGS:
                raise Refused(Code.WORKSPACE_SLUG_TAKEN, "This slug is reserved. Choose a different one.")
            workspace = await self._insert(tx, person.id, body.name, body.slug, body.color_idx, now)
            if workspace is None:
                raise Refused(Code.WORKSPACE_SLUG_TAKEN)
            await self._audit(tx, Action.WORKSPACE_CREATED, actor, workspace, now)
            return workspace

        return await self._store.write(work)

    async def list(self, user_id: UUID, query: WorkspaceListQuery) -> tuple[list[WorkspaceRecord], int]:
        """A page of the workspaces the user is a member of, newest first, and how many there are."""

        async def work(tx: Tx) -> tuple[list[WorkspaceRecord], int]:
            found = await tx.all(WORKSPACES_OF_MEMBER, user_id=user_id, limit=query.limit, offset=query.offset)
            return found, await tx.one(COUNT_WORKSPACES_OF_MEMBER, user_id=user_id) or 0

        return await self._store.read(work)

    async def get(self, workspace_id: UUID, user_id: UUID | None) -> WorkspaceRecord:
        """One workspace, for a member or, with ``user_id`` None, for its own key. Raises ``Refused`` (NOT_FOUND)."""
        if user_id is None:
            found = await self._store.one(WORKSPACE, workspace_id=workspace_id)
        else:
            found = await self._store.one(WORKSPACE_OF_MEMBER, workspace_id=workspace_id, user_id=user_id)
        if found is None:
            raise Refused(Code.NOT_FOUND)
        return found

    async def update(self, workspace_id: UUID, user_id: UUID, actor: Actor, body: WorkspaceUpdate) -> WorkspaceRecord:
        """Rename, recolour or move a workspace. Raises ``Refused``: NOT_FOUND unless admin, WORKSPACE_SLUG_TAKEN."""

        async def work(tx: Tx) -> WorkspaceRecord:
            before = await self._mine(tx, workspace_id, user_id, owner=False)
            wanted = {
                name: getattr(before, name) if getattr(body, name) is None else getattr(body, name)
                for name in ("name", "slug", "color_idx")
            }
            changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
            if not changed:
                return before
            if "slug" in changed and (
                wanted["slug"] in RESERVED_SLUGS or await tx.one(SLUG_TAKEN, slug=wanted["slug"]) is not None
            ):
                raise Refused(Code.WORKSPACE_SLUG_TAKEN)
            now = self._clock.now()
            after = await tx.one(CHANGE_WORKSPACE, workspace_id=workspace_id, now=now, **wanted)
            if after is None:
                raise Refused(Code.NOT_FOUND)
            details = {name: {"from": getattr(before, name), "to": value} for name, value in changed.items()}
            await self._audit(tx, Action.WORKSPACE_UPDATED, actor, after, now, details)
            return after

        return await self._store.write(work)

    async def delete(self, workspace_id: UUID, user_id: UUID, actor: Actor) -> None:
        """Delete a workspace, revoke its keys and invites. Raises ``Refused`` (NOT_FOUND) unless owner."""

        async def work(tx: Tx) -> None:
            workspace = await self._mine(tx, workspace_id, user_id, owner=True)
            now = self._clock.now()
            await tx.run(DELETE_WORKSPACE, workspace_id=workspace_id, now=now)
            await tx.run(END_KEYS_OF_WORKSPACE, workspace_id=workspace_id, now=now)
            await tx.run(END_INVITES_OF_WORKSPACE, workspace_id=workspace_id)
            await tx.run(ZERO_TOTALS, workspace_id=workspace_id)
            await tx.run(ZERO_BLOCKS, workspace_id=workspace_id)
            await self._audit(tx, Action.WORKSPACE_DELETED, actor, workspace, now)

        await self._store.write(work)

    async def slug_available(self, slug: str) -> SlugAvailability:
        """Whether a slug can be taken now."""
        if len(slug) > SLUG_MAX or not SLUG.fullmatch(slug):
            return SlugAvailability(available=False, reason="invalid")
        if slug in RESERVED_SLUGS:
            return SlugAvailability(available=False, reason="reserved")
        taken = await self._store.one(SLUG_TAKEN, slug=slug) is not None
        return SlugAvailability(available=not taken, reason="taken" if taken else None)

    async def _mine(self, tx: Tx, workspace_id: UUID, user_id: UUID, *, owner: bool) -> WorkspaceRecord:
        """The workspace, locked, if the user is its admin (or its owner); otherwise it is not there for them."""
        workspace = await tx.one(LOCK_WORKSPACE, workspace_id=workspace_id)
        membership = await tx.one(MEMBERSHIP, workspace_id=workspace_id, user_id=user_id)
        if workspace is None or membership is None or not (membership.owner if owner else membership.role == "admin"):
            raise Refused(Code.NOT_FOUND)
        return workspace

    async def _insert(
        self,
        tx: Tx,
        user_id: UUID,
        name: str,
        slug: str | None,
        color_idx: int,
        now: datetime,
        *,
        personal_of: UUID | None = None,
    ) -> WorkspaceRecord | None:
        """The new workspace with its first member, or None when the slug (or the personal place) is taken."""
        made = WorkspaceRecord(
            uuid7(now), name, slug or _derived(name), color_idx, user_id, user_id, personal_of, now, now
        )
        if await tx.one(INSERT_WORKSPACE, **made._asdict()) is None:
            return None
        await tx.run(INSERT_MEMBER, workspace_id=made.id, user_id=user_id, role="admin", created_at=now)
        return made

    async def _audit(
        self,
        tx: Tx,
        action: Action,
        actor: Actor,
        workspace: WorkspaceRecord,
        now: datetime,
        details: dict[str, Any] | None = None,
    ) -> None:
        facts = details or {"name": workspace.name, "slug": workspace.slug}
        await record(tx, action, actor=actor, at=now, workspace_id=workspace.id, target_id=workspace.id, details=facts)


async def require_admin(tx: Tx, workspace_id: UUID, user_id: UUID) -> WorkspaceRecord:
    """The workspace, locked, for one of its admins: what they change there, nobody else changes meanwhile.

    Raises ``Refused``: NOT_FOUND to those who are no member, FORBIDDEN to members who are no admin.
    """
    workspace = await tx.one(LOCK_WORKSPACE, workspace_id=workspace_id)
    membership = await tx.one(MEMBERSHIP, workspace_id=workspace_id, user_id=user_id)
    if workspace is None or membership is None:
        raise Refused(Code.NOT_FOUND)
    if membership.role != "admin":
        message = f"This needs the role admin in the workspace; yours is {membership.role}. Ask an admin of it."
        raise Refused(Code.FORBIDDEN, message, reason=f"role {membership.role} < admin")
    return workspace


def _derived(name: str) -> str:
    """A slug from a name, with random letters behind it so that it is free."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: SLUG_MAX - 7].strip("-")
    return f"{words or 'workspace'}-{secrets.token_hex(3)}"

"""What Clerk tells by itself (``user.*`` webhooks): addresses and names that change, people who are gone.

Deliveries come late, twice and out of order (docs.svix.com, "Retries"), so each is judged by Clerk's own time: an older
word never undoes a newer one, and nobody comes back.
"""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from onepin.server.audit import SYSTEM, Action, record
from onepin.server.clock import Clock
from onepin.server.ids import user_id
from onepin.server.members import end_membership
from onepin.server.people import Person, fit_email, fit_image, fit_text
from onepin.server.store.device_queries import END_SESSIONS_OF_USER
from onepin.server.store.member_queries import MEMBER, OTHER_ADMINS
from onepin.server.store.people_queries import FORGET_USER, TELL_USER, USER, WORKSPACES_OF_USER
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.workspace_queries import CHANGE_OWNER, LOCK_WORKSPACE

CHANGED = ("user.created", "user.updated")
DELETED = "user.deleted"
Subject = Annotated[str, Field(pattern=r"^user_[\x21-\x7e]{1,250}$")]


class ClerkEvent(BaseModel):
    """The envelope of every event."""

    type: str
    data: dict[str, Any]


class _Verification(BaseModel):
    status: str | None = None


class _Address(BaseModel):
    id: str
    email_address: str
    verification: _Verification | None = None


class ClerkUser(BaseModel):
    """What we read of a changed user (Clerk's Backend API, "User"); there is more."""

    id: Subject
    updated_at: int = Field(ge=0, le=32_503_680_000_000, description="Milliseconds since 1970.")
    primary_email_address_id: str | None = None
    email_addresses: list[_Address] = []
    first_name: str | None = None
    last_name: str | None = None
    image_url: str | None = None

    def person(self, issuer: str) -> Person:
        """The person, known by their primary address."""
        primary = [address for address in self.email_addresses if address.id == self.primary_email_address_id]
        email = fit_email(primary[0].email_address.lower()) if primary else None
        proof = primary[0].verification if primary else None
        return Person(
            user_id(issuer, self.id),
            issuer,
            self.id,
            email=email,
            email_verified=email is not None and proof is not None and proof.status == "verified",
            first_name=fit_text(self.first_name, 200),
            last_name=fit_text(self.last_name, 200),
            image_url=fit_image(self.image_url),
        )


class ClerkDeletion(BaseModel):
    """What is left of a deleted user."""

    id: Subject


class ClerkEvents:
    """Follows events of one Clerk instance, ``issuer``."""

    def __init__(self, store: Store, clock: Clock, issuer: str) -> None:
        self._store = store
        self._clock = clock
        self._issuer = issuer

    async def changed(self, user: ClerkUser) -> None:
        """Take over address and names, unless something newer is known. Makes nobody a user: they have to come."""
        person = user.person(self._issuer)

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            told_at = datetime.fromtimestamp(user.updated_at / 1000, UTC)
            before = await tx.one(USER, user_id=person.id)
            told = await tx.one(TELL_USER, **person.said(), created_at=now, updated_at=now, told_at=told_at)
            if told is None or before is None:
                return
            said = person.said()
            changed = sorted(name for name in ("email", "email_verified") if getattr(before, name) != said[name])
            if changed:  # what decides which invites they may accept; names are just names
                await _note(tx, Action.USER_UPDATED, None, person.id, now, {"changed": changed})

        await self._store.write(work)

    async def deleted(self, deletion: ClerkDeletion) -> None:
        """Blank the user, end their sessions and memberships. What they owned goes to the admin who has been there
        longest; where there is none it stays theirs, and so out of reach. The keys they made stay.
        """
        gone = Person(user_id(self._issuer, deletion.id), self._issuer, deletion.id)

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            if await tx.one(FORGET_USER, **gone.said(), created_at=now, updated_at=now, deleted_at=now) is None:
                return
            await _note(tx, Action.USER_DELETED, None, gone.id, now, {})
            await tx.run(END_SESSIONS_OF_USER, user_id=gone.id)
            for workspace_id in await tx.all(WORKSPACES_OF_USER, user_id=gone.id):
                await _leave(tx, workspace_id, gone.id, now)

        await self._store.write(work)


async def _leave(tx: Tx, workspace_id: UUID, user: UUID, now: datetime) -> None:
    workspace = await tx.one(LOCK_WORKSPACE, workspace_id=workspace_id)
    member = await tx.one(MEMBER, workspace_id=workspace_id, user_id=user)
    if workspace is None or member is None:
        return
    await end_membership(tx, SYSTEM, workspace_id, member, now)
    heir = await tx.one(OTHER_ADMINS, workspace_id=workspace_id, user_id=user)
    if workspace.owner_id == user and heir is not None:
        await tx.run(CHANGE_OWNER, workspace_id=workspace_id, user_id=heir)
        details = {"name": workspace.name, "owner_id": {"from": str(user), "to": str(heir)}}
        await _note(tx, Action.WORKSPACE_OWNER_CHANGED, workspace_id, workspace_id, now, details)


async def _note(
    tx: Tx, action: Action, workspace_id: UUID | None, target_id: UUID, now: datetime, details: dict[str, Any]
) -> None:
    await record(tx, action, actor=SYSTEM, at=now, workspace_id=workspace_id, target_id=target_id, details=details)

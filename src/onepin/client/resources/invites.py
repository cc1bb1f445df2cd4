"""``client.invites``: how people come into a workspace."""

from functools import cached_property
from uuid import UUID

from onepin.client import people_calls as calls
from onepin.client.models import CreatedInvite
from onepin.client.secret import Secret
from onepin.client.sending import AsyncSending, Sending, raw_answer, raw_answer_async
from onepin.contract.members import Invite, InviteAccepted
from onepin.contract.workspaces import Role


class Invites:
    """Invites to a workspace. All but accepting needs the role admin."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawInvites":
        """The same methods; they return the answer with status, headers and request id. Secrets in it are plain."""
        return RawInvites(Invites(self._send.raw()))

    def create(self, workspace_id: str | UUID, *, email: str, role: Role) -> CreatedInvite:
        """Invite an e-mail address. No mail is sent: hand ``invite.link.reveal()`` to the person.

        A lost answer is not asked for again. If that happens, revoke the invite (``members.list`` shows it) and make
        another.

        Args:
            workspace_id: Which workspace.
            email: The address that the person signs in with.
            role: ``admin``, ``editor`` or ``viewer``.

        Raises:
            OnePinConflictError: there is a pending invite for the address, or it is a member's.
            OnePinNotFoundError: there is no such workspace, or you are no admin of it.
        """
        return self._send.data(calls.create_invite(workspace_id, email=email, role=role))

    def update(self, workspace_id: str | UUID, invite_id: str | UUID, *, role: Role | None = None) -> Invite:
        """Change the role that a pending invite promises.

        Raises:
            OnePinNotFoundError: there is no such invite, or you are no admin.
            OnePinConflictError: the invite is not pending any more.
        """
        return self._send.data(calls.update_invite(workspace_id, invite_id, role=role))

    def revoke(self, workspace_id: str | UUID, invite_id: str | UUID) -> None:
        """Make a pending invite worthless at once.

        Raises:
            OnePinNotFoundError: there is no such invite, or you are no admin.
            OnePinConflictError: it was accepted.
        """
        return self._send.nothing(calls.revoke_invite(workspace_id, invite_id))

    def accept(self, token: str | Secret) -> InviteAccepted:
        """Join the workspace that an invite is for; the token is the end of its link.

        Raises:
            OnePinAuthError: the invite is for another e-mail address than the verified one you signed in with.
            OnePinNotFoundError: there is no such invite.
            OnePinAPIError: 410: it was accepted or revoked, or is too old.
        """
        return self._send.data(calls.accept_invite(token))


class AsyncInvites:
    """As ``Invites``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawInvites":
        """The same methods; they return the answer with status, headers and request id. Secrets in it are plain."""
        return AsyncRawInvites(AsyncInvites(self._send.raw()))

    async def create(self, workspace_id: str | UUID, *, email: str, role: Role) -> CreatedInvite:
        """As ``Invites.create``."""
        return await self._send.data(calls.create_invite(workspace_id, email=email, role=role))

    async def update(self, workspace_id: str | UUID, invite_id: str | UUID, *, role: Role | None = None) -> Invite:
        """As ``Invites.update``."""
        return await self._send.data(calls.update_invite(workspace_id, invite_id, role=role))

    async def revoke(self, workspace_id: str | UUID, invite_id: str | UUID) -> None:
        """As ``Invites.revoke``."""
        return await self._send.nothing(calls.revoke_invite(workspace_id, invite_id))

    async def accept(self, token: str | Secret) -> InviteAccepted:
        """As ``Invites.accept``."""
        return await self._send.data(calls.accept_invite(token))


class RawInvites:
    """``Invites`` with raw answers."""

    def __init__(self, invites: Invites) -> None:
        self.create = raw_answer(invites.create)
        self.update = raw_answer(invites.update)
        self.revoke = raw_answer(invites.revoke)
        self.accept = raw_answer(invites.accept)


class AsyncRawInvites:
    """``AsyncInvites`` with raw answers."""

    def __init__(self, invites: AsyncInvites) -> None:
        self.create = raw_answer_async(invites.create)
        self.update = raw_answer_async(invites.update)
        self.revoke = raw_answer_async(invites.revoke)
        self.accept = raw_answer_async(invites.accept)

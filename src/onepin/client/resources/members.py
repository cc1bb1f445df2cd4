"""``client.members``: the people of a workspace."""

from functools import cached_property
from uuid import UUID

from onepin.client import people_calls as calls
from onepin.client.pages import AsyncCountedPage, Coming, CountedPage
from onepin.client.sending import AsyncSending, Sending, raw_answer, raw_answer_async
from onepin.contract.members import WorkspaceMember
from onepin.contract.workspaces import Role


class Members:
    """The people of a workspace. Changing them needs the role admin."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawMembers":
        """The same methods; they return the answer with status, headers and request id."""
        return RawMembers(Members(self._send.raw()))

    def list(self, workspace_id: str | UUID) -> CountedPage[WorkspaceMember]:
        """You, the admins, the others, and those whose invite is pending (``status`` is ``invited``).

        Raises:
            OnePinNotFoundError: there is no such workspace, or you are not in it.
        """
        return self._send.pages(calls.list_members(workspace_id))

    def update(self, workspace_id: str | UUID, member_id: str | UUID, *, role: Role | None = None) -> WorkspaceMember:
        """Give a member another role: ``admin``, ``editor`` or ``viewer``.

        Raises:
            OnePinNotFoundError: there is no such member, or you are no admin.
            OnePinConflictError: the owner and the last admin stay admins.
        """
        return self._send.data(calls.update_member(workspace_id, member_id, role=role))

    def remove(self, workspace_id: str | UUID, member_id: str | UUID) -> None:
        """End a membership at once. The keys that the member made stay.

        Raises:
            OnePinNotFoundError: there is no such member, or you are no admin.
            OnePinConflictError: the owner and the last admin stay.
        """
        return self._send.nothing(calls.remove_member(workspace_id, member_id))


class AsyncMembers:
    """As ``Members``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawMembers":
        """The same methods; they return the answer with status, headers and request id."""
        return AsyncRawMembers(AsyncMembers(self._send.raw()))

    def list(self, workspace_id: str | UUID) -> Coming[AsyncCountedPage[WorkspaceMember], WorkspaceMember]:
        """As ``Members.list``: ``await`` it, or ``async for`` over it."""
        return self._send.pages(calls.list_members(workspace_id))

    async def update(
        self, workspace_id: str | UUID, member_id: str | UUID, *, role: Role | None = None
    ) -> WorkspaceMember:
        """As ``Members.update``."""
        return await self._send.data(calls.update_member(workspace_id, member_id, role=role))

    async def remove(self, workspace_id: str | UUID, member_id: str | UUID) -> None:
        """As ``Members.remove``."""
        return await self._send.nothing(calls.remove_member(workspace_id, member_id))


class RawMembers:
    """``Members`` with raw answers."""

    def __init__(self, members: Members) -> None:
        self.list = raw_answer(members.list)
        self.update = raw_answer(members.update)
        self.remove = raw_answer(members.remove)


class AsyncRawMembers:
    """``AsyncMembers`` with raw answers."""

    def __init__(self, members: AsyncMembers) -> None:
        self.list = raw_answer_async(members.list)
        self.update = raw_answer_async(members.update)
        self.remove = raw_answer_async(members.remove)

"""Members, invites and settings by the names of the published client (``workspace_members``, ``workspace``)."""

from functools import cached_property

from onepin.client import calls, people_calls
from onepin.client.calls import Id
from onepin.client.published import RequestOptions, with_options
from onepin.client.sending import AsyncSending, Sending, raw_envelope, raw_envelope_async
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel
from onepin.contract.members import Invite, InviteAccepted, InviteCreated, WorkspaceMember
from onepin.contract.workspaces import Role, WorkspaceSettings


class WorkspaceMembers:
    """Operations on one workspace, as the published client groups them."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawWorkspaceMembers":
        """The same methods; they return the answer with status and headers."""
        return RawWorkspaceMembers(WorkspaceMembers(self._send.raw()))

    def list_members(
        self, ws_id: Id, *, request_options: RequestOptions | None = None
    ) -> ListEnvelope[WorkspaceMember]:
        """As ``members.list``."""
        call = people_calls.list_members(ws_id)
        return self._send.whole(with_options(call, request_options))

    def update_member_role(
        self, ws_id: Id, member_id: Id, *, role: Role, request_options: RequestOptions | None = None
    ) -> Envelope[WorkspaceMember]:
        """As ``members.update``."""
        call = people_calls.update_member(ws_id, member_id, role=role)
        return self._send.whole(with_options(call, request_options))

    def remove_member(
        self, ws_id: Id, member_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WireModel]:
        """As ``members.remove``."""
        call = people_calls.remove_member(ws_id, member_id)
        return self._send.whole(with_options(call, request_options))

    def create_invite(
        self, ws_id: Id, *, email: str, role: Role, request_options: RequestOptions | None = None
    ) -> Envelope[InviteCreated]:
        """As ``invites.create``; token and link are plain text, though not in ``repr``."""
        call = people_calls.create_invite(ws_id, email=email, role=role).read_as(Envelope[InviteCreated])
        return self._send.whole(with_options(call, request_options))

    def update_invite_role(
        self, ws_id: Id, invite_id: Id, *, role: Role, request_options: RequestOptions | None = None
    ) -> Envelope[Invite]:
        """As ``invites.update``."""
        call = people_calls.update_invite(ws_id, invite_id, role=role)
        return self._send.whole(with_options(call, request_options))

    def revoke_invite(
        self, ws_id: Id, invite_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WireModel]:
        """As ``invites.revoke``."""
        call = people_calls.revoke_invite(ws_id, invite_id)
        return self._send.whole(with_options(call, request_options))

    def accept_invite(self, token: str, *, request_options: RequestOptions | None = None) -> Envelope[InviteAccepted]:
        """As ``invites.accept``."""
        call = people_calls.accept_invite(token)
        return self._send.whole(with_options(call, request_options))


class WorkspaceInfo:
    """Operations on one workspace, as the published client groups them."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawWorkspaceInfo":
        """The same methods; they return the answer with status and headers."""
        return RawWorkspaceInfo(WorkspaceInfo(self._send.raw()))

    def get_workspace_settings(
        self, ws_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WorkspaceSettings]:
        """As ``workspaces.settings``."""
        call = calls.workspace_settings(ws_id)
        return self._send.whole(with_options(call, request_options))


class AsyncWorkspaceMembers:
    """As ``WorkspaceMembers``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawWorkspaceMembers":
        """The same methods; they return the answer with status and headers."""
        return AsyncRawWorkspaceMembers(AsyncWorkspaceMembers(self._send.raw()))

    async def list_members(
        self, ws_id: Id, *, request_options: RequestOptions | None = None
    ) -> ListEnvelope[WorkspaceMember]:
        """As ``WorkspaceMembers.list_members``."""
        call = people_calls.list_members(ws_id)
        return await self._send.whole(with_options(call, request_options))

    async def update_member_role(
        self, ws_id: Id, member_id: Id, *, role: Role, request_options: RequestOptions | None = None
    ) -> Envelope[WorkspaceMember]:
        """As ``WorkspaceMembers.update_member_role``."""
        call = people_calls.update_member(ws_id, member_id, role=role)
        return await self._send.whole(with_options(call, request_options))

    async def remove_member(
        self, ws_id: Id, member_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WireModel]:
        """As ``WorkspaceMembers.remove_member``."""
        call = people_calls.remove_member(ws_id, member_id)
        return await self._send.whole(with_options(call, request_options))

    async def create_invite(
        self, ws_id: Id, *, email: str, role: Role, request_options: RequestOptions | None = None
    ) -> Envelope[InviteCreated]:
        """As ``WorkspaceMembers.create_invite``."""
        call = people_calls.create_invite(ws_id, email=email, role=role).read_as(Envelope[InviteCreated])
        return await self._send.whole(with_options(call, request_options))

    async def update_invite_role(
        self, ws_id: Id, invite_id: Id, *, role: Role, request_options: RequestOptions | None = None
    ) -> Envelope[Invite]:
        """As ``WorkspaceMembers.update_invite_role``."""
        call = people_calls.update_invite(ws_id, invite_id, role=role)
        return await self._send.whole(with_options(call, request_options))

    async def revoke_invite(
        self, ws_id: Id, invite_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WireModel]:
        """As ``WorkspaceMembers.revoke_invite``."""
        call = people_calls.revoke_invite(ws_id, invite_id)
        return await self._send.whole(with_options(call, request_options))

    async def accept_invite(
        self, token: str, *, request_options: RequestOptions | None = None
    ) -> Envelope[InviteAccepted]:
        """As ``WorkspaceMembers.accept_invite``."""
        call = people_calls.accept_invite(token)
        return await self._send.whole(with_options(call, request_options))


class AsyncWorkspaceInfo:
    """As ``WorkspaceInfo``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawWorkspaceInfo":
        """The same methods; they return the answer with status and headers."""
        return AsyncRawWorkspaceInfo(AsyncWorkspaceInfo(self._send.raw()))

    async def get_workspace_settings(
        self, ws_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WorkspaceSettings]:
        """As ``WorkspaceInfo.get_workspace_settings``."""
        call = calls.workspace_settings(ws_id)
        return await self._send.whole(with_options(call, request_options))


class RawWorkspaceMembers:
    """``WorkspaceMembers`` with raw answers."""

    def __init__(self, people: WorkspaceMembers) -> None:
        self.list_members = raw_envelope(people.list_members)
        self.update_member_role = raw_envelope(people.update_member_role)
        self.remove_member = raw_envelope(people.remove_member)
        self.create_invite = raw_envelope(people.create_invite)
        self.update_invite_role = raw_envelope(people.update_invite_role)
        self.revoke_invite = raw_envelope(people.revoke_invite)
        self.accept_invite = raw_envelope(people.accept_invite)


class RawWorkspaceInfo:
    """``WorkspaceInfo`` with raw answers."""

    def __init__(self, info: WorkspaceInfo) -> None:
        self.get_workspace_settings = raw_envelope(info.get_workspace_settings)


class AsyncRawWorkspaceMembers:
    """``AsyncWorkspaceMembers`` with raw answers."""

    def __init__(self, people: AsyncWorkspaceMembers) -> None:
        self.list_members = raw_envelope_async(people.list_members)
        self.update_member_role = raw_envelope_async(people.update_member_role)
        self.remove_member = raw_envelope_async(people.remove_member)
        self.create_invite = raw_envelope_async(people.create_invite)
        self.update_invite_role = raw_envelope_async(people.update_invite_role)
        self.revoke_invite = raw_envelope_async(people.revoke_invite)
        self.accept_invite = raw_envelope_async(people.accept_invite)


class AsyncRawWorkspaceInfo:
    """``AsyncWorkspaceInfo`` with raw answers."""

    def __init__(self, info: AsyncWorkspaceInfo) -> None:
        self.get_workspace_settings = raw_envelope_async(info.get_workspace_settings)

"""Workspaces and their activity by the names of the published client."""

from onepin.client import calls
from onepin.client.calls import Id
from onepin.client.published import RequestOptions, with_options
from onepin.client.sending import AsyncSending, Sending
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel
from onepin.contract.usage import ActivityEvent, FeedEnvelope
from onepin.contract.workspaces import Workspace


class PublishedWorkspaces:
    """Workspaces by their published names."""

    _send: Sending

    def list_workspaces(
        self, *, offset: int | None = None, limit: int | None = None, request_options: RequestOptions | None = None
    ) -> ListEnvelope[Workspace]:
        """One page of workspaces."""
        call = calls.list_workspaces(limit=limit, offset=offset)
        return self._send.whole(with_options(call, request_options))

    def create_workspace(
        self,
        *,
        name: str,
        slug: str | None = None,
        color_idx: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[Workspace]:
        """As ``create``."""
        call = calls.create_workspace(name=name, slug=slug, color_idx=color_idx)
        return self._send.whole(with_options(call, request_options))

    def get_workspace(self, workspace_id: Id, *, request_options: RequestOptions | None = None) -> Envelope[Workspace]:
        """As ``get``."""
        call = calls.get_workspace(workspace_id)
        return self._send.whole(with_options(call, request_options))

    def update_workspace(
        self,
        workspace_id: Id,
        *,
        name: str | None = None,
        slug: str | None = None,
        color_idx: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[Workspace]:
        """As ``update``."""
        call = calls.update_workspace(workspace_id, name=name, slug=slug, color_idx=color_idx)
        return self._send.whole(with_options(call, request_options))

    def delete_workspace(
        self, workspace_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WireModel]:
        """As ``delete``."""
        call = calls.delete_workspace(workspace_id)
        return self._send.whole(with_options(call, request_options))


class PublishedUsage:
    """Usage by their published names."""

    _send: Sending

    def usage_activity(
        self,
        *,
        limit: int | None = None,
        cursor: Id | None = None,
        workspace_id: Id | None = None,
        request_options: RequestOptions | None = None,
    ) -> FeedEnvelope[ActivityEvent]:
        """One page of the audit log; ``pagination.cursor`` leads to the next."""
        call = calls.usage_activity(limit=limit, cursor=cursor, action=None, target_id=None)
        return self._send.whole(with_options(call, request_options, workspace_id))


class AsyncPublishedWorkspaces:
    """Workspaces by their published names, asynchronous."""

    _send: AsyncSending

    async def list_workspaces(
        self, *, offset: int | None = None, limit: int | None = None, request_options: RequestOptions | None = None
    ) -> ListEnvelope[Workspace]:
        """As ``PublishedWorkspaces.list_workspaces``."""
        call = calls.list_workspaces(limit=limit, offset=offset)
        return await self._send.whole(with_options(call, request_options))

    async def create_workspace(
        self,
        *,
        name: str,
        slug: str | None = None,
        color_idx: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[Workspace]:
        """As ``PublishedWorkspaces.create_workspace``."""
        call = calls.create_workspace(name=name, slug=slug, color_idx=color_idx)
        return await self._send.whole(with_options(call, request_options))

    async def get_workspace(
        self, workspace_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[Workspace]:
        """As ``PublishedWorkspaces.get_workspace``."""
        call = calls.get_workspace(workspace_id)
        return await self._send.whole(with_options(call, request_options))

    async def update_workspace(
        self,
        workspace_id: Id,
        *,
        name: str | None = None,
        slug: str | None = None,
        color_idx: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[Workspace]:
        """As ``PublishedWorkspaces.update_workspace``."""
        call = calls.update_workspace(workspace_id, name=name, slug=slug, color_idx=color_idx)
        return await self._send.whole(with_options(call, request_options))

    async def delete_workspace(
        self, workspace_id: Id, *, request_options: RequestOptions | None = None
    ) -> Envelope[WireModel]:
        """As ``PublishedWorkspaces.delete_workspace``."""
        call = calls.delete_workspace(workspace_id)
        return await self._send.whole(with_options(call, request_options))


class AsyncPublishedUsage:
    """Usage by their published names, asynchronous."""

    _send: AsyncSending

    async def usage_activity(
        self,
        *,
        limit: int | None = None,
        cursor: Id | None = None,
        workspace_id: Id | None = None,
        request_options: RequestOptions | None = None,
    ) -> FeedEnvelope[ActivityEvent]:
        """As ``PublishedUsage.usage_activity``."""
        call = calls.usage_activity(limit=limit, cursor=cursor, action=None, target_id=None)
        return await self._send.whole(with_options(call, request_options, workspace_id))

"""``client.workspaces``: the homes of keys and of the people who manage them."""

from functools import cached_property
from uuid import UUID

from onepin.client import calls
from onepin.client.pages import AsyncCountedPage, Coming, CountedPage
from onepin.client.resources.published_workspaces import AsyncPublishedWorkspaces, PublishedWorkspaces
from onepin.client.sending import AsyncSending, Sending, raw_answer, raw_answer_async, raw_envelope, raw_envelope_async
from onepin.contract.workspaces import SlugAvailability, Workspace, WorkspaceSettings


class Workspaces(PublishedWorkspaces):
    """Workspaces. All but reading needs a session: a token, not an API key."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawWorkspaces":
        """The same methods; they return the answer with status, headers and request id."""
        return RawWorkspaces(Workspaces(self._send.raw()))

    def list(self, *, limit: int | None = None, offset: int | None = None) -> CountedPage[Workspace]:
        """The workspaces you are a member of, newest first; for an API key its own. Iterating goes over all pages.

        Args:
            limit: Workspaces on a page, 1–100; 20 unless given.
            offset: How many to skip.
        """
        return self._send.pages(calls.list_workspaces(limit=limit, offset=offset))

    def create(self, *, name: str, slug: str | None = None, color_idx: int | None = None) -> Workspace:
        """Make a workspace; you become its owner and admin.

        Args:
            name: 1–200 characters.
            slug: Its name in addresses: 1–50 lower-case letters, digits, hyphens. Made from the name unless given.
            color_idx: Which of seven colours, 0–6.

        Raises:
            OnePinConflictError: another workspace has the slug.
            OnePinValidationError: a value can't be right.
        """
        return self._send.data(calls.create_workspace(name=name, slug=slug, color_idx=color_idx))

    def get(self, workspace_id: str | UUID) -> Workspace:
        """One workspace.

        Raises:
            OnePinNotFoundError: there is none of that id, or you are not in it.
        """
        return self._send.data(calls.get_workspace(workspace_id))

    def update(
        self,
        workspace_id: str | UUID,
        *,
        name: str | None = None,
        slug: str | None = None,
        color_idx: int | None = None,
    ) -> Workspace:
        """Change what is given. Needs the role admin.

        Raises:
            OnePinNotFoundError: there is none of that id, or you are no admin of it.
            OnePinConflictError: another workspace has the slug.
        """
        return self._send.data(calls.update_workspace(workspace_id, name=name, slug=slug, color_idx=color_idx))

    def delete(self, workspace_id: str | UUID) -> None:
        """Delete a workspace and revoke its keys at once. Only its owner can, and it does not come back.

        Raises:
            OnePinNotFoundError: there is none of that id, or you are not its owner.
        """
        return self._send.nothing(calls.delete_workspace(workspace_id))

    def settings(self, workspace_id: str | UUID) -> WorkspaceSettings:
        """What the workspace prefers: language and theme.

        Raises:
            OnePinNotFoundError: there is none of that id, or you are not in it.
        """
        return self._send.data(calls.workspace_settings(workspace_id))

    def slug_available(self, slug: str) -> SlugAvailability:
        """Whether a slug can be taken, and if not, why."""
        return self._send.data(calls.slug_available(slug))


class AsyncWorkspaces(AsyncPublishedWorkspaces):
    """As ``Workspaces``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawWorkspaces":
        """The same methods; they return the answer with status, headers and request id."""
        return AsyncRawWorkspaces(AsyncWorkspaces(self._send.raw()))

    def list(
        self, *, limit: int | None = None, offset: int | None = None
    ) -> Coming[AsyncCountedPage[Workspace], Workspace]:
        """As ``Workspaces.list``: ``await`` the first page, or ``async for`` over all."""
        return self._send.pages(calls.list_workspaces(limit=limit, offset=offset))

    async def create(self, *, name: str, slug: str | None = None, color_idx: int | None = None) -> Workspace:
        """As ``Workspaces.create``."""
        return await self._send.data(calls.create_workspace(name=name, slug=slug, color_idx=color_idx))

    async def get(self, workspace_id: str | UUID) -> Workspace:
        """As ``Workspaces.get``."""
        return await self._send.data(calls.get_workspace(workspace_id))

    async def update(
        self,
        workspace_id: str | UUID,
        *,
        name: str | None = None,
        slug: str | None = None,
        color_idx: int | None = None,
    ) -> Workspace:
        """As ``Workspaces.update``."""
        return await self._send.data(calls.update_workspace(workspace_id, name=name, slug=slug, color_idx=color_idx))

    async def delete(self, workspace_id: str | UUID) -> None:
        """As ``Workspaces.delete``."""
        return await self._send.nothing(calls.delete_workspace(workspace_id))

    async def settings(self, workspace_id: str | UUID) -> WorkspaceSettings:
        """As ``Workspaces.settings``."""
        return await self._send.data(calls.workspace_settings(workspace_id))

    async def slug_available(self, slug: str) -> SlugAvailability:
        """As ``Workspaces.slug_available``."""
        return await self._send.data(calls.slug_available(slug))


class RawWorkspaces:
    """``Workspaces`` with raw answers."""

    def __init__(self, workspaces: Workspaces) -> None:
        self.list = raw_answer(workspaces.list)
        self.create = raw_answer(workspaces.create)
        self.get = raw_answer(workspaces.get)
        self.update = raw_answer(workspaces.update)
        self.delete = raw_answer(workspaces.delete)
        self.settings = raw_answer(workspaces.settings)
        self.slug_available = raw_answer(workspaces.slug_available)
        self.list_workspaces = raw_envelope(workspaces.list_workspaces)
        self.create_workspace = raw_envelope(workspaces.create_workspace)
        self.get_workspace = raw_envelope(workspaces.get_workspace)
        self.update_workspace = raw_envelope(workspaces.update_workspace)
        self.delete_workspace = raw_envelope(workspaces.delete_workspace)


class AsyncRawWorkspaces:
    """``AsyncWorkspaces`` with raw answers."""

    def __init__(self, workspaces: AsyncWorkspaces) -> None:
        self.list = raw_answer_async(workspaces.list)
        self.create = raw_answer_async(workspaces.create)
        self.get = raw_answer_async(workspaces.get)
        self.update = raw_answer_async(workspaces.update)
        self.delete = raw_answer_async(workspaces.delete)
        self.settings = raw_answer_async(workspaces.settings)
        self.slug_available = raw_answer_async(workspaces.slug_available)
        self.list_workspaces = raw_envelope_async(workspaces.list_workspaces)
        self.create_workspace = raw_envelope_async(workspaces.create_workspace)
        self.get_workspace = raw_envelope_async(workspaces.get_workspace)
        self.update_workspace = raw_envelope_async(workspaces.update_workspace)
        self.delete_workspace = raw_envelope_async(workspaces.delete_workspace)

"""``AsyncOnePinClient``: ``client`` once more, awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from onepin.client.configured import Configured, asked
from onepin.client.connections import AsyncConnections, NoAnswer
from onepin.client.device_session import DeviceSession
from onepin.client.secret import Secret
from onepin.client.settings import MAX_RETRIES

if TYPE_CHECKING:
    from onepin.client.calls import Call
    from onepin.client.exchange import Result
    from onepin.client.resources.async_api_keys import AsyncApiKeys
    from onepin.client.resources.auth import AsyncAuth
    from onepin.client.resources.invites import AsyncInvites
    from onepin.client.resources.members import AsyncMembers
    from onepin.client.resources.published_members import AsyncWorkspaceInfo, AsyncWorkspaceMembers
    from onepin.client.resources.usage import AsyncUsage
    from onepin.client.resources.workspaces import AsyncWorkspaces
    from onepin.client.sending import AsyncSending
    from onepin.contract.envelopes import WireModel

    E = TypeVar("E", bound=WireModel)


class AsyncOnePinClient(Configured[AsyncConnections]):
    """As ``OnePinClient``, for asyncio: the same methods, awaited. Use it with ``async with``, or call ``aclose``.

    Args:
        api_key: As for ``OnePinClient``; a function may also be asynchronous.
        token: As for ``OnePinClient``; a function may also be asynchronous.
        base_url: As for ``OnePinClient``.
        workspace_id: As for ``OnePinClient``.
        timeout: As for ``OnePinClient``.
        max_retries: As for ``OnePinClient``.
        http_client: An ``httpx2.AsyncClient`` (or ``httpx.AsyncClient``) of yours.
        profile: As for ``OnePinClient``.

    Raises:
        OnePinConfigurationError: there is no address, or something given can't be right.
    """

    def __init__(
        self,
        *,
        api_key: str | Secret | Callable[[], str | Secret | Awaitable[str | Secret]] | None = None,
        token: str | Secret | Callable[[], str | Secret | Awaitable[str | Secret]] | DeviceSession | None = None,
        base_url: str | None = None,
        workspace_id: str | UUID | None = None,
        timeout: float | None = None,
        max_retries: int = MAX_RETRIES,
        http_client: Any | None = None,
        profile: str | None = None,
    ) -> None:
        super().__init__(
            api_key=api_key,
            token=token,
            base_url=base_url,
            workspace_id=workspace_id,
            timeout=timeout,
            max_retries=max_retries,
            connections=AsyncConnections(http_client),
            profile=profile,
        )

    @cached_property
    def api_keys(self) -> "AsyncApiKeys":
        """API keys: create, list, get, update, pause, resume, revoke, rotate, usage, verify."""
        from onepin.client.resources.async_api_keys import AsyncApiKeys

        return AsyncApiKeys(self._sending)

    @cached_property
    def auth(self) -> "AsyncAuth":
        """Who is calling: whoami; devices that are signed in: sessions; signing one in: device."""
        from onepin.client.resources.auth import AsyncAuth

        return AsyncAuth(self._sending)

    @cached_property
    def workspaces(self) -> "AsyncWorkspaces":
        """Workspaces: list, create, get, update, delete, settings, slug_available."""
        from onepin.client.resources.workspaces import AsyncWorkspaces

        return AsyncWorkspaces(self._sending)

    @cached_property
    def members(self) -> "AsyncMembers":
        """The people of a workspace: list, update, remove."""
        from onepin.client.resources.members import AsyncMembers

        return AsyncMembers(self._sending)

    @cached_property
    def invites(self) -> "AsyncInvites":
        """Invites to a workspace: create, update, revoke, accept."""
        from onepin.client.resources.invites import AsyncInvites

        return AsyncInvites(self._sending)

    @cached_property
    def workspace_members(self) -> "AsyncWorkspaceMembers":
        """``members`` and ``invites`` by the names of the published client."""
        from onepin.client.resources.published_members import AsyncWorkspaceMembers

        return AsyncWorkspaceMembers(self._sending)

    @cached_property
    def workspace(self) -> "AsyncWorkspaceInfo":
        """``workspaces.settings`` by the name of the published client."""
        from onepin.client.resources.published_members import AsyncWorkspaceInfo

        return AsyncWorkspaceInfo(self._sending)

    @cached_property
    def usage(self) -> "AsyncUsage":
        """How much the keys of a workspace are used, and what happened in it."""
        from onepin.client.resources.usage import AsyncUsage

        return AsyncUsage(self._sending)

    async def aclose(self) -> None:
        """End the connections of this event loop. The client can still be used: it opens new ones."""
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def _sending(self) -> "AsyncSending":
        from onepin.client.sending import AsyncSending

        return AsyncSending(self._exchange)

    async def _exchange(self, call: "Call[E]") -> "Result[E]":
        from onepin.client.exchange import Exchange

        exchange = Exchange(call, self._settings)
        while exchange.result is None:
            attempt = exchange.attempt(None if call.anonymous else await self._credential())
            try:
                wait = exchange.answered(await self._connections.ask(attempt))
            except NoAnswer as none:
                wait = exchange.failed(none.fault)
            if wait is not None:
                await asyncio.sleep(wait)
        return exchange.result

    async def _credential(self) -> Secret | None:
        given = self._settings.credential
        if given is None or isinstance(given, Secret):
            return given
        if isinstance(given, DeviceSession):
            return await given.token_async(self._exchange)
        text = given()
        return asked(await text if isinstance(text, Awaitable) else text)

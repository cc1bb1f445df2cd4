"""``OnePinClient`` and ``AsyncOnePinClient``: the only place of the SDK that sends, waits and asks for credentials."""

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from onepin.client.secret import Secret
from onepin.client.settings import MAX_RETRIES, Settings, Timeout, checked_credential, checked_workspace, resolve

if TYPE_CHECKING:
    from onepin.client.calls import Call
    from onepin.client.connections import AsyncConnections, Connections
    from onepin.client.exchange import Result
    from onepin.client.resources.api_keys import ApiKeys, AsyncApiKeys
    from onepin.client.resources.auth import AsyncAuth, Auth
    from onepin.client.resources.usage import AsyncUsage, Usage
    from onepin.client.resources.workspaces import AsyncWorkspaces, Workspaces
    from onepin.client.sending import AsyncSending, Sending
    from onepin.contract.envelopes import WireModel

    E = TypeVar("E", bound=WireModel)

C = TypeVar("C", bound="_Client")


class _Client:
    """What the two clients have in common: their settings."""

    def __init__(
        self,
        *,
        api_key: "str | Secret | Callable[[], Any] | None",
        token: "str | Secret | Callable[[], Any] | None",
        base_url: str | None,
        workspace_id: str | UUID | None,
        timeout: float | None,
        max_retries: int,
        http_client: Any | None,
        profile: str | None,
    ) -> None:
        self._settings: Settings = resolve(
            api_key=api_key,
            token=token,
            base_url=base_url,
            workspace_id=workspace_id,
            timeout=timeout,
            max_retries=max_retries,
            profile=profile,
        )
        self._http_client = http_client

    @property
    def base_url(self) -> str:
        """The server's address, without a slash at its end."""
        return self._settings.base_url

    @property
    def workspace_id(self) -> str | None:
        """The workspace that calls are made in; None: the personal one, or the API key's own."""
        return self._settings.workspace_id

    def with_options(
        self,
        *,
        workspace_id: str | UUID | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Self:
        """A client over the same connections with other settings; what is not given stays.

        Raises:
            OnePinConfigurationError: a value can't be right.
        """
        changes: dict[str, Any] = {}
        if workspace_id is not None:
            changes["workspace_id"] = checked_workspace(workspace_id)
        if timeout is not None:
            changes["timeout"] = Timeout.of(timeout)
        if max_retries is not None:
            changes["max_retries"] = max_retries
        self._connections  # noqa: B018 - made now, so that both have the same ones
        other = copy.copy(self)
        for name in ("api_keys", "auth", "usage", "workspaces"):
            other.__dict__.pop(name, None)
        other._settings = replace(self._settings, **changes)
        return other

    @cached_property
    def _connections(self) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r}, workspace_id={self.workspace_id!r})"


class OnePinClient(_Client):
    """A client for one server and one caller. Threads may share it; use it with ``with``, or call ``close``.

    What is not given comes from the environment, then from the credentials file (``~/.onepin/credentials``).

    Args:
        api_key: An API key, or a function that returns one (ONEPIN_API_KEY). Managing keys needs ``token`` instead.
        token: A session token of a signed-in person, or a function that returns one (ONEPIN_TOKEN). It is asked before
            every attempt, since session tokens live minutes.
        base_url: The server's address, as ``https://keys.example.com`` (ONEPIN_BASE_URL).
        workspace_id: The workspace to work in (ONEPIN_WORKSPACE_ID); without, your personal one.
        timeout: Seconds to wait for the next byte of an answer; 30 unless given. Connecting gets 5 at most.
        max_retries: How often a call is tried again where that is safe; 0 or more.
        http_client: An ``httpx2.Client`` (or ``httpx.Client``) of yours, with your proxies and certificates. You close
            it, and its limits are yours: let it keep idle connections for 4 seconds at most.
        profile: Which profile of the credentials file (ONEPIN_PROFILE); ``default`` unless given.

    Raises:
        OnePinConfigurationError: there is no address, or something given can't be right.
    """

    def __init__(
        self,
        *,
        api_key: str | Secret | Callable[[], str | Secret] | None = None,
        token: str | Secret | Callable[[], str | Secret] | None = None,
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
            http_client=http_client,
            profile=profile,
        )

    @cached_property
    def api_keys(self) -> "ApiKeys":
        """API keys: create, list, get, update, pause, resume, revoke, rotate, usage, verify."""
        from onepin.client.resources.api_keys import ApiKeys

        return ApiKeys(self._sending)

    @cached_property
    def auth(self) -> "Auth":
        """Who is calling."""
        from onepin.client.resources.auth import Auth

        return Auth(self._sending)

    @cached_property
    def workspaces(self) -> "Workspaces":
        """Workspaces: list, create, get, update, delete, slug_available."""
        from onepin.client.resources.workspaces import Workspaces

        return Workspaces(self._sending)

    @cached_property
    def usage(self) -> "Usage":
        """How much the keys of a workspace are used, and what happened in it."""
        from onepin.client.resources.usage import Usage

        return Usage(self._sending)

    def close(self) -> None:
        """End the connections. The client can still be used: it opens new ones."""
        if "_connections" in self.__dict__:
            self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _connections(self) -> "Connections":
        from onepin.client.connections import Connections

        return Connections(self._http_client)

    @property
    def _sending(self) -> "Sending":
        from onepin.client.sending import Sending

        return Sending(self._exchange)

    def _exchange(self, call: "Call[E]") -> "Result[E]":
        from onepin.client.connections import NoAnswer
        from onepin.client.exchange import Exchange

        exchange = Exchange(call, self._settings)
        while exchange.result is None:
            attempt = exchange.attempt(self._credential())
            try:
                wait = exchange.answered(self._connections.ask(attempt))
            except NoAnswer as none:
                wait = exchange.failed(none.fault)
            if wait is not None:
                time.sleep(wait)
        return exchange.result

    def _credential(self) -> Secret | None:
        given = self._settings.credential
        if given is None or isinstance(given, Secret):
            return given
        return _asked(given())


class AsyncOnePinClient(_Client):
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
        token: str | Secret | Callable[[], str | Secret | Awaitable[str | Secret]] | None = None,
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
            http_client=http_client,
            profile=profile,
        )

    @cached_property
    def api_keys(self) -> "AsyncApiKeys":
        """API keys: create, list, get, update, pause, resume, revoke, rotate, usage, verify."""
        from onepin.client.resources.api_keys import AsyncApiKeys

        return AsyncApiKeys(self._sending)

    @cached_property
    def auth(self) -> "AsyncAuth":
        """Who is calling."""
        from onepin.client.resources.auth import AsyncAuth

        return AsyncAuth(self._sending)

    @cached_property
    def workspaces(self) -> "AsyncWorkspaces":
        """Workspaces: list, create, get, update, delete, slug_available."""
        from onepin.client.resources.workspaces import AsyncWorkspaces

        return AsyncWorkspaces(self._sending)

    @cached_property
    def usage(self) -> "AsyncUsage":
        """How much the keys of a workspace are used, and what happened in it."""
        from onepin.client.resources.usage import AsyncUsage

        return AsyncUsage(self._sending)

    async def aclose(self) -> None:
        """End the connections of this event loop. The client can still be used: it opens new ones."""
        if "_connections" in self.__dict__:
            await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @cached_property
    def _connections(self) -> "AsyncConnections":
        from onepin.client.connections import AsyncConnections

        return AsyncConnections(self._http_client)

    @property
    def _sending(self) -> "AsyncSending":
        from onepin.client.sending import AsyncSending

        return AsyncSending(self._exchange)

    async def _exchange(self, call: "Call[E]") -> "Result[E]":
        from onepin.client.connections import NoAnswer
        from onepin.client.exchange import Exchange

        exchange = Exchange(call, self._settings)
        while exchange.result is None:
            attempt = exchange.attempt(await self._credential())
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
        text = given()
        return _asked(await text if isinstance(text, Awaitable) else text)


def _asked(text: Any) -> Secret:
    credential = checked_credential(text, "the function given as credential")
    if not isinstance(credential, Secret):
        raise TypeError(f"the function given as credential must return a string, not {type(text).__name__}")
    return credential

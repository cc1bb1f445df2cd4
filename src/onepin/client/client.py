"""``OnePinClient``, and with ``async_client`` the only place of the SDK that sends, waits and asks for credentials."""

import time
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from onepin.client.configured import Configured, asked
from onepin.client.connections import Connections, NoAnswer
from onepin.client.device_session import DeviceSession
from onepin.client.secret import Secret
from onepin.client.settings import MAX_RETRIES

if TYPE_CHECKING:
    from onepin.client.calls import Call
    from onepin.client.exchange import Result
    from onepin.client.resources.api_keys import ApiKeys
    from onepin.client.resources.auth import Auth
    from onepin.client.resources.invites import Invites
    from onepin.client.resources.members import Members
    from onepin.client.resources.published_members import WorkspaceInfo, WorkspaceMembers
    from onepin.client.resources.usage import Usage
    from onepin.client.resources.workspaces import Workspaces
    from onepin.client.sending import Sending
    from onepin.contract.envelopes import WireModel

    E = TypeVar("E", bound=WireModel)


class OnePinClient(Configured[Connections]):
    """A client for one server and one caller. Threads may share it; use it with ``with``, or call ``close``.

    What is not given comes from the environment, then from the credentials file (``~/.onepin/credentials``).

    Args:
        api_key: An API key, or a function that returns one (ONEPIN_API_KEY). Managing keys needs ``token`` instead.
        token: A session token of a signed-in person, or a function that returns one (ONEPIN_TOKEN). It is asked before
            every attempt, since session tokens live minutes. Or a ``DeviceSession``.
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
        token: str | Secret | Callable[[], str | Secret] | DeviceSession | None = None,
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
            connections=Connections(http_client),
            profile=profile,
        )

    @cached_property
    def api_keys(self) -> "ApiKeys":
        """API keys: create, list, get, update, pause, resume, revoke, rotate, usage, verify."""
        from onepin.client.resources.api_keys import ApiKeys

        return ApiKeys(self._sending)

    @cached_property
    def auth(self) -> "Auth":
        """Who is calling: whoami; devices that are signed in: sessions; signing one in: device."""
        from onepin.client.resources.auth import Auth

        return Auth(self._sending)

    @cached_property
    def workspaces(self) -> "Workspaces":
        """Workspaces: list, create, get, update, delete, settings, slug_available."""
        from onepin.client.resources.workspaces import Workspaces

        return Workspaces(self._sending)

    @cached_property
    def members(self) -> "Members":
        """The people of a workspace: list, update, remove."""
        from onepin.client.resources.members import Members

        return Members(self._sending)

    @cached_property
    def invites(self) -> "Invites":
        """Invites to a workspace: create, update, revoke, accept."""
        from onepin.client.resources.invites import Invites

        return Invites(self._sending)

    @cached_property
    def workspace_members(self) -> "WorkspaceMembers":
        """``members`` and ``invites`` by the names of the published client."""
        from onepin.client.resources.published_members import WorkspaceMembers

        return WorkspaceMembers(self._sending)

    @cached_property
    def workspace(self) -> "WorkspaceInfo":
        """``workspaces.settings`` by the name of the published client."""
        from onepin.client.resources.published_members import WorkspaceInfo

        return WorkspaceInfo(self._sending)

    @cached_property
    def usage(self) -> "Usage":
        """How much the keys of a workspace are used, and what happened in it."""
        from onepin.client.resources.usage import Usage

        return Usage(self._sending)

    def close(self) -> None:
        """End the connections. The client can still be used: it opens new ones."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _sending(self) -> "Sending":
        from onepin.client.sending import Sending

        return Sending(self._exchange)

    def _exchange(self, call: "Call[E]") -> "Result[E]":
        from onepin.client.exchange import Exchange

        exchange = Exchange(call, self._settings)
        while exchange.result is None:
            attempt = exchange.attempt(None if call.anonymous else self._credential())
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
        if isinstance(given, DeviceSession):
            return given.token(self._exchange)
        return asked(given())

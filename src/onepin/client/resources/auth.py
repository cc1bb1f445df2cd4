"""``client.auth``: who is calling, and what of device sign-in hangs on it."""

from functools import cached_property
from typing import TYPE_CHECKING

from onepin.client import calls
from onepin.client.models import Caller
from onepin.client.sending import AsyncSending, Sending, raw_answer, raw_answer_async

if TYPE_CHECKING:
    from onepin.client.resources.device import AsyncDevice, Device
    from onepin.client.resources.sessions import AsyncSessions, Sessions


class Auth:
    """Who is calling."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawAuth":
        """The same methods; they return the answer with status, headers and request id."""
        return RawAuth(Auth(self._send.raw()))

    @cached_property
    def sessions(self) -> "Sessions":
        """The devices that are signed in as you: list, revoke."""
        from onepin.client.resources.sessions import Sessions

        return Sessions(self._send)

    @cached_property
    def device(self) -> "Device":
        """Device sign-in: start, token; and its person's side: get, approve, deny."""
        from onepin.client.resources.device import Device

        return Device(self._send)

    def whoami(self) -> Caller:
        """The caller as the server sees it: a person or a key, the workspace, the scopes. Needs no scope.

        Raises:
            OnePinAuthError: the credential is not valid.
        """
        return self._send.data(calls.whoami())


class AsyncAuth:
    """Who is calling."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawAuth":
        """The same methods; they return the answer with status, headers and request id."""
        return AsyncRawAuth(AsyncAuth(self._send.raw()))

    @cached_property
    def sessions(self) -> "AsyncSessions":
        """The devices that are signed in as you: list, revoke."""
        from onepin.client.resources.sessions import AsyncSessions

        return AsyncSessions(self._send)

    @cached_property
    def device(self) -> "AsyncDevice":
        """Device sign-in: start, token; and its person's side: get, approve, deny."""
        from onepin.client.resources.device import AsyncDevice

        return AsyncDevice(self._send)

    async def whoami(self) -> Caller:
        """As ``Auth.whoami``."""
        return await self._send.data(calls.whoami())


class RawAuth:
    """``Auth`` with raw answers."""

    def __init__(self, auth: Auth) -> None:
        self.whoami = raw_answer(auth.whoami)


class AsyncRawAuth:
    """``AsyncAuth`` with raw answers."""

    def __init__(self, auth: AsyncAuth) -> None:
        self.whoami = raw_answer_async(auth.whoami)

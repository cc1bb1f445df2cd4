"""``client.auth.sessions``: the devices that are signed in as you."""

from functools import cached_property
from uuid import UUID

from onepin.client import session_calls as calls
from onepin.client.pages import AsyncCountedPage, Coming, CountedPage
from onepin.client.sending import AsyncSending, Sending, raw_answer, raw_answer_async
from onepin.contract.devices import Session


class Sessions:
    """The devices that are signed in as you."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawSessions":
        """The same methods; they return the answer with status, headers and request id."""
        return RawSessions(Sessions(self._send.raw()))

    def list(self) -> CountedPage[Session]:
        """Your devices, the last used first. ``current`` marks the one that asks, if it is one."""
        return self._send.pages(calls.list_sessions())

    def revoke(self, session_id: str | UUID) -> None:
        """End the session of a device. It gets no more tokens; the last one it has ends within 5 minutes.

        Raises:
            OnePinNotFoundError: you have no such session, or not any more.
        """
        return self._send.nothing(calls.revoke_session(session_id))


class AsyncSessions:
    """As ``Sessions``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawSessions":
        """The same methods; they return the answer with status, headers and request id."""
        return AsyncRawSessions(AsyncSessions(self._send.raw()))

    def list(self) -> Coming[AsyncCountedPage[Session], Session]:
        """As ``Sessions.list``: await it, or iterate over it."""
        return self._send.pages(calls.list_sessions())

    async def revoke(self, session_id: str | UUID) -> None:
        """As ``Sessions.revoke``."""
        return await self._send.nothing(calls.revoke_session(session_id))


class RawSessions:
    """``Sessions`` with raw answers."""

    def __init__(self, sessions: Sessions) -> None:
        self.list = raw_answer(sessions.list)
        self.revoke = raw_answer(sessions.revoke)


class AsyncRawSessions:
    """``AsyncSessions`` with raw answers."""

    def __init__(self, sessions: AsyncSessions) -> None:
        self.list = raw_answer_async(sessions.list)
        self.revoke = raw_answer_async(sessions.revoke)

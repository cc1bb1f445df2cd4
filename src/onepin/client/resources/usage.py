"""``client.usage``: how much the keys of a workspace are used, and what happened in it."""

from functools import cached_property
from uuid import UUID

from onepin.client import calls
from onepin.client.pages import AsyncFeedPage, Coming, FeedPage
from onepin.client.resources.published_workspaces import AsyncPublishedUsage, PublishedUsage
from onepin.client.sending import AsyncSending, Sending, raw_answer, raw_answer_async, raw_envelope, raw_envelope_async
from onepin.contract.usage import ActivityEvent, UsageSummary, Window


class Usage(PublishedUsage):
    """How much the keys of a workspace are used, and what happened in it."""

    def __init__(self, sending: Sending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "RawUsage":
        """The same methods; they return the answer with status, headers and request id."""
        return RawUsage(Usage(self._send.raw()))

    def summary(self, *, window: Window | None = None) -> UsageSummary:
        """The requests of all keys, by what became of them; the keys most used and most refused.

        Args:
            window: How far back: ``1h``, ``24h`` (unless given), ``7d``, ``30d`` or ``12m``.

        Raises:
            OnePinInsufficientScopeError: an API key without ``workspace:read``.
        """
        return self._send.data(calls.usage_summary(window=window))

    def activity(
        self,
        *,
        limit: int | None = None,
        cursor: str | UUID | None = None,
        action: str | None = None,
        target_id: str | UUID | None = None,
    ) -> FeedPage[ActivityEvent]:
        """The events of the audit log, newest first. Iterating goes over all of them, page by page.

        Args:
            limit: Events on a page, 1–100; 20 unless given.
            cursor: Where to begin, as an earlier page says in ``cursor``.
            action: Only events of this action, for instance ``api_key.created``.
            target_id: Only events about this key, workspace or person.

        Raises:
            OnePinInsufficientScopeError: an API key without ``workspace:read``.
        """
        return self._send.feed(calls.usage_activity(limit=limit, cursor=cursor, action=action, target_id=target_id))


class AsyncUsage(AsyncPublishedUsage):
    """How much the keys of a workspace are used, and what happened in it."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawUsage":
        """The same methods; they return the answer with status, headers and request id."""
        return AsyncRawUsage(AsyncUsage(self._send.raw()))

    async def summary(self, *, window: Window | None = None) -> UsageSummary:
        """As ``Usage.summary``."""
        return await self._send.data(calls.usage_summary(window=window))

    def activity(
        self,
        *,
        limit: int | None = None,
        cursor: str | UUID | None = None,
        action: str | None = None,
        target_id: str | UUID | None = None,
    ) -> Coming[AsyncFeedPage[ActivityEvent], ActivityEvent]:
        """As ``Usage.activity``: ``await`` the first page, or ``async for`` over all events."""
        return self._send.feed(calls.usage_activity(limit=limit, cursor=cursor, action=action, target_id=target_id))


class RawUsage:
    """``Usage`` with raw answers."""

    def __init__(self, usage: Usage) -> None:
        self.summary = raw_answer(usage.summary)
        self.activity = raw_answer(usage.activity)
        self.usage_activity = raw_envelope(usage.usage_activity)


class AsyncRawUsage:
    """``AsyncUsage`` with raw answers."""

    def __init__(self, usage: AsyncUsage) -> None:
        self.summary = raw_answer_async(usage.summary)
        self.activity = raw_answer_async(usage.activity)
        self.usage_activity = raw_envelope_async(usage.usage_activity)

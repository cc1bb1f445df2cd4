"""Lists that go on over all pages. ``Walk`` and ``FeedWalk`` know where to go on; the pages after them ask."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, Generic, Protocol, TypeVar, cast

from onepin.client.calls import Call
from onepin.contract.envelopes import ListEnvelope
from onepin.contract.usage import FeedEnvelope

T = TypeVar("T")
Ask = Callable[[Call[Any]], Any]
"""Sends a call and returns its envelope."""
AsyncAsk = Callable[[Call[Any]], Awaitable[Any]]


class _Steps(Protocol[T]):
    def take(self, page: Any, /) -> list[T]:
        """What of a page that was asked for is to be handed out."""

    def next(self) -> Call[Any] | None:
        """What to ask for next; None at the end."""


class Walk(Generic[T]):
    """The way through a counted list that may change while it is read.

    The wire counts from the newest item. When items go (a loop that revokes what it lists), those behind them move
    up, and the page that comes next begins too late: the walk then steps back by as many as the total fell. When
    items come, some that were seen come again and are left out.
    """

    def __init__(self, call: Call[ListEnvelope[T]], total: int) -> None:
        self._call = call
        self._start = self._position = int(call.query.get("offset", 0))
        self._total = total
        self._seen: set[Any] = set()

    def take(self, page: ListEnvelope[T]) -> list[T]:
        """The items of ``page`` that were not seen before; none of them when it began too late."""
        fell, self._total = self._total - page.pagination.total, page.pagination.total
        if fell > 0:
            self._position = max(self._position - fell, self._start)
            return []
        self._position += len(page.data)
        if not page.data:
            self._position = self._total
        fresh = [item for item in page.data if _id(item) not in self._seen]
        self._seen.update(map(_id, fresh))
        return fresh

    def next(self) -> Call[ListEnvelope[T]] | None:
        """The next page, or None behind the last item."""
        return self._call.at(offset=str(self._position)) if self._position < self._total else None


class FeedWalk(Generic[T]):
    """The way through a feed, by cursors: nothing is skipped and nothing comes twice."""

    def __init__(self, call: Call[FeedEnvelope[T]]) -> None:
        self._call = call
        self._cursor: str | None = None

    def take(self, page: FeedEnvelope[T]) -> list[T]:
        """All items of ``page``."""
        self._cursor = page.pagination.cursor
        return page.data

    def next(self) -> Call[FeedEnvelope[T]] | None:
        """The next page, or None after the oldest event."""
        return self._call.at(cursor=self._cursor) if self._cursor else None


class Page(Generic[T]):
    """One page of a list. Iterating goes over its items and those of all pages behind it, asking as it goes.

    Attributes:
        data: The items of this page alone.
        limit: The page size that was applied.
    """

    def __init__(self, call: Call[Any], envelope: Any, ask: Ask) -> None:
        self._call, self._envelope, self._ask = call, envelope, ask
        self.data: list[T] = envelope.data
        self.limit: int = envelope.pagination.limit

    def __iter__(self) -> Iterator[T]:
        steps: _Steps[T] = _steps(self._call, self._envelope)
        yield from steps.take(self._envelope)
        while (call := steps.next()) is not None:
            yield from steps.take(self._ask(call))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.data)} items)"


class CountedPage(Page[T]):
    """A page of a list whose length is known."""

    @property
    def total(self) -> int:
        """How many items match, over all pages, when this page was made."""
        return int(self._envelope.pagination.total)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.data)} of {self.total} items)"


class FeedPage(Page[T]):
    """A page of a feed, whose length is not known."""

    @property
    def cursor(self) -> str | None:
        """Where the next page begins; None on the last."""
        return cast("str | None", self._envelope.pagination.cursor)


class AsyncPage(Generic[T]):
    """As ``Page``, for ``async for``."""

    def __init__(self, call: Call[Any], envelope: Any, ask: AsyncAsk) -> None:
        self._call, self._envelope, self._ask = call, envelope, ask
        self.data: list[T] = envelope.data
        self.limit: int = envelope.pagination.limit

    async def __aiter__(self) -> AsyncIterator[T]:
        steps: _Steps[T] = _steps(self._call, self._envelope)
        for item in steps.take(self._envelope):
            yield item
        while (call := steps.next()) is not None:
            for item in steps.take(await self._ask(call)):
                yield item

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.data)} items)"


class AsyncCountedPage(AsyncPage[T]):
    """As ``CountedPage``, for ``async for``."""

    @property
    def total(self) -> int:
        """How many items match, over all pages, when this page was made."""
        return int(self._envelope.pagination.total)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.data)} of {self.total} items)"


class AsyncFeedPage(AsyncPage[T]):
    """As ``FeedPage``, for ``async for``."""

    @property
    def cursor(self) -> str | None:
        """Where the next page begins; None on the last."""
        return cast("str | None", self._envelope.pagination.cursor)


P = TypeVar("P", bound=AsyncPage[Any])


class Coming(Generic[P, T]):
    """A list that was not asked for yet: ``await`` it for its first page, or go over all of it with ``async for``."""

    def __init__(self, call: Call[Any], ask: AsyncAsk, page: Callable[[Call[Any], Any, AsyncAsk], P]) -> None:
        self._call, self._ask, self._page = call, ask, page

    def __await__(self) -> Generator[Any, Any, P]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self._first():
            yield item

    async def _first(self) -> P:
        return self._page(self._call, await self._ask(self._call), self._ask)


def _steps(call: Call[Any], envelope: Any) -> Any:
    return FeedWalk(call) if isinstance(envelope, FeedEnvelope) else Walk(call, envelope.pagination.total)


def _id(item: Any) -> Any:
    return item.id

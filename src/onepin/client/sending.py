"""Between a resource and the client: what of an answer a method hands out. ``Raw…`` hand out the answer itself."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, cast

from onepin.client.calls import Call
from onepin.client.exchange import Result
from onepin.client.pages import AsyncCountedPage, AsyncFeedPage, AsyncPage, Coming, CountedPage, FeedPage
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel
from onepin.contract.usage import FeedEnvelope

T = TypeVar("T")
E = TypeVar("E", bound=WireModel)
P = ParamSpec("P")
Exchanging = Callable[[Call[Any]], Result[Any]]
AsyncExchanging = Callable[[Call[Any]], Awaitable[Result[Any]]]


class RawResponse(Generic[T]):
    """An answer as it came, and what is made of it. Secrets stand in it in plain text; ``repr`` shows none.

    Attributes:
        status_code: The HTTP status.
        headers: The header fields; names in any case.
        content: The body, byte for byte.
    """

    def __init__(self, result: Result[Any], made: Callable[[Any], T]) -> None:
        self.status_code = result.answer.status
        self.headers: Mapping[str, str] = result.answer.headers
        self.content = result.answer.content
        self._result = result
        self._made = made

    @property
    def request_id(self) -> str | None:
        """What the server's logs call this request."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """The whole body, parsed."""
        return json.loads(self.content)

    @property
    def data(self) -> Any:
        """``data`` of the body, parsed; a secret in it is plain text."""
        return self.json()["data"]

    def parse(self) -> T:
        """What the method returns without ``with_raw_response``."""
        return self._made(self._result.envelope)

    def __repr__(self) -> str:
        return f"RawResponse({self.status_code}, request_id={self.request_id!r})"


class PublishedResponse(Generic[T]):
    """An answer in the form that the published client gives it: ``data`` is the envelope."""

    def __init__(self, result: Result[Any]) -> None:
        self.status_code = result.answer.status
        self.headers = dict(result.answer.headers)
        self.data: T = result.envelope

    def __repr__(self) -> str:
        return f"PublishedResponse({self.status_code})"


class Sending:
    """What a resource of the blocking client calls."""

    def __init__(self, exchange: Exchanging) -> None:
        self._exchange = exchange

    def data(self, call: Call[Envelope[T]]) -> T:
        """The ``data`` of the answer."""
        return cast(T, self._exchange(call).envelope.data)

    def nothing(self, call: Call[Any]) -> None:
        """Nothing: the answer says no more than that it is done."""
        self._exchange(call)

    def whole(self, call: Call[E]) -> E:
        """The answer's envelope."""
        return cast(E, self._exchange(call).envelope)

    def pages(self, call: Call[ListEnvelope[T]]) -> CountedPage[T]:
        """The first page, which leads to the others."""
        return CountedPage(call, self.whole(call), self.whole)

    def feed(self, call: Call[FeedEnvelope[T]]) -> FeedPage[T]:
        """As ``pages``, for a feed."""
        return FeedPage(call, self.whole(call), self.whole)

    def raw(self) -> "RawSending":
        """The same, but answers come out raw."""
        return RawSending(self._exchange)


class RawSending(Sending):
    """Hands out answers as they came. Its types are those of ``Sending``; ``raw_answer`` puts them right."""

    def data(self, call: Call[Envelope[T]]) -> Any:  # noqa: D102
        return RawResponse(self._exchange(call), lambda envelope: envelope.data)

    def nothing(self, call: Call[Any]) -> Any:  # noqa: D102
        return RawResponse(self._exchange(call), lambda envelope: None)

    def whole(self, call: Call[E]) -> Any:  # noqa: D102
        return PublishedResponse[E](self._exchange(call))

    def pages(self, call: Call[ListEnvelope[T]]) -> Any:  # noqa: D102
        plain = Sending(self._exchange)
        return RawResponse(self._exchange(call), lambda envelope: CountedPage(call, envelope, plain.whole))

    def feed(self, call: Call[FeedEnvelope[T]]) -> Any:  # noqa: D102
        plain = Sending(self._exchange)
        return RawResponse(self._exchange(call), lambda envelope: FeedPage(call, envelope, plain.whole))


class AsyncSending:
    """What a resource of the asynchronous client calls."""

    def __init__(self, exchange: AsyncExchanging) -> None:
        self._exchange = exchange

    async def data(self, call: Call[Envelope[T]]) -> T:
        """The ``data`` of the answer."""
        return cast(T, (await self._exchange(call)).envelope.data)

    async def nothing(self, call: Call[Any]) -> None:
        """As ``Sending.nothing``."""
        await self._exchange(call)

    async def whole(self, call: Call[E]) -> E:
        """The answer's envelope."""
        return cast(E, (await self._exchange(call)).envelope)

    def pages(self, call: Call[ListEnvelope[T]]) -> Coming[AsyncCountedPage[T], T]:
        """The list, not asked for yet."""
        return Coming(call, self.whole, AsyncCountedPage)

    def feed(self, call: Call[FeedEnvelope[T]]) -> Coming[AsyncFeedPage[T], T]:
        """As ``pages``, for a feed."""
        return Coming(call, self.whole, AsyncFeedPage)

    def raw(self) -> "AsyncRawSending":
        """The same, but answers come out raw."""
        return AsyncRawSending(self._exchange)


class AsyncRawSending(AsyncSending):
    """As ``RawSending``."""

    async def data(self, call: Call[Envelope[T]]) -> Any:  # noqa: D102
        return RawResponse(await self._exchange(call), lambda envelope: envelope.data)

    async def nothing(self, call: Call[Any]) -> Any:  # noqa: D102
        return RawResponse(await self._exchange(call), lambda envelope: None)

    async def whole(self, call: Call[E]) -> Any:  # noqa: D102
        return PublishedResponse[E](await self._exchange(call))

    def pages(self, call: Call[ListEnvelope[T]]) -> Any:  # noqa: D102
        return self._first(call, AsyncCountedPage)

    def feed(self, call: Call[FeedEnvelope[T]]) -> Any:  # noqa: D102
        return self._first(call, AsyncFeedPage)

    async def _first(self, call: Call[Any], page: type[AsyncPage[Any]]) -> RawResponse[Any]:
        plain = AsyncSending(self._exchange)
        return RawResponse(await self._exchange(call), lambda envelope: page(call, envelope, plain.whole))


def raw_answer(method: Callable[P, T]) -> Callable[P, RawResponse[T]]:
    """``method`` of a resource that sends raw, with the type that it then has."""
    return cast(Callable[P, RawResponse[T]], method)


def raw_answer_async(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[RawResponse[T]]]:
    """As ``raw_answer``."""
    return cast(Callable[P, Awaitable[RawResponse[T]]], method)


def raw_envelope(method: Callable[P, E]) -> Callable[P, PublishedResponse[E]]:
    """As ``raw_answer``, for methods by their published names."""
    return cast(Callable[P, PublishedResponse[E]], method)


def raw_envelope_async(method: Callable[P, Awaitable[E]]) -> Callable[P, Awaitable[PublishedResponse[E]]]:
    """As ``raw_envelope``."""
    return cast(Callable[P, Awaitable[PublishedResponse[E]]], method)

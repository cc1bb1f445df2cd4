"""The HTTP client below the SDK: made on first use, kept per process and per event loop, or the user's own."""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from onepin.client.attempts import Answer, Attempt, Fault
from onepin.client.repetition import LastAnswers

if TYPE_CHECKING:
    import httpx2

IDLE_SECONDS: Final = 4.0
"""The server ends idle connections at 5 s; one that is used just then would be lost."""
CONNECTIONS: Final = 100
_UNSENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})


class NoAnswer(Exception):
    """There is none; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class Connections:
    """For code that blocks; threads may share it. A forked process opens connections of its own."""

    def __init__(self, own: Any | None = None) -> None:
        self._own = own
        self._last_answers = LastAnswers()
        self._clients: dict[int, httpx2.Client] = {}

    def ask(self, attempt: Attempt) -> Answer:
        """The answer to one attempt.

        Raises:
            NoAnswer: there is none.
        """
        client = self._opened()
        try:
            response = client.send(_request(client, attempt), stream=True, follow_redirects=False, auth=None)
            try:
                _refuse_repetition(response, self._last_answers)
                response.read()
            finally:
                response.close()  # of an answer that was not read, it ends the connection too
        except Exception as error:
            _give_up(error)
        return Answer(response.status_code, response.headers, response.content)

    def close(self) -> None:
        """End the connections of this process, unless the HTTP client is the user's own."""
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def _opened(self) -> Any:
        if self._own is not None:
            return self._own
        process = os.getpid()
        client = self._clients.get(process)
        if client is None:
            import httpx2

            for other in [each for each in self._clients if each != process]:
                self._clients.pop(other, None)  # a parent's connections: its answers are not for us
            client = self._clients.setdefault(process, httpx2.Client(limits=_limits()))
        return client


class AsyncConnections:
    """For asyncio. Each event loop, and after a fork each process, has connections of its own."""

    def __init__(self, own: Any | None = None) -> None:
        self._own = own
        self._last_answers = LastAnswers()
        self._clients: dict[asyncio.AbstractEventLoop, tuple[int, httpx2.AsyncClient]] = {}

    async def ask(self, attempt: Attempt) -> Answer:
        """As ``Connections.ask``."""
        client = self._opened()
        try:
            response = await client.send(_request(client, attempt), stream=True, follow_redirects=False, auth=None)
            try:
                _refuse_repetition(response, self._last_answers)
                await response.aread()
            finally:
                await response.aclose()
        except Exception as error:
            _give_up(error)
        return Answer(response.status_code, response.headers, response.content)

    async def aclose(self) -> None:
        """End the running event loop's connections, unless the HTTP client is the user's own."""
        process, client = self._clients.pop(asyncio.get_running_loop(), (0, None))
        if client is not None and process == os.getpid():
            await client.aclose()

    def _opened(self) -> Any:
        if self._own is not None:
            return self._own
        loop = asyncio.get_running_loop()
        process, client = self._clients.get(loop, (0, None))
        if client is None or process != os.getpid():
            import httpx2

            client = httpx2.AsyncClient(limits=_limits())
            for ended in [other for other in self._clients if other.is_closed()]:
                del self._clients[ended]
            self._clients[loop] = (os.getpid(), client)
        return client


def _limits() -> "httpx2.Limits":
    import httpx2

    return httpx2.Limits(
        max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=IDLE_SECONDS
    )


def _request(client: Any, attempt: Attempt) -> Any:
    seconds: Mapping[str, float] = vars(attempt.timeout)
    return client.build_request(
        attempt.method,
        attempt.url,
        headers=dict(attempt.headers),
        content=attempt.content,
        timeout=(seconds["connect"], seconds["read"], seconds["write"], seconds["pool"]),
    )


def _refuse_repetition(response: Any, last_answers: LastAnswers) -> None:
    """Raises NoAnswer for an answer that came before. Its body is not read, so that its connection is not kept."""
    connection, request_id = response.extensions.get("network_stream"), response.headers.get("x-request-id")
    if last_answers.repeats(connection, request_id):
        raise NoAnswer(Fault("an answer came twice: a proxy on the way repeats them", sent=True, timeout=False))


def _give_up(error: Exception) -> NoReturn:
    """Turn an error of the HTTP client (ours, or one of the same interface) into ``NoAnswer``; others go on.

    The library's error goes along as the cause, without its frames: they hold the request with its credential.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "RequestError" not in kinds:
        raise error
    name = type(error).__name__
    text = " ".join(str(error).split())
    fault = Fault(
        reason=f"{name}: {text}" if text else name,
        sent=not kinds & _UNSENT,
        timeout="TimeoutException" in kinds,
        cause=_without_frames(error),
    )
    raise NoAnswer(fault) from None


def _without_frames(error: BaseException) -> BaseException:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            waiting += [each.__cause__, each.__context__]
    return error

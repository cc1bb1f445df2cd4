"""Connections to the server that are kept alive, and one question asked over them.

``timeout`` is for everything: the wait for a connection, TLS, question and answer, however slowly it drips (see
``deadlines``). One thing is out of reach: a blocking name look-up ends when the system's resolver gives up.
"""

import asyncio
import os
import ssl
import time
from typing import Any, Final

import httpcore2

from onepin.client.repetition import LastAnswers
from onepin.guard.answer import Answer, NoAnswer
from onepin.guard.deadlines import AsyncDeadlineBackend, DeadlineBackend, Unanswered
from onepin.guard.question import Question, Server

IDLE_SECONDS: Final = 4.0
"""The server ends idle connections at 5 s; one that is used just then would be lost."""
CONNECTIONS: Final = 100
LARGEST_ANSWER: Final = 64 * 1024
_FAULTS = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError)


class Connections:
    """For code that blocks; threads may share it. After a fork each process has connections of its own."""

    def __init__(self, server: Server, timeout: float, ssl_context: ssl.SSLContext | None) -> None:
        self._server = server
        self._timeout = checked_timeout(timeout)
        self._options = _options(server, ssl_context)
        self._last_answers = LastAnswers()
        self._pools: dict[int, httpcore2.ConnectionPool] = {}

    def ask(self, question: Question) -> Answer:
        """The answer to ``question``, asked once more if a connection died before its first byte.

        Raises:
            NoAnswer: there is none within the timeout.
        """
        deadline = time.monotonic() + self._timeout
        try:
            try:
                return self._once(question, deadline)
            except Unanswered:
                return self._once(question, deadline)
        except _FAULTS as fault:
            raise NoAnswer(_reason(fault, self._timeout)) from fault

    def close(self) -> None:
        """End the connections; the next question opens new ones."""
        pool = self._pools.pop(os.getpid(), None)
        if pool is not None:
            pool.close()

    def _once(self, question: Question, deadline: float) -> Answer:
        request = _request(self._server, question, deadline)
        with self._opened().stream(**request) as response:
            _refuse_repetition(response, self._last_answers)
            body = bytearray()
            for chunk in response.iter_stream():
                body += chunk
                _check_size(body)
            return _answer(response, body)

    def _opened(self) -> httpcore2.ConnectionPool:
        """This process's pool: two processes on one connection would read each other's answers."""
        process = os.getpid()
        pool = self._pools.get(process)
        if pool is None:
            for other in [each for each in self._pools if each != process]:
                self._pools.pop(other, None)  # a parent's; no lock, since a fork could leave it locked for ever
            made = httpcore2.ConnectionPool(network_backend=DeadlineBackend(httpcore2.SyncBackend()), **self._options)
            pool = self._pools.setdefault(process, made)
        return pool


class AsyncConnections:
    """For asyncio. Each event loop, and after a fork each process, has connections of its own."""

    def __init__(self, server: Server, timeout: float, ssl_context: ssl.SSLContext | None) -> None:
        self._server = server
        self._timeout = checked_timeout(timeout)
        self._options = _options(server, ssl_context)
        self._last_answers = LastAnswers()
        self._pools: dict[asyncio.AbstractEventLoop, tuple[int, httpcore2.AsyncConnectionPool]] = {}

    async def ask(self, question: Question) -> Answer:
        """As ``Connections.ask``."""
        deadline = time.monotonic() + self._timeout
        try:
            try:
                return await self._once(question, deadline)
            except Unanswered:
                return await self._once(question, deadline)
        except _FAULTS as fault:
            raise NoAnswer(_reason(fault, self._timeout)) from fault

    async def aclose(self) -> None:
        """End the running event loop's connections; the next question opens new ones."""
        process, pool = self._pools.pop(asyncio.get_running_loop(), (0, None))
        if pool is not None and process == os.getpid():
            await pool.aclose()

    async def _once(self, question: Question, deadline: float) -> Answer:
        request = _request(self._server, question, deadline)
        async with self._opened().stream(**request) as response:
            _refuse_repetition(response, self._last_answers)
            body = bytearray()
            async for chunk in response.aiter_stream():
                body += chunk
                _check_size(body)
            return _answer(response, body)

    def _opened(self) -> httpcore2.AsyncConnectionPool:
        loop = asyncio.get_running_loop()
        process, pool = self._pools.get(loop, (0, None))
        if pool is None or process != os.getpid():
            backend = AsyncDeadlineBackend(httpcore2.AnyIOBackend())
            pool = httpcore2.AsyncConnectionPool(network_backend=backend, **self._options)
            for ended in [other for other in self._pools if other.is_closed()]:
                del self._pools[ended]
            self._pools[loop] = (os.getpid(), pool)
        return pool


def checked_timeout(seconds: float) -> float:
    """``seconds`` as they are.

    Raises:
        ValueError: not more than 0 and at most 60; a request that waits longer is lost to its caller anyway.
    """
    if not 0 < seconds <= 60:
        raise ValueError("timeout must be more than 0 and at most 60 seconds")
    return seconds


def _options(server: Server, ssl_context: ssl.SSLContext | None) -> dict[str, Any]:
    if ssl_context is None and server.scheme == "https":
        ssl_context = httpcore2.default_ssl_context()  # once: the library would load the certificates per connection
    return {
        "ssl_context": ssl_context,
        "max_connections": CONNECTIONS,
        "max_keepalive_connections": CONNECTIONS,
        "keepalive_expiry": IDLE_SECONDS,
    }


def _request(server: Server, question: Question, deadline: float) -> dict[str, Any]:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.PoolTimeout
    return {
        "method": "GET",
        "url": httpcore2.URL(
            scheme=server.scheme.encode(),
            host=server.host.encode(),
            port=server.port,
            target=question.target.encode(),
        ),
        "headers": [(name.encode(), value.encode()) for name, value in question.headers],
        "extensions": {"timeout": {"pool": left, "connect": deadline, "read": deadline, "write": deadline}},
    }


def _answer(response: httpcore2.Response, body: bytearray) -> Answer:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
    return Answer(response.status, headers, bytes(body))


def _refuse_repetition(response: httpcore2.Response, last_answers: LastAnswers) -> None:
    """Raises Unanswered for an answer that came before: it is about another key than the one that was asked about.

    Its body is not read, so that its connection is not kept.
    """
    ids = [value.decode("latin-1") for name, value in response.headers if name.lower() == b"x-request-id"]
    if last_answers.repeats(response.extensions.get("network_stream"), ids[0] if ids else None):
        raise Unanswered("an answer came twice: a proxy on the way repeats them")


def _check_size(body: bytearray) -> None:
    if len(body) > LARGEST_ANSWER:
        raise NoAnswer("its answer does not end; is base_url right?")


def _reason(fault: Exception, timeout: float) -> str:
    """For the operator; without what was sent, so without the secret."""
    if isinstance(fault, httpcore2.TimeoutException):
        return f"it did not answer within {timeout:g} s ({type(fault).__name__})"
    if isinstance(fault, httpcore2.LocalProtocolError):
        return "the question could not be sent"
    return f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__

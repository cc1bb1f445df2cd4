"""Network streams that end at a point in time, for httpcore2.

The library's timeouts are for each read and each write, so a server that sends a byte now and then is never late. It
hands the numbers of its ``timeout`` extension on to the network stream as they are; here they are deadlines, points of
``time.monotonic``. Only the wait for a free connection is the library's own.
"""

# ruff: noqa: ASYNC109 - the library prescribes the parameter

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2


class Unanswered(httpcore2.ReadError):
    """There was no answer to this question on its connection, which has ended: it can be asked again on another."""


def _left(deadline: float | None, late: type[httpcore2.TimeoutException]) -> float:
    assert deadline is not None  # noqa: S101
    left = deadline - time.monotonic()
    if left <= 0:
        raise late
    return left


class _DeadlineStream(httpcore2.NetworkStream):
    """A stream whose timeouts are deadlines, and that knows whether a question has been heard at all."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        self._heard = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _left(timeout, httpcore2.ReadTimeout)
        try:
            data = self._inner.read(max_bytes, left)
        except httpcore2.ReadError as fault:
            raise fault if self._heard else Unanswered(str(fault)) from fault
        if not data and not self._heard:
            raise Unanswered("the connection was closed without an answer")
        self._heard = True
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self._heard = False
            self._inner.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore2.NetworkBackend):
    """Opens connections until a deadline, and gives them streams that keep theirs."""

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection, within the deadline that ``timeout`` is."""
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_tcp(host, port, left, local_address, socket_options))


class _AsyncDeadlineStream(httpcore2.AsyncNetworkStream):
    """As ``_DeadlineStream``."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self._heard = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _left(timeout, httpcore2.ReadTimeout)
        try:
            data = await self._inner.read(max_bytes, left)
        except httpcore2.ReadError as fault:
            raise fault if self._heard else Unanswered(str(fault)) from fault
        if not data and not self._heard:
            raise Unanswered("the connection was closed without an answer")
        self._heard = True
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if buffer:
            self._heard = False
            await self._inner.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _AsyncDeadlineStream(await self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class AsyncDeadlineBackend(httpcore2.AsyncNetworkBackend):
    """As ``DeadlineBackend``, for asyncio."""

    def __init__(self, inner: httpcore2.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection, within the deadline that ``timeout`` is."""
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _AsyncDeadlineStream(await self._inner.connect_tcp(host, port, left, local_address, socket_options))

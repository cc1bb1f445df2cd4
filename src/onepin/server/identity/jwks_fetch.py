"""One bounded HTTP GET of a JWK set. Why not an HTTP client: docs/decisions/0003-jwks-fetch.md.

The exchange is on asyncio streams, so one deadline holds over name look-up, connect, TLS, head and body, however slowly
they drip; the answer is parsed by ``http.client`` once it is in memory. Nothing is followed or decompressed.
"""

import asyncio
import io
import ipaddress
import re
import ssl
from http.client import HTTPException, HTTPResponse
from socket import socket
from typing import cast
from urllib.parse import urlsplit

TOTAL_SECONDS = 3.0
CONNECT_SECONDS = 2.0
BODY_MAX_BYTES = 64 * 1024
_HEAD_MAX_BYTES = 16 * 1024
_WIRE_MAX_BYTES = BODY_MAX_BYTES + _HEAD_MAX_BYTES  # chunk sizes take room too

_PRINTABLE = re.compile(r"[\x21-\x7e]+")


class FetchFailed(Exception):
    """A JWK set could not be had. ``reason`` is for the log and holds nothing that the far side sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JwksEndpoint:
    """Where an issuer publishes its keys.

    Args:
        url: https, or http when the host is loopback; no user name, no fragment.
        tls: instead of the system's trust store.
        total_seconds: for the whole fetch.

    Raises:
        ValueError: another URL; the text says what is allowed.
    """

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None, total_seconds: float = TOTAL_SECONDS) -> None:
        parts = urlsplit(url) if _PRINTABLE.fullmatch(url) else None
        if parts is None or not parts.hostname or parts.username is not None or "#" in url:
            raise ValueError("the JWKS URL must look like https://<host>/.well-known/jwks.json")
        secure = parts.scheme == "https"
        if not secure and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
            raise ValueError("the JWKS URL must be https (http is allowed on loopback only)")
        self._host = parts.hostname
        self._port = parts.port or (443 if secure else 80)
        self._tls = (tls or ssl.create_default_context()) if secure else None
        self._total_seconds = total_seconds
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._request = (
            f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: onepin\r\nAccept: application/json\r\n"
            "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
        ).encode("ascii")

    async def fetch(self) -> bytes:
        """The body of a 200, at most 64 KiB.

        Raises:
            FetchFailed: everything else, within the deadline.
        """
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._exchange()
        except TimeoutError:
            raise FetchFailed("timed out") from None
        except OSError as problem:  # refused, reset, unknown host, certificate not trusted
            raise FetchFailed(str(problem)) from None
        except (EOFError, ValueError, OverflowError, HTTPException, asyncio.LimitOverrunError) as problem:
            raise FetchFailed(f"broken HTTP answer ({type(problem).__name__})") from None

    async def _exchange(self) -> bytes:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=_HEAD_MAX_BYTES)
        try:
            writer.write(self._request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _announced_length(head)
            body = await (_until_end(reader) if length is None else reader.readexactly(length))
        finally:
            writer.transport.abort()  # a polite close waits for the other side
        body = _response(head + body).read()
        if len(body) > BODY_MAX_BYTES:
            raise FetchFailed("the body is larger than 64 KiB")
        return body


def _announced_length(head: bytes) -> int | None:
    """Bytes of body that an acceptable head announces; None means read to the end."""
    response = _response(head)
    if response.status != 200:
        raise FetchFailed(f"status {response.status}")
    if response.getheader("Content-Encoding", "identity") != "identity":
        raise FetchFailed("the body is compressed")
    if response.length is not None and response.length > BODY_MAX_BYTES:
        raise FetchFailed("the body is larger than 64 KiB")
    return response.length


async def _until_end(reader: asyncio.StreamReader) -> bytes:
    received = bytearray()
    while chunk := await reader.read(_HEAD_MAX_BYTES):
        received += chunk
        if len(received) > _WIRE_MAX_BYTES:
            raise FetchFailed("the body is larger than 64 KiB")
    return bytes(received)


class _Received:
    """As much of a socket as ``HTTPResponse`` asks for: something to read."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def _response(data: bytes) -> HTTPResponse:
    response = HTTPResponse(cast(socket, _Received(data)), method="GET")
    response.begin()
    return response


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

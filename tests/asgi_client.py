"""Requests as raw as ASGI takes them: paths, headers and bodies that an HTTP client would tidy up or refuse to send.

``Asked.receives`` counts how often the application asked for the body. Every answer is checked (``envelope.py``).
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import envelope

Headers = Iterable[tuple[str | bytes, str | bytes]]
HOST = [("Host", "127.0.0.1:8000")]


@dataclass(frozen=True)
class Asked(envelope.Seen):
    """An answer, and how often the application awaited ``receive`` before it began to answer."""

    receives: int = 0

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.json()["error"]["code"])


async def nothing() -> AsyncIterator[bytes]:
    """No body."""
    return
    yield b""


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """A body in chunks."""
    for part in parts:
        yield part


async def ask(
    app: Any,
    method: str,
    target: str,
    headers: Headers = (),
    body: bytes | AsyncIterator[bytes] = b"",
    *,
    host: Headers = HOST,
) -> Asked:
    """Send one request; ``target`` is path and query as they would stand in the request line."""
    raw_path, _, query = target.partition("?")
    sent = [(_raw(name).lower(), _raw(value)) for name, value in [*host, *headers]]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": sent,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    chunks = pieces(body) if isinstance(body, bytes) else body
    messages: list[dict[str, Any]] = []
    receives = 0

    async def receive() -> dict[str, Any]:
        nonlocal receives
        receives += not messages
        try:
            return {"type": "http.request", "body": await anext(chunks), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    found = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    content = b"".join(message.get("body", b"") for message in messages[1:])
    preflight = method == "OPTIONS" and any(name == b"access-control-request-method" for name, _ in sent)
    asked = Asked(method, str(scope["path"]), start["status"], found, content, preflight, receives)
    envelope.check(asked)
    return asked


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")

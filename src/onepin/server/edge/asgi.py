"""The outermost layer: a request gets its id and is checked for being sound HTTP; an answer gets its headers."""

import logging
import time
from collections.abc import Callable, MutableMapping
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onepin.contract.codes import Code
from onepin.server.clock import Clock
from onepin.server.config import Config
from onepin.server.edge.cors import SharedWithPages
from onepin.server.edge.facts import Facts
from onepin.server.edge.page import page_policy
from onepin.server.edge.problems import REFUSED, not_found, problem
from onepin.server.errors import Refused
from onepin.server.ids import uuid7
from onepin.server.logs import request_id as logged_request_id

log = logging.getLogger("onepin.request")
access = logging.getLogger("onepin.access")
HEADERS_MAX_BYTES = 16 * 1024
HEADERS_MAX = 64
ONCE = frozenset({b"authorization", b"x-workspace-id", b"host", b"content-type", b"content-length", b"idempotency-key"})
PROBED = ("/health", "/ready")
"""Asked by load balancers and orchestrators, under the address of the machine. They answer with nothing of the Host."""
_PLAIN = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Edge:
    """ASGI in, ASGI out, around the whole application."""

    def __init__(self, app: ASGIApp, config: Config, clock: Clock, draining: Callable[[], bool]) -> None:
        self._app = app
        self._draining = draining
        self._clock = clock
        self._allows_host = config.allows_host
        self._public_url = config.public_url
        self._access_log = config.access_log
        self._origins = frozenset(config.cors_origins)
        self._headers = list(_PLAIN)
        if (config.public_url or "").startswith("https:"):
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        if self._origins:
            self._headers.append((b"vary", b"Origin"))
        self._shared = SharedWithPages(self._answer, config.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # there are none
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        now, started = self._clock.now(), time.perf_counter()
        request_id = uuid7(now)
        host = _first(scope, b"host").lower()
        scope["onepin"] = Facts(request_id, now, self._public_url or f"{scope.get('scheme', 'http')}://{host}")
        token = logged_request_id.set(str(request_id))
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(scope["path"], request_id, message)
            await send(message)

        answer = self._shared if self._origins and _first(scope, b"origin") in self._origins else self._answer
        try:
            await answer(scope, receive, send_with_headers)
        finally:
            self._note(scope, status, time.perf_counter() - started)
            logged_request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application's answer; what it refuses or fails at is an envelope too."""
        begun = False

        async def send_once_begun(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive, send_once_begun)
        except Refused as refused:
            await problem(refused, scope)(scope, receive, send)
        except Exception:
            log.exception("unhandled error in %s %s", scope["method"], scope["path"])
            if not begun:
                await problem(Refused(Code.SERVER_ERROR), scope)(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raises ``Refused`` (BAD_REQUEST) for HTTP that is broken or ambiguous, before anything acts on it."""
        size, seen, chunked = 0, set(), False
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            chunked = chunked or name == b"transfer-encoding"
            if name in ONCE:
                if name in seen:
                    raise Refused(Code.BAD_REQUEST, f"Send the {name.decode().title()} header once.")
                seen.add(name)
        if size > HEADERS_MAX_BYTES or len(scope["headers"]) > HEADERS_MAX:
            raise Refused(Code.BAD_REQUEST, "The request's headers are too large: at most 64, of 16 KiB in all.")
        if chunked and b"content-length" in seen:
            raise Refused(Code.BAD_REQUEST, "Send Content-Length or Transfer-Encoding, not both.")
        if scope["path"] not in PROBED and not self._allows_host(_first(scope, b"host")):
            raise Refused(
                Code.BAD_REQUEST,
                "This server does not answer under that Host. Its operator sets ONEPIN_ALLOWED_HOSTS.",
                reason="host not allowed",
            )
        if scope["path"].endswith("\n"):  # the router's patterns end in "$", which lets one pass
            raise not_found()

    def _dress(self, path: str, request_id: UUID, message: MutableMapping[str, Any]) -> None:
        headers = message.setdefault("headers", [])
        headers.append((b"x-request-id", str(request_id).encode()))
        headers.extend(self._headers)
        headers.append((b"content-security-policy", page_policy(path)))
        if self._draining():  # so that no client sends its next request into the stop
            headers.append((b"connection", b"close"))
        if path.startswith("/api/"):
            headers.append((b"cache-control", b"no-store"))

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        if self._access_log == "off" or (self._access_log == "errors" and status < 400 and scope["method"] == "GET"):
            return
        refused: Refused | None = scope.get(REFUSED)
        why = "" if refused is None else f" {refused.code.value}{f' ({refused.reason})' if refused.reason else ''}"
        if access.isEnabledFor(logging.INFO):
            facts = (scope["method"], scope["path"], status, seconds * 1000, why)
            # Not access.info: it would look for the calling line on the stack, each time this one.
            access.handle(logging.LogRecord(access.name, logging.INFO, __file__, 0, "%s %s %d %.1fms%s", facts, None))


def _first(scope: Scope, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value).decode("latin-1")
    return ""

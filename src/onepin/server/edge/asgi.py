"""The outermost layer: a request gets its id and is checked for being sound HTTP; an answer gets its headers."""

import logging
import time
from collections.abc import Callable, MutableMapping
from itertools import chain
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onepin.contract.codes import Code
from onepin.server.clock import Clock
from onepin.server.config import Config
from onepin.server.edge.access_log import AccessLog
from onepin.server.edge.cors import SharedWithPages
from onepin.server.edge.dashboard import NOTHING, OWN, page_policy
from onepin.server.edge.documentation import is_documentation
from onepin.server.edge.facts import Facts, requester
from onepin.server.edge.hot import PATHS, Answer, Hot, HotRoutes
from onepin.server.edge.page import FORM
from onepin.server.edge.problems import FAILED, REFUSED, not_found, problem
from onepin.server.errors import Refused
from onepin.server.limits.failures import FailureLimiter
from onepin.server.limits.limit import Allowance, Header
from onepin.server.logs import request_id as logged_request_id
from onepin.server.metrics import Metrics

log = logging.getLogger("onepin.request")
HEADERS_MAX_BYTES = 16 * 1024
HEADERS_MAX = 64
ONCE = frozenset({b"authorization", b"x-workspace-id", b"host", b"content-type", b"content-length", b"idempotency-key"})
NAMED = "onepin.headers"
STATUS = "onepin.status"
ROUTE = "onepin.route"
PROBED = ("/health", "/ready")
"""Asked by load balancers and orchestrators, under the address of the machine. They answer with nothing of the Host."""
_PLAIN = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NO_PAGE = (b"content-security-policy", NOTHING.encode())
_DOCUMENTATION = (b"content-security-policy", OWN.encode())
_API = [_NO_PAGE, (b"cache-control", b"no-store")]
Named = dict[bytes, bytes]
"""The first header of each name."""


class Edge:
    """ASGI in, ASGI out, around the whole application."""

    def __init__(
        self,
        app: ASGIApp,
        hot: HotRoutes,
        failures: FailureLimiter,
        metrics: Metrics,
        config: Config,
        clock: Clock,
        draining: Callable[[], bool],
    ) -> None:
        self._app = app
        self._hot = hot
        self._failures = failures
        self._metrics = metrics
        self._trusted = config.trusted_proxies
        self._draining = draining
        self._clock = clock
        self._allows_host = config.allows_host
        self._public_url = config.public_url
        self._access_log = AccessLog(config.access_log, clock.monotonic)
        self._origins = frozenset(config.cors_origins)
        self._headers = list(_PLAIN)
        if (config.public_url or "").startswith("https:"):
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        if self._origins:
            self._headers.append((b"vary", b"Origin"))
        self._api_headers = self._headers + _API
        policies = {"/": page_policy(config), "/device": FORM}
        self._pages = {path: (b"content-security-policy", policy.encode()) for path, policy in policies.items()}
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
        named: Named = dict(reversed(scope["headers"]))
        facts = scope["onepin"] = Facts(now, self._public_url, scope.get("scheme", "http"), named.get(b"host", b""))
        scope[FAILED], scope[NAMED] = self._failed, named
        token = logged_request_id.set(facts.id)
        hot = self._hot.find(scope["method"], scope["path"])
        try:
            if (
                self._origins
                and named.get(b"origin", b"").decode("latin-1") in self._origins
                and hot != self._hot.check
            ):
                await self._shared(scope, receive, self._dressing(scope, facts, send))
            elif hot is None:
                await self._answer(scope, receive, self._dressing(scope, facts, send))
            else:  # also a check for a page of another origin: the page is a customer's, and its preflight is no key
                status, headers, body = await self._hot_answer(hot, scope, receive)
                scope[STATUS] = status
                start = {"type": "http.response.start", "status": status, "headers": headers}
                self._dress(scope["path"], facts, start)
                await send(start)
                await send({"type": "http.response.body", "body": body})
        finally:
            self._note(scope, scope.get(STATUS, 500), time.perf_counter() - started)
            logged_request_id.reset(token)

    def _dressing(self, scope: Scope, facts: Facts, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope[STATUS] = message["status"]
                self._dress(scope["path"], facts, message)
            await send(message)

        return send_with_headers

    async def _hot_answer(self, hot: Hot, scope: Scope, receive: Receive) -> Answer:
        """As ``_answer``, of what needs no framework, ready to be sent."""
        scope[ROUTE] = PATHS[hot.__name__]
        try:
            self._check(scope)
            status, headers, body = await hot(scope, receive)
        except Refused as refused:
            response = problem(refused, scope)
        except Exception:
            log.exception("unhandled error in %s %s", scope["method"], scope["path"])
            response = problem(Refused(Code.SERVER_ERROR), scope)
        else:
            headers.append((b"content-length", b"%d" % len(body)))
            return status, headers, body
        return response.status_code, response.raw_headers, bytes(response.body)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application's answer; what it refuses or fails at is an envelope too."""
        begun = False

        async def send_once_begun(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self._check(scope)
            hot = self._hot.find(scope["method"], scope["path"])
            if hot is None:
                await self._app(scope, receive, send_once_begun)
            else:  # for a page of another origin
                status, headers, body = await self._hot_answer(hot, scope, receive)
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": body})
        except Refused as refused:
            await problem(refused, scope)(scope, receive, send)
        except Exception:
            log.exception("unhandled error in %s %s", scope["method"], scope["path"])
            if not begun:
                await problem(Refused(Code.SERVER_ERROR), scope)(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raises ``Refused`` (BAD_REQUEST) for HTTP that is broken or ambiguous, before anything acts on it."""
        headers, named = scope["headers"], scope[NAMED]
        if len(named) < len(headers):
            _no_doubles(headers)
        if len(headers) > HEADERS_MAX or sum(map(len, chain.from_iterable(headers))) > HEADERS_MAX_BYTES:
            raise Refused(Code.BAD_REQUEST, "The request's headers are too large: at most 64, of 16 KiB in all.")
        if b"transfer-encoding" in named and b"content-length" in named:
            raise Refused(Code.BAD_REQUEST, "Send Content-Length or Transfer-Encoding, not both.")
        if scope["path"] not in PROBED and not self._allows_host(named.get(b"host", b"").decode("latin-1")):
            raise Refused(
                Code.BAD_REQUEST,
                "This server does not answer under that Host. Its operator sets ONEPIN_ALLOWED_HOSTS.",
                reason="host not allowed",
            )
        if scope["path"].endswith("\n"):  # the router's patterns end in "$", which lets one pass
            raise not_found()

    def _failed(self, scope: MutableMapping[str, Any]) -> Allowance | None:
        """Count a failed authentication of the client's address, as our proxies name it."""
        return self._failures.note_failure(requester(scope, self._trusted))

    def _dress(self, path: str, facts: Facts, message: MutableMapping[str, Any]) -> None:
        headers = message.setdefault("headers", [])
        headers.append((b"x-request-id", facts.id.encode()))
        if path.startswith("/api/"):
            headers.extend(self._api_headers)
        else:
            headers.extend(self._headers)
            headers.append(self._pages.get(path) or (_DOCUMENTATION if is_documentation(path) else _NO_PAGE))
        if self._draining():  # so that no client sends its next request into the stop
            headers.append((b"connection", b"close"))

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        self._metrics.note(_route(scope), status, seconds, scope.get(REFUSED))
        self._access_log.note(scope["method"], scope["path"], status, seconds, scope.get(REFUSED))


def _route(scope: Scope) -> str:
    """The path as the router has it; what nobody serves is one label, whatever it says."""
    return getattr(scope.get("route"), "path", "") or scope.get(ROUTE, "none")


def _no_doubles(headers: list[Header]) -> None:
    seen = set()
    for name, _ in headers:
        if name in seen and name in ONCE:
            raise Refused(Code.BAD_REQUEST, f"Send the {name.decode().title()} header once.")
        seen.add(name)

"""The front for any ASGI application (Starlette, FastAPI, Litestar, Quart, Django's ASGI, …): a middleware."""

import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final

from onepin.guard.guard import AsyncGuard
from onepin.guard.paths import Paths, path_of
from onepin.guard.principal import Principal
from onepin.guard.question import Workspaces, checked_scopes
from onepin.guard.refusal import Refusal, Refused, ambiguous

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PRINCIPAL: Final = "onepin.principal"
_POLICY_VIOLATION: Final = 1008  # RFC 6455, section 7.4.1


class GuardMiddleware:
    """Lets a request or a WebSocket through to ``app`` if its key is good; answers it otherwise.

    The application finds the ``Principal`` with ``principal_of(scope)``. Headers that look like ours (``X-OnePin-…``)
    never reach it from outside.
    """

    def __init__(
        self,
        app: App,
        base_url: str,
        *,
        workspace: Workspaces,
        scopes: Iterable[str] = (),
        paths: Iterable[str] = ("/*",),
        public_paths: Iterable[str] = (),
        timeout: float = 2.0,
        cache_seconds: float | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is opened yet: the first request connects, the application's shutdown ends the connections.

        Args:
            app: What is protected.
            base_url: As for ``Guard``; so are ``workspace``, ``timeout``, ``cache_seconds`` and ``ssl_context``.
            workspace: Whose keys are let in: the id of a workspace, several, or ``ANY_WORKSPACE``.
            scopes: What a key must hold, all of it, on every guarded path.
            paths: What is guarded, by default everything: ``/a`` is that path, ``/a/*`` all below it.
            public_paths: What of it is not, in the same form. A path with empty or dotted segments never is.
            timeout: Seconds for a whole check.
            cache_seconds: Remember answers for so long.
            ssl_context: For a certificate authority of your own.

        Raises:
            ValueError: one of these is out of its range.
        """
        self._app = app
        self._scopes = checked_scopes(scopes)
        self._paths = Paths(paths, public_paths)
        self._guard = AsyncGuard(
            base_url, workspace=workspace, timeout=timeout, cache_seconds=cache_seconds, ssl_context=ssl_context
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event. Raises ``ValueError`` for a kind that it could not guard."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._closing(send))
            return
        if scope["type"] not in ("http", "websocket"):
            raise ValueError(f"not guarded, so not served: {scope['type']}")
        headers = list(scope["headers"])
        passed = {**scope, "headers": [pair for pair in headers if not looks_like_ours(pair[0])]}
        passed.pop(PRINCIPAL, None)
        if self._paths.guards(path_of(scope)):
            try:
                passed[PRINCIPAL] = await self._guard.check(
                    authorization_of(headers), *self._scopes, client=client_of(scope)
                )
            except Refused as refused:
                await answer(refused.refusal, scope, receive, send)
                return
        await self._app(passed, receive, send)

    def _closing(self, send: Send) -> Send:
        async def send_once_closed(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self._guard.aclose()
            await send(message)

        return send_once_closed


def principal_of(scope: Mapping[str, Any]) -> Principal:
    """Who calls, of a request that ``GuardMiddleware`` let in: ``principal_of(request.scope)``.

    Raises:
        LookupError: nobody was asked about: a public path, or no middleware.
    """
    principal = scope.get(PRINCIPAL)
    if not isinstance(principal, Principal):
        raise LookupError("no GuardMiddleware has let this request in: is its path public?")
    return principal


def authorization_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The value of the one Authorization header among ASGI's headers, None without any.

    Raises:
        Refused: there are several.
    """
    values = [value for name, value in headers if name.lower() == b"authorization"]
    if len(values) > 1:
        raise Refused(ambiguous())
    return values[0].decode("latin-1") if values else None


def client_of(scope: Mapping[str, Any]) -> str | None:
    """The caller's address as the ASGI server believes it to be."""
    client = scope.get("client")
    return client[0] if client else None


def looks_like_ours(name: bytes) -> bool:
    """Whether an application might take this header for one of the server's; CGI and WSGI read ``_`` as ``-``."""
    return name.lower().replace(b"_", b"-").startswith(b"x-onepin-")


async def answer(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a refusal, to a request or to the handshake of a WebSocket."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in refusal.headers]
    headers.append((b"content-length", str(len(refusal.body)).encode()))
    kind = "http.response"
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal.code})
            return
        kind = "websocket.http.response"
    await send({"type": f"{kind}.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": refusal.body})

"""The front for FastAPI: a dependency for each route, that shows in OpenAPI. The only module that imports FastAPI."""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Request, Response, Security, WebSocketException
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.requests import HTTPConnection
from fastapi.security.base import SecurityBase

from onepin.contract.envelopes import ErrorEnvelope
from onepin.guard.asgi import authorization_of, client_of
from onepin.guard.guard import AsyncGuard
from onepin.guard.principal import Principal
from onepin.guard.question import Workspaces, checked_scopes
from onepin.guard.refusal import Refusal, Refused

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": ErrorEnvelope, "description": "No API key, or none that is good."},
    403: {"model": ErrorEnvelope, "description": "The key lacks a scope, or is one of another workspace."},
    429: {"model": ErrorEnvelope, "description": "The key's limit is reached; wait as long as Retry-After says."},
    503: {"model": ErrorEnvelope, "description": "The key could not be checked."},
}
"""What a guarded route may answer too, for OpenAPI: ``FastAPI(responses=REFUSALS)``, or a router's or a route's."""


class KeyRefused(HTTPException):
    """A ``Refusal`` on its way through FastAPI."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.status, refusal.message, dict(refusal.headers))
        self.refusal = refusal


class Require:
    """Makes dependencies: ``Depends(require("workflows:run"))`` gives the ``Principal`` of a key with that scope."""

    def __init__(
        self,
        base_url: str,
        *,
        workspace: Workspaces,
        app: FastAPI | None = None,
        timeout: float = 2.0,
        cache_seconds: float | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is opened yet: the first request connects.

        Args:
            base_url: As for ``Guard``; so are ``workspace``, ``timeout``, ``cache_seconds`` and ``ssl_context``.
            workspace: Whose keys are let in: the id of a workspace, several, or ``ANY_WORKSPACE``.
            app: Where refusals are answered with the server's own body; the same as calling ``install`` later.
            timeout: Seconds for a whole check.
            cache_seconds: Remember answers for so long.
            ssl_context: For a certificate authority of your own.

        Raises:
            ValueError: one of these is out of its range.
        """
        self._guard = AsyncGuard(
            base_url, workspace=workspace, timeout=timeout, cache_seconds=cache_seconds, ssl_context=ssl_context
        )
        self._made: dict[tuple[str, ...], Callable[..., Awaitable[Principal]]] = {}
        if app is not None:
            self.install(app)

    def __call__(self, *scopes: str) -> Callable[..., Awaitable[Principal]]:
        """The dependency that lets in keys with all of ``scopes``; the same one for the same scopes.

        Raises:
            ValueError: one of them is no scope.
        """
        if scopes not in self._made:
            self._made[scopes] = self._dependency(checked_scopes(scopes))
        return self._made[scopes]

    def install(self, app: FastAPI) -> None:
        """Answer refusals with the server's own body; without it that body's message stands in ``detail``."""
        app.add_exception_handler(KeyRefused, _respond)

    async def aclose(self) -> None:
        """End the running event loop's connections; a later check opens new ones."""
        await self._guard.aclose()

    def _dependency(self, scopes: tuple[str, ...]) -> Callable[..., Awaitable[Principal]]:
        async def principal(connection: HTTPConnection, _: None = Security(_SCHEME, scopes=list(scopes))) -> Principal:
            try:
                authorization = authorization_of(connection.scope["headers"])
                return await self._guard.check(authorization, *scopes, client=client_of(connection.scope))
            except Refused as refused:
                if connection.scope["type"] == "websocket":
                    raise WebSocketException(1008, refused.refusal.code) from refused
                raise KeyRefused(refused.refusal) from refused

        return principal


class _ApiKey(SecurityBase):
    """Says in OpenAPI what is wanted; the dependency that names it does the checking."""

    def __init__(self) -> None:
        self.scheme_name = "APIKey"
        self.model = HTTPBearerModel(description="An API key: `Authorization: Bearer <key>`.")

    def __call__(self) -> None:
        """Nothing to do."""


_SCHEME: Final = _ApiKey()


def _respond(_: Request, error: Exception) -> Response:
    assert isinstance(error, KeyRefused)  # noqa: S101
    return Response(error.refusal.body, error.refusal.status, dict(error.refusal.headers))

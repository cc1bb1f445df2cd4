"""Which pages may call from a browser: those whose origins the operator names (Fetch standard, "CORS protocol")."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from onepin.contract.codes import Code
from onepin.server.edge.problems import problem
from onepin.server.errors import Refused

EXPOSED = ("X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotency-Replayed")


class SharedWithPages(CORSMiddleware):
    """For requests from ``origins`` alone. A preflight that asks for more than there is gets our envelope, not text."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Workspace-Id"],
            expose_headers=EXPOSED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or let the application answer and say that the page may read it."""
        headers = Headers(scope=scope)
        if scope["method"] != "OPTIONS" or "access-control-request-method" not in headers:
            await self.simple_response(scope, receive, send, request_headers=headers)
            return
        response = self.preflight_response(request_headers=headers)
        if response.status_code != 200:
            message = "Pages may send GET, POST, PATCH and DELETE, with the headers named in the documentation."
            response = problem(Refused(Code.BAD_REQUEST, message), scope)
        await response(scope, receive, send)

"""What needs no credential: liveness, readiness, metrics."""

import hmac
from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onepin import __version__
from onepin.contract.identity import Health, Readiness
from onepin.server.config import Config
from onepin.server.edge.problems import not_found
from onepin.server.metrics import CONTENT_TYPE, Metrics
from onepin.server.setting_values import is_loopback

FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def system_routes(config: Config, ready: Callable[[], Awaitable[list[str]]], metrics: Metrics) -> APIRouter:
    """The routes without a gate. ``ready`` answers with the reasons why not."""
    router = APIRouter()

    @router.get("/health", tags=["system"], summary="Health", response_model=Health)
    async def health() -> Response:
        """The process runs."""
        return JSONResponse({"status": "ok", "version": __version__})

    @router.get(
        "/ready",
        tags=["system"],
        summary="Ready",
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "Send traffic elsewhere."}},
    )
    async def readiness() -> Response:
        """Whether to send traffic here: not while draining, and not while something it needs is away.

        503 with the same fields, and `Retry-After`, when not.
        """
        reasons = await ready()
        body = {"status": "unavailable" if reasons else "ready", "reasons": reasons}
        return JSONResponse(body, 503 if reasons else 200, {"Retry-After": "1"} if reasons else {})

    @router.get("/metrics", include_in_schema=False)
    async def scrape(request: Request) -> Response:
        if not _may_scrape(request, config.metrics_token):
            raise not_found()
        return Response(metrics.render(), media_type=CONTENT_TYPE)

    return router


def _may_scrape(request: Request, token: str | None) -> bool:
    """Whoever has the token; without one set, this machine, unless a proxy speaks for somebody else."""
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    peer = request.client.host if request.client else ""
    return is_loopback(peer) and not any(name in request.headers for name in FORWARDING)

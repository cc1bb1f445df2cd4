"""What needs no credential: liveness, readiness, the local issuer's public keys, one-time sign-in, the front page."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from onepin import __version__
from onepin.contract.codes import Code
from onepin.contract.envelopes import Envelope, RequestModel, rfc3339
from onepin.contract.identity import Health, Readiness, SignInCode
from onepin.server.clock import Clock
from onepin.server.config import Config
from onepin.server.edge.body import parse_json, read_body, require_json, validated
from onepin.server.edge.envelope import Reply, success
from onepin.server.edge.facts import Facts
from onepin.server.edge.page import front_page
from onepin.server.edge.problems import not_found
from onepin.server.edge.statuses import refusals
from onepin.server.errors import Refused, unavailable
from onepin.server.identity.local import LocalIssuer
from onepin.server.metrics import CONTENT_TYPE, Metrics
from onepin.server.setting_values import is_loopback

SIGN_IN_TTL = 3600
FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class _Code(RequestModel):
    code: str


def system_routes(
    config: Config,
    clock: Clock,
    local: LocalIssuer | None,
    ready: Callable[[], Awaitable[list[str]]],
    metrics: Metrics,
) -> APIRouter:
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
        """Whether to send traffic here: not while draining, and not while something it needs is away."""
        reasons = await ready()
        body = {"status": "unavailable" if reasons else "ready", "reasons": reasons}
        return JSONResponse(body, 503 if reasons else 200, {"Retry-After": "1"} if reasons else {})

    @router.get("/metrics", include_in_schema=False)
    async def scrape(request: Request) -> Response:
        if not _may_scrape(request, config.metrics_token):
            raise not_found()
        return Response(metrics.render(), media_type=CONTENT_TYPE)

    @router.get("/", include_in_schema=False)
    async def front() -> Response:
        return HTMLResponse(front_page(config))

    if local is not None:
        _add_local_sign_in(router, clock, local)
    return router


def _may_scrape(request: Request, token: str | None) -> bool:
    """Whoever has the token; without one set, this machine, unless a proxy speaks for somebody else."""
    if token is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    peer = request.client.host if request.client else ""
    return is_loopback(peer) and not any(name in request.headers for name in FORWARDING)


def _add_local_sign_in(router: APIRouter, clock: Clock, local: LocalIssuer) -> None:
    @router.get("/.well-known/jwks.json", include_in_schema=False)
    async def jwks() -> Response:
        return JSONResponse(local.jwks(), headers={"Cache-Control": "public, max-age=300"})

    @router.post(
        "/api/v1/auth/local/sign-in",
        tags=["auth"],
        summary="Redeem sign-in link",
        response_model=Envelope[SignInCode],
        responses=refusals(400, 401, 413, 415, 422),
    )
    async def redeem_sign_in_link(request: Request) -> Response:
        """Exchange the code of a one-time sign-in link for a session token. Embedded sign-in only."""
        raw = await read_body(request)
        require_json(request)
        body: Any = validated(_Code, parse_json(raw), location="body", context={})
        now = clock.now()
        try:
            user = local.redeem_sign_in_code(body.code, now)
        except ValueError as error:  # the folder of links is open to others: the operator must close it first
            raise unavailable(str(error), retry_after=60) from None
        if user is None:
            raise Refused(
                Code.UNAUTHORIZED,
                "This sign-in link was used already or is too old. Make a new one with: onepin sign-in",
                headers={"WWW-Authenticate": "Bearer"},
            )
        token, expires_at = local.mint(user=user, ttl_seconds=SIGN_IN_TTL, now=now, azp=local.url)
        return success(Reply({"token": token, "expires_at": rfc3339(expires_at)}), Facts.of(request.scope))

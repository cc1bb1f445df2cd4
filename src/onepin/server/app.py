"""The application: a handful of objects, built in order and handed to each other. Read it to know what there is."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp

from onepin import __version__
from onepin.contract.codes import Code
from onepin.server.admission import Admission
from onepin.server.clerk_events import ClerkEvents
from onepin.server.clock import Clock, SystemClock
from onepin.server.config import Config
from onepin.server.devices import DeviceService
from onepin.server.edge.asgi import Edge
from onepin.server.edge.dashboard import dashboard_routes
from onepin.server.edge.documentation import FOLDER, Documentation, documentation_routes
from onepin.server.edge.facts import requester
from onepin.server.edge.feedback import VOTES_PER_MINUTE, feedback_routes
from onepin.server.edge.gate import gated
from onepin.server.edge.hot import HotRoutes
from onepin.server.edge.keys import KeyRequests
from onepin.server.edge.openapi import describe, of_deployment
from onepin.server.edge.problems import not_found, problem, wrong_method
from onepin.server.edge.routes.api_keys import api_key_routes
from onepin.server.edge.routes.auth import auth_routes
from onepin.server.edge.routes.devices import approval_routes, device_routes, page_routes
from onepin.server.edge.routes.local_sign_in import local_sign_in_routes
from onepin.server.edge.routes.members import member_routes
from onepin.server.edge.routes.system import system_routes
from onepin.server.edge.routes.usage import usage_routes
from onepin.server.edge.routes.webhooks import webhook_routes
from onepin.server.edge.routes.workspaces import workspace_routes
from onepin.server.errors import Refused
from onepin.server.housekeeping import Housekeeper
from onepin.server.identity.device_tokens import URL as DEVICES_URL
from onepin.server.identity.device_tokens import DeviceTokens
from onepin.server.identity.jwks import JwksCache, StaticKeys
from onepin.server.identity.local import LocalIssuer
from onepin.server.identity.session import Issuer, SessionVerifier
from onepin.server.invites import InviteService
from onepin.server.keys.format import KeyFormat
from onepin.server.keys.peppers import Peppers, load_or_create, parse_peppers
from onepin.server.keys.service import Defaults, KeyService
from onepin.server.keys.usage import Usage
from onepin.server.keys.usage_reports import UsageReports
from onepin.server.keys.verifiers import Verifiers
from onepin.server.keys.verify import KeyVerifier
from onepin.server.limits import windows
from onepin.server.limits.failures import FailureLimiter
from onepin.server.limits.memory import MemoryLimiter
from onepin.server.members import MemberService
from onepin.server.metrics import Metrics
from onepin.server.presence import Presence
from onepin.server.store.store import Store, open_store
from onepin.server.workspaces import WorkspaceService


@dataclass(frozen=True, slots=True)
class Assembled:
    """The parts of an application that something outside needs to hold."""

    asgi: ASGIApp
    api: FastAPI
    store: Store
    usage: Usage
    metrics: Metrics


def create_app(config: Config, *, clock: Clock | None = None, draining: Callable[[], bool] = lambda: False) -> ASGIApp:
    """The ASGI application for ``config``. Opens the database on ASGI's lifespan start-up, closes it on shutdown.

    ``draining`` is asked by ``/ready``: true makes it answer 503 while everything else is served.
    """
    local = LocalIssuer.load_or_create(config.data_dir, config.local_issuer_url) if config.local_issuer else None
    return assemble(config, local=local, clock=clock, draining=draining).asgi


def assemble(
    config: Config,
    *,
    local: LocalIssuer | None,
    clock: Clock | None = None,
    draining: Callable[[], bool] = lambda: False,
    store: Store | None = None,
    documentation: Path = FOLDER,
) -> Assembled:
    """Build every object once and wire them; nothing is opened yet.

    ``store``: in place of the configured one. ``documentation``: the folder of the built site.
    """
    clock = clock or SystemClock()
    store = store or open_store(config.database_url)
    pepper_text, pepper_file = pepper_source(config)
    peppers = Peppers(parse_peppers(pepper_text), store, clock)
    key_format = KeyFormat(config.key_prefixes_accepted)
    defaults = Defaults(config.key_prefix, config.default_scopes, config.default_rate_limit_per_min)
    keys = KeyService(store, lambda: peppers.digester, clock, defaults)
    usage = Usage(store, clock)
    limiter = MemoryLimiter(clock.monotonic)
    failures = FailureLimiter(clock.monotonic, per_minute=config.failures_per_min)
    votes = FailureLimiter(clock.monotonic, per_minute=VOTES_PER_MINUTE)
    sweeps = (limiter.sweep, failures.sweep, votes.sweep)
    presence = Presence(store, clock)
    housekeeper = Housekeeper(keys, usage, peppers, presence, store, clock, pepper_file=pepper_file, sweeps=sweeps)
    verifier = KeyVerifier(store, key_format, lambda: peppers.digester, clock, housekeeper.note_old_digest)
    issuers = _issuers(config, local, clock)
    device_tokens, people_of = DeviceTokens(store, clock), frozenset(issuer.url for issuer in issuers)
    devices = DeviceService(store, clock, key_format, config.key_prefix, device_tokens, people_of)
    issuers.append(Issuer(DEVICES_URL, device_tokens, frozenset({DEVICES_URL}), speaks_for=people_of))
    sessions = SessionVerifier(issuers, clock)
    workspaces = WorkspaceService(store, clock, presence)
    members = MemberService(store, clock)
    invites = InviteService(store, clock, key_format, config.key_prefix)
    open_sign_up = config.sign_up == "open"
    admission = Admission(
        key_format, verifier, sessions, workspaces, limiter, usage, clock=clock, open_sign_up=open_sign_up
    )
    verifiers = Verifiers(store, key_format, lambda: peppers.digester, clock, housekeeper.note_old_digest)
    hot = HotRoutes(admission, verifiers, config.scope_list)
    requests = KeyRequests(keys, store, peppers, clock, minutes=config.idempotency_secret_minutes)

    metrics = _metrics(usage, issuers)

    async def ready() -> list[str]:
        reasons = ["draining"] if draining() else []
        try:
            await store.ping()
        except Refused:
            reasons.append("database")
        if not sessions.ready:
            reasons.append("session_keys")
        if peppers.missing is not None:
            reasons.append("pepper")
        return reasons

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await store.start(migrate=store.exclusive)
        try:
            await peppers.refresh()
            windows.restore(limiter, config.data_dir, clock.now())
            await sessions.warm()
            housekeeper.start()
            usage.start()
            yield
        finally:
            await housekeeper.close()
            await sessions.close()
            await usage.close()
            windows.keep(limiter, config.data_dir, clock.now())
            await store.close()

    site = Documentation(documentation, config)
    api = _api(lifespan, config)
    route_class = gated(admission, {"scopes": config.scope_list})
    for router in (
        api_key_routes(route_class, requests, members),
        workspace_routes(route_class, admission, workspaces),
        member_routes(route_class, admission, members, invites),
        usage_routes(route_class, UsageReports(store, clock)),
        auth_routes(),
        device_routes(devices, partial(requester, trusted=config.trusted_proxies)),
        approval_routes(route_class, devices),
        page_routes(config, admission, devices),
        webhook_routes(config.clerk_webhook_secret, _clerk_events(config, store, clock)),
        system_routes(config, ready, metrics),
        dashboard_routes(config),
        *([] if local is None else [local_sign_in_routes(clock, local)]),
        feedback_routes(config, site, votes, metrics),
        documentation_routes(site),
    ):
        api.router.routes.extend(router.routes)  # flat: include_router wraps, which costs on every request
    return Assembled(Edge(api, hot, failures, metrics, config, clock, draining), api, store, usage, metrics)


def pepper_source(config: Config) -> tuple[str, Path | None]:
    """The text of the peppers, and the file it came from; made on first use where nobody else can have another one."""
    if config.pepper is not None:
        return config.pepper, None
    if config.makes_pepper and config.pepper_file is None:
        return load_or_create(config.pepper_path), config.pepper_path
    return config.pepper_path.read_text(), config.pepper_path


def document() -> dict[str, Any]:
    """The OpenAPI document of a server with default settings; touches no file and no network."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    config = Config.load({}, {"data_dir": "/nonexistent", "pepper": secrets.token_urlsafe(48)})
    local = LocalIssuer(key, config.local_issuer_url, config.data_dir)
    return describe(assemble(config, local=local).api)


def _api(lifespan: Any, config: Config) -> FastAPI:
    api = FastAPI(
        title="onepin",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )

    @api.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return problem(error, request.scope)

    @api.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        return problem(Refused(Code.SERVER_ERROR), request.scope)  # raised again, and logged, by edge.asgi

    @api.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        allow = sorted(_methods(api, request))
        return problem(wrong_method(", ".join(allow)) if allow else not_found(), request.scope)

    document = cache(lambda: JSONResponse(of_deployment(describe(api), config)).body)

    @api.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(document(), media_type="application/json")

    return api


def _methods(api: FastAPI, request: Request) -> set[str]:
    """Every method that some route takes for the request's path (RFC 9110 §10.2.1)."""
    methods: set[str] = set()
    for route in api.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return methods


def _age(cache: JwksCache) -> float | None:
    return cache.age_seconds


def _failures(cache: JwksCache) -> float:
    return cache.refreshes["failed"]


def _metrics(usage: Usage, issuers: list[Issuer]) -> Metrics:
    """The metrics, with what the parts have to say for themselves."""
    metrics = Metrics()
    metrics.gauge("onepin_usage_flush_lag_seconds", "Since usage was last written.", lambda: usage.lag_seconds)
    metrics.gauge("onepin_usage_pending", "Counts that wait to be written.", lambda: usage.pending)
    metrics.counter("onepin_usage_dropped", "Uses that were never counted.", lambda: usage.dropped)
    for issuer in issuers:
        if isinstance(issuer.keys, JwksCache):
            cache = issuer.keys
            metrics.gauge("onepin_jwks_age_seconds", "Since session keys were fetched.", partial(_age, cache))
            metrics.counter("onepin_jwks_failures", "Fetches of them that failed.", partial(_failures, cache))
    return metrics


def _clerk_events(config: Config, store: Store, clock: Clock) -> ClerkEvents | None:
    return ClerkEvents(store, clock, config.clerk_issuer) if config.clerk_issuer is not None else None


def _issuers(config: Config, local: LocalIssuer | None, clock: Clock) -> list[Issuer]:
    issuers = []
    if config.clerk_issuer is not None:
        if config.clerk_jwt_key is not None:
            keys: StaticKeys | JwksCache = StaticKeys.from_pem(config.clerk_jwt_key)
        else:
            keys = JwksCache(config.clerk_jwks_url or "", clock)
        parties = frozenset(config.clerk_authorized_parties)
        issuers.append(Issuer(config.clerk_issuer, keys, parties, config.clerk_allow_missing_azp))
    if local is not None:
        parties = frozenset({config.local_issuer_url})
        issuers.append(Issuer(config.local_issuer_url, StaticKeys.from_jwks(local.jwks()), parties))
    return issuers

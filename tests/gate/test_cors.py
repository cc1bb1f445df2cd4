"""Pages of other sites may call us from a browser only if the operator named them."""

from pathlib import Path

import pytest

from asgi_client import Asked, ask
from routes import ROUTES, Route
from service import Service, running
from standing import standing_loop

OURS = "https://app.example.com"
FOREIGN = [
    *("https://evil.example", "null", "", "*", "http://app.example.com", "https://app.example.com:444"),
    *(
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://app.example.com/",
        "app.example.com",
    ),
    *("HTTPS://APP.EXAMPLE.COM", "https://app.example.com, https://evil.example", "https://xapp.example.com"),
]
every_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


def allowed(answer: Asked) -> dict[str, str]:
    """The headers by which an answer lets a page have it."""
    return {name: value for name, value in answer.headers if name.startswith("access-control-")}


async def preflight(service: Service, route: Route, origin: str, method: str = "", headers: str = "") -> Asked:
    asked = [("Origin", origin), ("Access-Control-Request-Method", method or route.method)]
    if headers:
        asked.append(("Access-Control-Request-Headers", headers))
    return await ask(service.app, "OPTIONS", route.at(), asked)


@standing_loop
@every_route
async def test_by_default_no_page_may_call(service: Service, route: Route) -> None:
    """If this failed, any page that somebody visits could use what their browser can reach."""
    for origin in (OURS, *FOREIGN):
        answer = await preflight(service, route, origin)
        assert (answer.status, allowed(answer)) == (405, {})
        plain = await ask(service.app, route.method, route.at(), [*service.session().items(), ("Origin", origin)])
        assert allowed(plain) == {}


async def test_a_page_that_is_named_may_call_and_no_other(tmp_path: Path) -> None:
    """If this failed, a page whose address looks alike could act for whoever visits it."""
    database = f"sqlite:///{tmp_path / 'onepin.db'}"
    async with running(tmp_path, database, cors_origins=f"{OURS},http://localhost:3000") as service:
        for route in ROUTES:
            for origin in FOREIGN:
                assert allowed(await preflight(service, route, origin)) == {}, origin
                headers = [*service.session().items(), ("Origin", origin)]
                plain = await ask(service.app, "GET", "/api/v1/api-keys", headers)
                assert (plain.status, allowed(plain)) == (200, {}), origin
                assert ("vary", "Origin") in plain.headers
            for origin in (OURS, "http://localhost:3000"):
                answer = await preflight(service, route, origin, headers="authorization, content-type, idempotency-key")
                assert (answer.status, answer.receives) == (200, 0)
                given = allowed(answer)
                assert given["access-control-allow-origin"] == origin
                assert route.method in given["access-control-allow-methods"].split(", ")
                assert "access-control-allow-credentials" not in given


async def test_a_page_that_is_named_may_read_refusals_too(tmp_path: Path) -> None:
    async with running(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}", cors_origins=OURS) as service:
        origin, session = ("Origin", OURS), list(service.session().items())
        json = ("Content-Type", "application/json")
        for method, target, headers, body, status in [
            ("GET", "/api/v1/api-keys", session, b"", 200),
            ("GET", "/api/v1/api-keys", [], b"", 401),
            ("GET", "/api/v1/nothing", session, b"", 404),
            ("PUT", "/api/v1/api-keys", session, b"", 405),
            ("POST", "/api/v1/api-keys", [*session, json], b"{", 400),
            ("POST", "/api/v1/api-keys", [*session, json], b"x" * 70_000, 413),
            ("POST", "/api/v1/api-keys", session, b"{}", 415),
            ("POST", "/api/v1/api-keys", [*session, json], b"{}", 422),
            ("GET", "/api/v1/api-keys", session * 2, b"", 400),
        ]:
            answer = await ask(service.app, method, target, [*headers, origin], body)
            assert answer.status == status
            given = allowed(answer)
            assert given["access-control-allow-origin"] == OURS
            assert {"X-Request-Id", "Retry-After"} <= set(given["access-control-expose-headers"].split(", "))
            assert ("vary", "Origin") in answer.headers


@pytest.mark.parametrize(
    ("method", "headers"), [("PUT", ""), ("TRACE", ""), ("GET", "X-Evil"), ("GET", "authorization, cookie")]
)
async def test_a_preflight_for_more_than_there_is_is_refused_in_the_envelope(
    tmp_path: Path, method: str, headers: str
) -> None:
    async with running(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}", cors_origins=OURS) as service:
        answer = await preflight(service, ROUTES[0], OURS, method, headers)
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")


async def test_the_origins_of_the_sign_in_are_named_unless_others_are(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'onepin.db'}"
    async with running(
        tmp_path,
        database,
        clerk_issuer="https://clerk.example.com",
        clerk_jwks_url="http://127.0.0.1:9/jwks.json",
        clerk_authorized_parties=OURS,
        sign_up="open",
    ) as service:
        answer = await preflight(service, ROUTES[0], OURS)
        assert allowed(answer)["access-control-allow-origin"] == OURS

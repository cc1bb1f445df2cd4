"""The verdict comes before the body: a stranger can't make the server read, let alone parse, a byte."""

import json
from collections.abc import AsyncIterator

import pytest

from asgi_client import Asked, ask
from onepin.server.keys.format import mint
from routes import EVERY, KEY_ROUTES, ROUTES, Route
from service import Service, bearer
from standing import standing_loop
from tenants import join, tenant

pytestmark = standing_loop
JSON = ("Content-Type", "application/json")
every_route = pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
STRANGERS = {
    "nobody": [],
    "an empty header": [("Authorization", "")],
    "a scheme alone": [("Authorization", "Bearer")],
    "another scheme": [("Authorization", "Basic YTpi")],
    "no token": [("Authorization", "Bearer x.y.z")],
    "a key of nobody's": [("Authorization", f"Bearer {mint('pk').reveal()}")],
    "a key with a wrong checksum": [("Authorization", "Bearer pk_live_" + "a" * 38)],
    "a verifier": [("Authorization", "Bearer pk_verifier_" + "a" * 38)],
    "a device": [("Authorization", "Bearer pk_session_" + "a" * 38)],
    "two credentials": [("Authorization", "Bearer x"), ("Authorization", "Bearer y")],
    "two workspaces": [("X-Workspace-Id", ""), ("X-Workspace-Id", "")],
}


async def body() -> AsyncIterator[bytes]:
    """A body that nobody may ask for."""
    pytest.fail("the body was read before the verdict")
    yield b""


async def refused_unread(service: Service, route: Route, headers: list[tuple[str, str]], target: str = "") -> Asked:
    """The answer to a request whose body must not be touched."""
    answer = await ask(service.app, route.method, target or route.at(), [*headers, JSON], body())
    assert answer.receives == 0
    return answer


@every_route
@pytest.mark.parametrize("headers", STRANGERS.values(), ids=STRANGERS)
async def test_a_strangers_body_is_never_read(service: Service, route: Route, headers: list[tuple[str, str]]) -> None:
    """If this failed, anybody could make the server parse megabytes."""
    answer = await refused_unread(service, route, headers)
    assert answer.status in (400, 401)


@every_route
async def test_an_expired_sessions_body_is_never_read(service: Service, route: Route) -> None:
    old = list(service.session().items())
    service.clock.advance(3700)
    assert (await refused_unread(service, route, old)).status == 401


@pytest.mark.parametrize("route", [route for route in ROUTES if route.scope is None], ids=lambda route: route.name)
async def test_an_api_keys_body_is_never_read_where_only_a_session_will_do(service: Service, route: Route) -> None:
    """If this failed, a leaked key would come further than the door."""
    key = await service.create_key()
    answer = await refused_unread(service, route, list(bearer(key["api_key"]).items()))
    assert (answer.status, answer.code) == (401, "SESSION_REQUIRED")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.scope], ids=lambda route: route.name)
async def test_the_body_of_a_key_without_the_scope_is_never_read(service: Service, route: Route) -> None:
    key = await service.create_key(scopes=[])
    answer = await refused_unread(service, route, list(bearer(key["api_key"]).items()))
    assert (answer.status, answer.code) == (403, "INSUFFICIENT_SCOPE")


@pytest.mark.parametrize("route", [route for route in KEY_ROUTES if route.changes], ids=lambda route: route.name)
async def test_a_viewers_body_is_never_read_where_something_would_change(service: Service, route: Route) -> None:
    key = await service.create_key()
    viewer = await join(service, key["workspace_id"], f"viewer-{service.user}", "viewer")
    answer = await refused_unread(service, route, list(viewer.items()), route.at(key["id"]))
    assert (answer.status, answer.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize("route", KEY_ROUTES, ids=lambda route: route.name)
async def test_the_body_of_somebody_from_elsewhere_is_never_read(service: Service, route: Route) -> None:
    elsewhere = await tenant(service)
    for headers, code in (
        (service.session(workspace=elsewhere.id), "NOT_A_MEMBER"),
        (service.session(workspace="nowhere"), "VALIDATION_ERROR"),
    ):
        assert (await refused_unread(service, route, list(headers.items()))).code == code


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "FOO"])
@pytest.mark.parametrize("path", ["/nothing", "/api/v1/api-keys/", "/health", "/api/v1/auth/whoami"])
async def test_a_body_without_a_route_for_it_is_never_read(service: Service, method: str, path: str) -> None:
    if method == "GET" and path in ("/health", "/api/v1/auth/whoami"):
        path += "/more"
    answer = await ask(service.app, method, path, [*service.session().items(), JSON], body())
    assert answer.status in (404, 405)
    assert answer.receives == 0


@pytest.mark.parametrize("route", [route for route in ROUTES if route.whose], ids=lambda route: route.name)
async def test_the_body_for_an_id_that_is_none_is_never_read(service: Service, route: Route) -> None:
    answer = await refused_unread(service, route, list(service.session().items()), route.at("not-an-id"))
    assert (answer.status, answer.code) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.changes], ids=lambda route: route.name)
async def test_a_body_that_means_nothing_is_never_read(service: Service, route: Route) -> None:
    answer = await ask(service.app, "GET", route.at(), [*service.session().items(), JSON], body())
    assert answer.status in (200, 404)
    assert answer.receives == 0


@pytest.mark.parametrize("route", [route for route in ROUTES if route.changes], ids=lambda route: route.name)
async def test_the_body_of_somebody_who_may_is_read(service: Service, route: Route) -> None:
    """So that the count above does count."""
    sent = json.dumps(route.body or {}).encode()
    answer = await ask(service.app, route.method, route.at(), [*service.session().items(), JSON], sent)
    assert answer.status in (200, 201, 404)
    assert answer.receives > 0

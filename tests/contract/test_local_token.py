"""The cookie of the embedded sign-in: set for the dashboard, taken by one path, and cleared by signing out."""

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from answers import data, refused
from routes import EVERY, Route
from service import HOST, Service, bearer, running
from standing import standing_loop

pytestmark = standing_loop
OWN = {"Origin": HOST}
TOKEN = "auth/local/token"
FOREIGN = [
    {},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Origin": "ftp://127.0.0.1:8000"},
    {"Origin": HOST, "Sec-Fetch-Site": "cross-site"},
    {"Origin": HOST, "Sec-Fetch-Site": "same-site"},
    {"Origin": HOST, "Sec-Fetch-Site": "none"},
]


async def redeem(service: Service, headers: dict[str, str]) -> Any:
    code = service.issuer.new_sign_in_code(user=service.user, now=service.clock.now())
    return await service.call("POST", "auth/local/sign-in", headers, json={"code": code})


async def cookie_of(service: Service) -> str:
    """What a browser sends after it signed in by a link."""
    jar = SimpleCookie((await redeem(service, OWN)).headers["set-cookie"])
    service.http.cookies.clear()
    [(name, morsel)] = jar.items()
    return f"{name}={morsel.value}"


async def test_the_dashboard_gets_a_cookie_that_scripts_and_other_sites_can_not_use(service: Service) -> None:
    """If this failed, a script on the page could carry the cookie away, or another site could use it."""
    text = (await redeem(service, OWN)).headers["set-cookie"]
    [(name, morsel)] = SimpleCookie(text).items()
    assert name == service.issuer.cookie_name
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "strict", "/api/v1/auth/local/token")
    assert morsel["domain"] == ""
    assert 0 < int(morsel["max-age"]) <= 7 * 24 * 3600


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_other_pages_and_programs_get_a_token_and_no_cookie(service: Service, headers: dict[str, str]) -> None:
    """If this failed, another site could sign a browser in as somebody of its choice."""
    answer = await redeem(service, headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


async def test_the_cookie_buys_a_short_token_of_the_same_person(service: Service) -> None:
    cookie = await cookie_of(service)
    for _ in range(2):
        answer = data(await service.call("POST", TOKEN, OWN | {"Cookie": f"a=b; {cookie}; c=d"}))
        who = data(await service.call("GET", "auth/whoami", bearer(answer["token"])))
        assert who == data(await service.call("GET", "auth/whoami", service.session()))
    service.clock.advance(301 + 5)
    refused(await service.call("GET", "auth/whoami", bearer(answer["token"])), "UNAUTHORIZED")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_only_the_servers_own_page_may_use_it(service: Service, headers: dict[str, str], method: str) -> None:
    """If this failed, another site could have a token made, or sign people out."""
    cookie = await cookie_of(service)
    refused(await service.call(method, TOKEN, headers | {"Cookie": cookie}), "FORBIDDEN")
    assert (await service.call("POST", TOKEN, OWN | {"Cookie": cookie})).status_code == 200


async def test_any_other_cookie_buys_nothing(service: Service) -> None:
    """If this failed, a guessed, doubled or foreign cookie would sign a stranger in."""
    cookie = await cookie_of(service)
    name, _, secret = cookie.partition("=")
    spoiled = [
        "",
        "x=y",
        f"{name}=",
        f"{name}={'A' * 43}",
        f"{name}={secret}x",
        f"other={secret}",
        f"{name}=../../pepper",
    ]
    for other in [*spoiled, f"{cookie}; {cookie}", f"{cookie}; {name}={'A' * 43}", f"{name}={bearer(secret)}"]:
        refused(await service.call("POST", TOKEN, OWN | {"Cookie": other}), "UNAUTHORIZED")
    refused(await service.call("POST", TOKEN, OWN | bearer(secret)), "UNAUTHORIZED")


@pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
async def test_no_operation_takes_it(service: Service, route: Route) -> None:
    """If this failed, another site could act as whoever has the dashboard open."""
    cookie = await cookie_of(service)
    answer = await service.call(route.method, route.at(), OWN | {"Cookie": cookie}, json=route.body)
    refused(answer, "UNAUTHORIZED")


async def test_a_bearer_token_is_no_cookie_and_the_cookie_no_bearer_token(service: Service) -> None:
    """If this failed, one credential could be used in place of the other, past its limits."""
    name, _, secret = (await cookie_of(service)).partition("=")
    refused(await service.call("GET", "auth/whoami", bearer(secret)), "UNAUTHORIZED")
    token = service.session()["Authorization"].removeprefix("Bearer ")
    refused(await service.call("POST", TOKEN, OWN | {"Cookie": f"{name}={token}"}), "UNAUTHORIZED")


async def test_signing_out_ends_the_cookie_and_clears_it(service: Service) -> None:
    """If this failed, whoever sits down at the browser next would still be signed in."""
    cookie = await cookie_of(service)
    other = await cookie_of(service)
    answer = await service.call("DELETE", TOKEN, OWN | {"Cookie": cookie})
    assert data(answer) == {}
    [(name, morsel)] = SimpleCookie(answer.headers["set-cookie"]).items()
    assert (name, morsel.value, morsel["max-age"]) == (service.issuer.cookie_name, "", "0")
    refused(await service.call("POST", TOKEN, OWN | {"Cookie": cookie}), "UNAUTHORIZED")
    assert (await service.call("POST", TOKEN, OWN | {"Cookie": other})).status_code == 200
    assert data(await service.call("DELETE", TOKEN, OWN)) == {}, "also for whoever is not signed in"


async def test_a_browser_is_forgotten_after_a_week(service: Service) -> None:
    cookie = await cookie_of(service)
    service.clock.advance(7 * 24 * 3600)
    refused(await service.call("POST", TOKEN, OWN | {"Cookie": cookie}), "UNAUTHORIZED")


async def test_behind_tls_the_cookie_never_travels_in_the_clear(tmp_path: Path, database_url: str) -> None:
    """If this failed, whoever listens on the way could take the session."""
    public = "https://keys.example.com/onepin"
    async with running(tmp_path, database_url, public_url=public, allowed_hosts="127.0.0.1") as service:
        text = (await redeem(service, {"Origin": "https://keys.example.com"})).headers["set-cookie"]
        [morsel] = SimpleCookie(text).values()
        assert (morsel["secure"], morsel["path"]) == (True, "/onepin/api/v1/auth/local/token")
        refused(await service.call("POST", TOKEN, {"Origin": "http://keys.example.com"}), "FORBIDDEN")


async def test_two_servers_on_one_host_do_not_share_a_cookie(
    service: Service, tmp_path: Path, database_url: str
) -> None:
    """Cookies know no ports: with one name, signing in to the one would sign out of the other."""
    async with running(tmp_path, database_url) as other:
        assert other.issuer.cookie_name != service.issuer.cookie_name

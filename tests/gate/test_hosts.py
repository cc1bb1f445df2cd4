"""The Host header is one of ours or the request is refused; nothing is ever built from another."""

import pytest

from asgi_client import ask
from routes import EVERY, Route
from service import Service
from standing import standing_loop

pytestmark = standing_loop
OURS = [
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.0.0.1:1",
    "localhost",
    "localhost:65535",
    "LOCALHOST:8000",
    "[::1]",
    "[::1]:80",
]
HOSTILE = [
    *(
        "",
        " ",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1evil",
    ),
    *("127.0.0.1@evil.example", "evil.example@127.0.0.1", "user:pw@localhost", "localhost/", "localhost/api", "a/k?x="),
    *("localhost?x=", "localhost#x", "localhost,evil.example", "localhost evil.example", "localhost:", "localhost:x"),
    *("localhost:80:80", "localhost:-1", "localhost:80/x", "localhost.", "[::1", "::1", "[::2]", "127.1", "0x7f.1"),
    *("2130706433", "http://localhost", "//localhost", "localhost\\evil", "*", "null", "localhost\x00", "löcalhost"),
    *("localhost:８０", "ｌocalhost", "a" * 5000),
]


@pytest.mark.parametrize("host", OURS)
async def test_our_own_names_are_answered_on_any_port(service: Service, host: str) -> None:
    headers = list(service.session().items())
    answer = await ask(service.app, "GET", "/api/v1/api-keys", headers, host=[("Host", host)])
    assert answer.status == 200


@pytest.mark.parametrize("host", HOSTILE)
async def test_any_other_name_is_refused_and_not_repeated(service: Service, host: str) -> None:
    """If this failed, links in our answers could lead a caller, with their credential, to somebody else."""
    headers = list(service.session().items())
    for target in ("/api/v1/api-keys", "/", "/nothing"):
        answer = await ask(service.app, "GET", target, headers, host=[("Host", host.encode())])
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")
        assert b"evil" not in answer.content


async def test_a_host_is_needed_once(service: Service) -> None:
    for host in ([], [("Host", "localhost")] * 2, [("Host", "localhost"), ("Host", "evil.example")]):
        answer = await ask(service.app, "GET", "/api/v1/api-keys", host=host)
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
@pytest.mark.parametrize("host", ["127.0.0.1:8000/health?x=", "a/k?x=", "127.0.0.1:8000#"])
async def test_a_host_can_not_move_the_path(service: Service, route: Route, host: str) -> None:
    """If this failed, a Host header could make the gate see an open path where the router sees another."""
    for headers in ([], list(service.session().items())):
        answer = await ask(service.app, route.method, route.at(), headers, host=[("Host", host)])
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")


async def test_what_forwards_say_does_not_name_us(service: Service) -> None:
    """If this failed, whoever can send a header could choose where the links of a page lead."""
    for _ in range(2):
        await service.create_key()
    claims = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("Forwarded", "host=evil.example")]
    headers = [*service.session().items(), *claims]
    answer = await ask(service.app, "GET", "/api/v1/api-keys?limit=1", headers)
    assert answer.json()["pagination"]["next"].startswith("http://127.0.0.1:8000/")

"""A body is at most 64 KiB of plain JSON; more is refused as soon as it is known, and never unpacked."""

import gzip
import json
from collections.abc import AsyncIterator

import pytest

from asgi_client import Headers, ask, pieces
from onepin.server.store.tables import api_keys
from routes import ROUTES, Route
from service import Service
from standing import standing_loop
from tenants import count

pytestmark = standing_loop
LIMIT = 65_536
JSON = ("Content-Type", "application/json")
BOMB = gzip.compress(b'{"name":"' + b"a" * 5_000_000 + b'"}')
GOOD = b'{"name":"a"}'
takes_a_body = pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.changes], ids=lambda route: route.name
)


def padded(size: int) -> bytes:
    """A good body of so many bytes."""
    return GOOD[:-1] + b" " * (size - len(GOOD)) + b"}"


def session(service: Service) -> list[tuple[str, str]]:
    return [*service.session().items(), JSON]


@takes_a_body
async def test_a_body_may_have_64_kib_and_no_byte_more(service: Service, route: Route) -> None:
    fits = b"{}".ljust(LIMIT)
    for extra, expected in ((b"", {201, 404, 422}), (b" ", {413})):
        for body in (fits + extra, pieces(fits[:40_000], fits[40_000:] + extra)):
            answer = await ask(service.app, route.method, route.at(), session(service), body)
            assert answer.status in expected
            if answer.status == 413:
                assert answer.code == "PAYLOAD_TOO_LARGE"


async def test_a_key_is_made_from_a_body_of_exactly_64_kib(service: Service) -> None:
    headers = [*session(service), ("Content-Length", str(LIMIT))]
    answer = await ask(service.app, "POST", "/api/v1/api-keys", headers, padded(LIMIT))
    assert answer.status == 201


@takes_a_body
@pytest.mark.parametrize("length", ["65537", "1000000000", "9" * 40])
async def test_a_length_that_is_too_large_is_refused_unread(service: Service, route: Route, length: str) -> None:
    """If this failed, whoever is signed in could make the server hold megabytes."""

    async def unread() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    headers = [*session(service), ("Content-Length", length)]
    answer = await ask(service.app, route.method, route.at(), headers, unread())
    assert (answer.status, answer.receives) == (413, 0)


@takes_a_body
async def test_an_endless_body_is_read_no_further_than_the_limit(service: Service, route: Route) -> None:
    """If this failed, one client could fill the server's memory."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 8192
            yield b" " * 8192

    answer = await ask(service.app, route.method, route.at(), session(service), endless())
    assert answer.status == 413
    assert given <= LIMIT + 2 * 8192


@takes_a_body
async def test_a_body_that_breaks_off_changes_nothing(service: Service, route: Route) -> None:
    answer = await ask(service.app, route.method, route.at(), session(service), pieces(b'{"na'))
    assert answer.status == 400


@pytest.mark.parametrize(
    "kind",
    [
        *("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "*/*", ""),
        *(
            "application/problem+json",
            "application/jsonp",
            "application/json5",
            "json",
            "application",
            "application/xml",
        ),
        *("application/json; charset=utf-16", "application/json; charset=latin-1", "application/json, text/plain"),
    ],
)
@takes_a_body
async def test_a_body_says_that_it_is_json(service: Service, route: Route, kind: str) -> None:
    """If this failed, a form on another site could send requests without asking the browser first."""
    headers = [*service.session().items(), ("Content-Type", kind)]
    answer = await ask(service.app, route.method, route.at(), headers, b"{}")
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@takes_a_body
async def test_a_body_without_a_type_is_refused(service: Service, route: Route) -> None:
    answer = await ask(service.app, route.method, route.at(), service.session().items(), b"{}")
    assert answer.status == 415


@pytest.mark.parametrize(
    "kind",
    [
        *("application/json", "APPLICATION/JSON", "application/json;charset=utf-8", "application/json; charset=UTF-8"),
        *('application/json; charset="utf-8"', "application/json ", "application/json;"),
    ],
)
async def test_json_may_say_that_it_is_utf_8(service: Service, kind: str) -> None:
    headers = [*service.session().items(), ("Content-Type", kind)]
    assert (await ask(service.app, "POST", "/api/v1/api-keys", headers, GOOD)).status == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-gzip", "gzip, identity", "utf-8", "chunked"])
@takes_a_body
async def test_nothing_is_unpacked(service: Service, route: Route, encoding: str) -> None:
    """If this failed, a few bytes could become gigabytes in the server's memory."""
    headers: Headers = [*session(service), ("Content-Encoding", encoding)]
    answer = await ask(service.app, route.method, route.at(), headers, BOMB)
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_in_single_bytes_is_a_body(service: Service) -> None:
    body = json.dumps({"name": "in pieces"}).encode()
    each = pieces(*(bytes([byte]) for byte in body))
    answer = await ask(service.app, "POST", "/api/v1/api-keys", session(service), each)
    assert answer.json()["data"]["name"] == "in pieces"


async def test_refused_bodies_make_no_key(service: Service) -> None:
    workspace = await service.workspace_of(service.user)
    for headers, body in (
        ([JSON], padded(LIMIT + 1)),
        ([("Content-Type", "text/plain")], GOOD),
        ([JSON, ("Content-Encoding", "gzip")], gzip.compress(GOOD)),
    ):
        sent: Headers = [*service.session().items(), *headers]
        assert (await ask(service.app, "POST", "/api/v1/api-keys", sent, body)).status in (413, 415)
    assert await count(service, api_keys, workspace) == 0

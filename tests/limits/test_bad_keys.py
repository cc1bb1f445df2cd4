"""Bad keys by the thousand, through the whole application: what happens to them, and to the good key beside them."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from onepin.server.keys.format import mint
from onepin.server.limits.failures import PER_MINUTE
from service import HOST, Service, bearer, running

NEIGHBOUR = "203.0.113.7"
PROXY = "10.0.0.1"
MALFORMED = "pk_live_neither_long_enough_nor_checksummed"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    url = f"sqlite:///{tmp_path / 'onepin.db'}"
    async with running(tmp_path, url, trusted_proxies="10.0.0.0/8", access_log="off") as service:
        yield service


@asynccontextmanager
async def calling_from(service: Service, peer: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose connections come from ``peer``."""
    transport = httpx.ASGITransport(app=service.app, client=(peer, 50000))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        yield http


async def whoami(service: Service, key: str) -> tuple[int, dict[str, str]]:
    """Status and headers for ``key`` from NEIGHBOUR, without the cost of an HTTP client."""
    headers = [(b"host", b"127.0.0.1:8000"), (b"authorization", f"Bearer {key}".encode())]
    path: dict[str, Any] = {"method": "GET", "path": "/api/v1/auth/whoami", "query_string": b"", "scheme": "http"}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await service.app({"type": "http", "headers": headers, "client": (NEIGHBOUR, 50000)} | path, receive, send)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


async def test_a_good_key_is_never_refused_for_bad_ones_from_its_address(service: Service) -> None:
    """Otherwise anybody behind the same gateway as a customer could lock that customer out."""
    good = (await service.create_key(rate_limit_per_min=None))["api_key"]
    bad = {True: mint("pk").reveal(), False: MALFORMED}
    answers: Counter[int] = Counter()
    for number in range(3_000):
        status, headers = await whoami(service, bad[number % 2 == 0])
        answers[status] += 1
        assert status == 401 or int(headers["retry-after"]) >= 1
        assert not any("ratelimit" in name for name in headers)  # they would tell that a key exists
        if number % 10 == 0:
            assert (await whoami(service, good))[0] == 200
    assert answers == {401: PER_MINUTE, 429: 3_000 - PER_MINUTE}
    service.clock.advance(1)
    assert [(await whoami(service, MALFORMED))[0] for _ in range(2)] == [401, 429]


async def test_failures_on_loopback_are_never_held_up(service: Service) -> None:
    async with calling_from(service, "127.0.0.1") as http:
        answers = [await http.get("/api/v1/auth/whoami", headers=bearer(MALFORMED)) for _ in range(PER_MINUTE + 20)]
    assert {answer.status_code for answer in answers} == {401}


async def test_behind_a_trusted_proxy_each_client_is_counted_by_itself(service: Service) -> None:
    """Otherwise one broken client would turn everybody's 401 into a 429, or a spoofed header would hide it."""

    async def failing(http: httpx.AsyncClient, *forwarded_for: str) -> int:
        lines = [("X-Forwarded-For", value) for value in forwarded_for]
        answer = await http.get("/api/v1/auth/whoami", headers=[*bearer(MALFORMED).items(), *lines])
        return answer.status_code

    async with calling_from(service, PROXY) as http:
        for number in range(PER_MINUTE):
            spoofed = f"198.51.100.{number}"
            assert await failing(http, *([f"{spoofed}, {NEIGHBOUR}"] if number % 2 else [spoofed, NEIGHBOUR])) == 401
        assert await failing(http, f"198.51.100.200, {NEIGHBOUR}") == 429
        assert await failing(http, "198.51.100.1") == 401
    async with calling_from(service, NEIGHBOUR) as http:
        assert await failing(http, "198.51.100.1") == 429  # no proxy of ours: what it says is not even read


async def test_bad_keys_in_the_body_of_a_verify_are_not_the_callers_failures(service: Service) -> None:
    """Otherwise a service that asks about the keys of its customers would be held up for their mistakes."""
    session = service.session()
    await service.create_key()
    async with calling_from(service, NEIGHBOUR) as http:
        for _ in range(PER_MINUTE + 20):
            answer = await http.post("/api/v1/auth/verify", headers=session, json={"api_key": MALFORMED})
            assert (answer.status_code, answer.json()["data"]["code"]) == (200, "INVALID_API_KEY")
        assert (await http.get("/api/v1/auth/whoami", headers=bearer(MALFORMED))).status_code == 401

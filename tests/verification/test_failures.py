"""Failed attempts are counted by address, and only ever change the answer to another failure."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from answers import refused
from envelope import check_response
from onepin.server.keys.format import mint
from onepin.server.limits.failures import PER_MINUTE
from service import HOST, Service, bearer, running
from verification.asking import RATE_LIMIT_HEADERS, make_verifier

CLIENT, NEIGHBOUR = "203.0.113.9", "203.0.113.10"
WHOAMI, CHECK, VERIFY = "/api/v1/auth/whoami", "/api/v1/auth/check", "/api/v1/auth/verify"
UNKNOWN, MALFORMED = mint("pk").reveal(), "pk_live_junk"


@asynccontextmanager
async def calling_from(service: Service, peer: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose connections come from ``peer``; every answer is checked."""
    transport = httpx.ASGITransport(app=service.app, client=(peer, 1234))
    hooks = {"response": [check_response]}
    async with httpx.AsyncClient(transport=transport, base_url=HOST, event_hooks=hooks) as http:
        yield http


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with running(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}", access_log="off") as started:
        yield started


async def fail(http: httpx.AsyncClient, times: int = 1, **headers: str) -> Counter[int]:
    """Statuses of attempts with a key that is none."""
    sent = bearer(MALFORMED) | {name.replace("_", "-"): value for name, value in headers.items()}
    return Counter([(await http.get(WHOAMI, headers=sent)).status_code for _ in range(times)])


async def test_whoever_is_good_is_never_refused_for_the_bad_beside_them(service: Service, dose: str) -> None:
    """If this failed, anybody behind the same gateway as a customer could lock that customer out."""
    good = bearer((await service.create_key(rate_limit_per_min=None))["api_key"])
    verifier, session = bearer((await make_verifier(service)).secret.reveal()), service.session()
    async with calling_from(service, CLIENT) as http:
        bad: list[Callable[[], Awaitable[httpx.Response]]] = [
            lambda: http.get(WHOAMI, headers=bearer(UNKNOWN)),
            lambda: http.get(CHECK, headers=bearer(MALFORMED)),
            lambda: http.post(CHECK + "/below", headers=bearer(MALFORMED)),
            lambda: http.post(VERIFY, headers=bearer(UNKNOWN), json={"api_key": UNKNOWN}),
            lambda: http.get(WHOAMI, headers=bearer("a.b.c")),
            lambda: http.get("/api/v1/api-keys", headers=bearer(UNKNOWN)),
        ]
        answers: Counter[int] = Counter()
        for number in range(100_000 if dose == "long" else 3_000):
            answers[(await bad[number % len(bad)]()).status_code] += 1
            if number % 30 == 0:
                for headers in (good, session):
                    assert (await http.get(WHOAMI, headers=headers)).status_code == 200
                assert (await http.get(CHECK, headers=good)).status_code == 200
                for headers in (verifier, session):
                    assert (await http.post(VERIFY, headers=headers, json={"api_key": UNKNOWN})).status_code == 200
        assert answers == {401: PER_MINUTE, 429: answers.total() - PER_MINUTE}


async def test_a_request_without_a_credential_is_no_attempt(service: Service) -> None:
    """If this failed, a page that asks before anybody signed in could lock its visitors' address out."""
    async with calling_from(service, CLIENT) as http:
        assert {(await http.get(WHOAMI)).status_code for _ in range(PER_MINUTE + 5)} == {401}
        assert await fail(http) == {401: 1}


@pytest.mark.parametrize("path", [WHOAMI, CHECK, CHECK + "/below", "/api/v1/api-keys"])
async def test_a_429_for_failures_says_how_long_to_wait_and_nothing_of_keys(service: Service, path: str) -> None:
    """If this failed, it would tell whoever guesses that a key exists."""
    paused = await service.create_key(rate_limit_per_min=5)
    await service.call("PATCH", f"api-keys/{paused['id']}", service.session(), json={"active": False})
    async with calling_from(service, CLIENT) as http:
        assert await fail(http, PER_MINUTE) == {401: PER_MINUTE}
        for secret in (MALFORMED, UNKNOWN, paused["api_key"], "a.b.c"):
            answer = await http.get(path, headers=bearer(secret))
            refused(answer, "RATE_LIMITED")
            assert not RATE_LIMIT_HEADERS & set(answer.headers)
        wait = int(answer.headers["retry-after"])
        assert 1 <= wait <= 60
        service.clock.advance(wait)
        assert (await http.get(path, headers=bearer(MALFORMED))).status_code == 401


async def test_what_is_refused_for_another_reason_is_no_failure(service: Service) -> None:
    """If this failed, a customer who lacks a scope, or is at the limit, would be taken for a thief."""
    key = bearer((await service.create_key(rate_limit_per_min=1, scopes=[]))["api_key"])
    await service.create_key()
    elsewhere = service.session(workspace="0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10")
    async with calling_from(service, CLIENT) as http:
        for _ in range(PER_MINUTE):
            assert (await http.get(CHECK + "?scope=voices:read", headers=key)).status_code == 403
            assert (await http.get(WHOAMI, headers=key)).status_code in (200, 429)
            assert (await http.get("/api/v1/api-keys", headers=elsewhere)).status_code == 403
            assert (await http.get("/nothing")).status_code == 404
        assert await fail(http) == {401: 1}


async def test_keys_in_the_body_of_a_verify_are_not_the_services_failures(service: Service) -> None:
    """If this failed, a service that asks for its customers would be held up for their mistakes."""
    verifier = bearer((await make_verifier(service)).secret.reveal())
    async with calling_from(service, CLIENT) as http:
        for number in range(PER_MINUTE + 20):
            body = {"api_key": MALFORMED if number % 2 else UNKNOWN}
            assert (await http.post(VERIFY, headers=verifier, json=body)).json()["data"]["code"] == "INVALID_API_KEY"
        assert await fail(http) == {401: 1}


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
async def test_loopback_is_never_held_up(service: Service, peer: str) -> None:
    """If this failed, a broken program on the machine itself would hold up every other one there."""
    async with calling_from(service, peer) as http:
        assert await fail(http, PER_MINUTE + 20) == {401: PER_MINUTE + 20}


HOPS = {
    "no proxy": ("", CLIENT, "{spoofed}", 0),
    "no proxy, and the list is the client's": ("", CLIENT, "{spoofed}, 10.0.0.1", 0),
    "one proxy": ("10.0.0.0/8", "10.0.0.1", "{spoofed}, " + CLIENT, 1),
    "one proxy, as on one machine": ("127.0.0.1", "127.0.0.1", "{spoofed}, " + CLIENT, 1),
    "two proxies": ("10.0.0.0/8,192.168.0.0/16", "10.0.0.1", "{spoofed}, " + CLIENT + ", 192.168.3.4", 2),
    "two proxies and a client that claims to be one": (
        *("10.0.0.0/8", "10.0.0.1", "{spoofed}, 10.9.9.9, " + CLIENT + ", 10.0.0.2", 2),
    ),
}
SPOOFED = [
    "198.51.100.{}",
    "127.0.0.1",
    "10.0.0.{}",
    "::1",
    "2001:db8:{}::1",
    "unknown",
    "",
    "<script>",
    "203.0.113.10",
]


@pytest.mark.parametrize(("trusted", "peer", "list_", "hops"), HOPS.values(), ids=HOPS)
async def test_what_a_client_writes_into_x_forwarded_for_changes_nothing(
    tmp_path: Path, trusted: str, peer: str, list_: str, hops: int
) -> None:
    """If this failed, a new address in a header would be enough to guess on and on (better-auth #10203)."""
    settings = {"trusted_proxies": trusted} if trusted else {}
    url = f"sqlite:///{tmp_path / 'onepin.db'}"
    answers: Counter[int] = Counter()
    async with (
        running(tmp_path, url, None, store=None, access_log="off", **settings) as service,
        calling_from(service, peer) as http,
    ):
        for number in range(PER_MINUTE + 30):
            spoofed = SPOOFED[number % len(SPOOFED)].format(number)
            answers += await fail(http, x_forwarded_for=list_.format(spoofed=spoofed))
        assert answers == {401: PER_MINUTE, 429: 30}
        if hops:  # and whoever else comes through the same proxy is counted by themselves
            other = list_.format(spoofed=CLIENT).replace(", " + CLIENT, ", " + NEIGHBOUR)
            assert await fail(http, x_forwarded_for=other) == {401: 1}


@pytest.mark.parametrize(("setting", "expected"), [("3", {401: 3, 429: 7}), ("none", {401: 10})])
async def test_the_operator_says_how_often_an_address_may_fail(
    tmp_path: Path, setting: str, expected: dict[int, int]
) -> None:
    url = f"sqlite:///{tmp_path / 'onepin.db'}"
    answers: Counter[int] = Counter()
    async with running(tmp_path, url, failures_per_min=setting) as service, calling_from(service, CLIENT) as http:
        for _ in range(10):
            answers += await fail(http)
    assert answers == expected


async def test_an_ipv6_subscriber_is_counted_as_one(service: Service) -> None:
    """If this failed, one machine could use the addresses of its network one after the other."""
    answers: Counter[int] = Counter()
    for number in range(PER_MINUTE + 10):
        async with calling_from(service, f"2001:db8:1:2::{number:x}") as http:
            answers += await fail(http)
    assert answers == {401: PER_MINUTE, 429: 10}
    async with calling_from(service, "2001:db8:1:3::1") as http:
        assert await fail(http) == {401: 1}

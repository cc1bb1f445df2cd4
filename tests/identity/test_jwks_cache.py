"""The key cache against a real HTTP server that counts and misbehaves: T10, T11, T22, T24, T25."""

import asyncio
from collections.abc import Iterator

import pytest

from issuer import JwksServer, PretendIssuer, cache_of, fetched, jwk, refusal, rsa_key, until, verifier_of
from onepin.contract.codes import Code
from onepin.server.clock import ManualClock
from onepin.server.errors import Refused
from onepin.server.identity import jwks
from onepin.server.identity.jwks import JwksCache

ISSUER = PretendIssuer()
ROTATED = PretendIssuer(kid="ins_rotated", key="rotated")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with JwksServer(ISSUER) as running:
        yield running


@pytest.mark.parametrize("how", ["ok", "chunked", "until-close"])
async def test_keys_are_fetched_when_first_needed_and_kept(server: JwksServer, clock: ManualClock, how: str) -> None:
    server.behave(how)
    cache = cache_of(server, clock)
    assert not cache.ready
    assert cache.age_seconds is None
    verifier = verifier_of(ISSUER, clock, cache)
    for _ in range(3):
        assert await verifier.verify(ISSUER.token(now=clock.now()))
    assert server.requests == 1
    assert verifier.ready
    clock.advance(7)
    assert cache.age_seconds == 7


async def test_the_fetch_asks_plainly(server: JwksServer, clock: ManualClock) -> None:
    assert await cache_of(server, clock).key_for(ISSUER.kid)
    head = server.heads[0].decode()
    assert head.startswith("GET /.well-known/jwks.json HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{server.port}\r\n" in head
    assert "\r\nAccept-Encoding: identity\r\n" in head
    assert "authorization" not in head.lower()


async def test_t11_a_bad_signature_evicts_nothing_while_the_issuer_is_down(
    server: JwksServer, clock: ManualClock
) -> None:
    """Were it to evict, one packet from a stranger would turn a blip at the issuer into an outage of ours."""
    verifier = verifier_of(ISSUER, clock, cache_of(server, clock))
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    server.behave("500")
    for _ in range(50):
        await refusal(verifier, ISSUER.token(now=clock.now(), key=rsa_key("evil")))
        assert await verifier.verify(ISSUER.token(now=clock.now()))
    assert server.requests == 1


async def test_t22_a_flood_of_invented_key_ids_fetches_once_in_30_s(server: JwksServer, clock: ManualClock) -> None:
    """Were each to fetch, anyone could make us hammer the issuer until it blocks us."""
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    clock.advance(30)
    for at in range(10_000):
        assert await cache.key_for(f"ins_{at}") is None
        clock.advance(0.001)
    assert server.requests == 2
    await refusal(verifier, ISSUER.token(now=clock.now(), header={"kid": "ins_bogus"}))
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    assert server.requests == 2


async def test_t22_over_ten_minutes_the_rate_holds(server: JwksServer, clock: ManualClock) -> None:
    """Were the limit to leak, a slow flood would do what a fast one can't."""
    cache = cache_of(server, clock)
    await cache.key_for(ISSUER.kid)
    for at in range(590):
        await cache.key_for(f"ins_{at}")
        clock.advance(1)
    assert server.requests <= 1 + 590 // 30


async def test_t22_valid_tokens_do_not_wait_for_the_fetch_that_a_stranger_caused(
    server: JwksServer, clock: ManualClock
) -> None:
    """Were they to wait, a flood of invented key ids would slow everyone down."""
    cache = cache_of(server, clock, total_seconds=30)
    verifier = verifier_of(ISSUER, clock, cache)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    clock.advance(31)
    server.behave("hang")
    stranger = asyncio.create_task(cache.key_for("ins_bogus"))
    await until(lambda: server.requests == 2)
    for at in range(20):
        assert await verifier.verify(ISSUER.token(now=clock.now()))
        assert await cache.key_for(f"ins_{at}") is None  # nor do other strangers
    assert not stranger.done()
    await cache.close()
    assert await stranger is None


async def test_t10_one_stale_key_id_asks_ever_more_rarely(server: JwksServer, clock: ManualClock) -> None:
    """Were it forgotten each time, one client with an old token would cause a fetch every 30 s for ever."""
    cache = cache_of(server, clock)
    await cache.key_for(ISSUER.kid)
    causes = []
    for second in range(600):
        before = server.requests
        await cache.key_for("ins_stale")
        causes += [second] if server.requests > before else []
        clock.advance(1)
    assert causes == [30, 60, 120, 240, 480]


async def test_t10_the_set_of_absent_key_ids_is_bounded(
    server: JwksServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it not, a patient flood would eat the server's memory."""
    monkeypatch.setattr(jwks, "ABSENT_MAX", 3)
    cache = cache_of(server, clock)
    for at in range(6):
        clock.advance(30)
        await cache.key_for(f"ins_{at}")
    assert list(cache._absent) == ["ins_3", "ins_4", "ins_5"]


async def test_t24_a_new_key_is_found_within_30_s_and_both_are_valid(server: JwksServer, clock: ManualClock) -> None:
    cache = cache_of(server, clock)
    old, new = verifier_of(ISSUER, clock, cache), verifier_of(ROTATED, clock, cache)
    assert await old.verify(ISSUER.token(now=clock.now()))
    await refusal(new, ROTATED.token(now=clock.now()))
    server.keys.append(jwk(ROTATED.kid, ROTATED.key))
    clock.advance(30)
    assert await new.verify(ROTATED.token(now=clock.now()))
    assert await old.verify(ISSUER.token(now=clock.now()))
    assert server.requests == 2


async def test_t24_all_who_bring_the_new_key_share_one_fetch(server: JwksServer, clock: ManualClock) -> None:
    cache = cache_of(server, clock)
    await cache.key_for(ISSUER.kid)
    server.keys.append(jwk(ROTATED.kid, ROTATED.key))
    server.delay = 0.05
    clock.advance(30)
    keys = await asyncio.gather(*(cache.key_for(ROTATED.kid) for _ in range(100)))
    assert all(keys)
    assert server.requests == 2


async def test_t24_who_brings_the_new_key_during_a_routine_refresh_shares_it(
    server: JwksServer, clock: ManualClock
) -> None:
    cache = cache_of(server, clock)
    await cache.key_for(ISSUER.kid)
    server.keys.append(jwk(ROTATED.kid, ROTATED.key))
    server.delay = 0.05
    clock.advance(660)
    assert await cache.key_for(ISSUER.kid)
    assert await cache.key_for(ROTATED.kid)
    assert server.requests == 2


async def test_t24_a_withdrawn_key_is_refused_after_the_next_refresh(server: JwksServer, clock: ManualClock) -> None:
    """Were it kept, a stolen signing key would stay good after the issuer withdrew it."""
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    token = ISSUER.token(now=clock.now(), ttl=3600)
    assert await verifier.verify(token)
    server.keys = ROTATED.jwks()["keys"]
    clock.advance(660)
    await cache.key_for(ROTATED.kid)
    await fetched(cache, 2)
    await refusal(verifier, token)
    assert await verifier_of(ROTATED, clock, cache).verify(ROTATED.token(now=clock.now()))


async def test_t24_a_key_swapped_under_its_id_replaces_the_old_one(server: JwksServer, clock: ManualClock) -> None:
    """Were the id enough, a key that the issuer replaced in place would be trusted for ever."""
    swapped = PretendIssuer(kid=ISSUER.kid, key="rotated")
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    old = ISSUER.token(now=clock.now(), ttl=3600)
    assert await verifier.verify(old)
    server.keys = swapped.jwks()["keys"]
    clock.advance(660)
    await cache.key_for(ISSUER.kid)
    await fetched(cache, 2)
    await refusal(verifier, old)
    assert await verifier.verify(swapped.token(now=clock.now()))


async def test_a_routine_refresh_keeps_remembered_tokens(server: JwksServer, clock: ManualClock) -> None:
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    await cache.key_for(ISSUER.kid)
    clock.advance(650)
    token = ISSUER.token(now=clock.now())
    claims = await verifier.verify(token)
    clock.advance(15)
    assert await verifier.verify(token) is claims
    await fetched(cache, 2)
    assert await verifier.verify(token) is claims


@pytest.mark.parametrize(("jitter", "due"), [(0.0, 540), (1.0, 660)])
async def test_the_refresh_comes_after_ten_minutes_give_or_take_a_tenth(
    server: JwksServer, clock: ManualClock, jitter: float, due: int
) -> None:
    cache = JwksCache(server.url, clock, jitter=lambda low, high: low + (high - low) * jitter)
    await cache.key_for(ISSUER.kid)
    clock.advance(due - 1)
    await cache.key_for(ISSUER.kid)
    await asyncio.sleep(0.05)
    assert server.requests == 1
    clock.advance(1)
    await cache.key_for(ISSUER.kid)
    await fetched(cache, 2)


async def test_t25_200_concurrent_cold_requests_fetch_once(server: JwksServer, clock: ManualClock) -> None:
    """Were each to fetch, every restart under load would hammer the issuer."""
    server.delay = 0.05
    verifier = verifier_of(ISSUER, clock, cache_of(server, clock))
    tokens = [ISSUER.token(now=clock.now()) for _ in range(200)]
    assert all(await asyncio.gather(*(verifier.verify(token) for token in tokens)))
    assert server.requests == 1


async def test_t25_200_concurrent_cold_strangers_fetch_once(server: JwksServer, clock: ManualClock) -> None:
    """Were an unknown key id to fetch again right after the first fetch, a cold start would double its load."""
    server.delay = 0.05
    cache = cache_of(server, clock)
    assert not any(await asyncio.gather(*(cache.key_for(f"ins_{at}") for at in range(200))))
    assert server.requests == 1


async def test_who_gives_up_waiting_does_not_end_the_fetch_for_others(server: JwksServer, clock: ManualClock) -> None:
    """Were the fetch to end with its first request, a client that hangs up could keep everyone waiting."""
    server.delay = 0.1
    cache = cache_of(server, clock)
    first = asyncio.create_task(cache.key_for(ISSUER.kid))
    await until(lambda: server.requests == 1)
    second = asyncio.create_task(cache.key_for(ISSUER.kid))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert first.cancelled()
    assert server.requests == 1


async def test_started_it_refreshes_without_traffic(
    server: JwksServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were refreshes to wait for traffic, a withdrawn key would be good for one more token after a quiet night."""
    monkeypatch.setattr(jwks, "_TICK_SECONDS", 0.01)
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    assert not verifier.ready
    await verifier.warm()
    assert verifier.ready
    token = ISSUER.token(now=clock.now(), ttl=3600)
    server.keys = ROTATED.jwks()["keys"]
    clock.advance(660)
    await fetched(cache, 2)
    await refusal(verifier, token)
    await verifier.close()


async def test_closing_ends_a_fetch_under_way(server: JwksServer, clock: ManualClock) -> None:
    server.behave("hang")
    cache = cache_of(server, clock)
    waiting = asyncio.create_task(cache.key_for(ISSUER.kid))
    await until(lambda: server.requests == 1)
    await cache.close()
    with pytest.raises(Refused) as caught:
        await waiting
    assert caught.value.code is Code.UNAVAILABLE

"""Sessions and time: T16, T17, T26, and how long a verified token is remembered."""

import asyncio
import json
import math
from typing import Any

import pytest

from issuer import JwksServer, PretendIssuer, jwk, refusal, rows, rsa_key, verifier_of
from onepin.server.clock import ManualClock
from onepin.server.identity import session
from onepin.server.identity.jwks import JwksCache

ISSUER = PretendIssuer()
AT = int(ManualClock().now().timestamp())


@rows(
    T16_exp_4_s_ago={"exp": AT - 4, "iat": AT - 64, "nbf": AT - 74},
    T17_nbf_in_4_s={"nbf": AT + 4},
    T17_iat_in_4_s={"iat": AT + 4},
    T16_lives_an_hour={"exp": AT + 3600, "iat": AT},
)
async def test_a_skew_below_5_s_is_forgiven(case: dict[str, int]) -> None:
    clock = ManualClock()
    assert await verifier_of(ISSUER, clock).verify(ISSUER.token(now=clock.now(), claims=case))


@rows(
    T16_exp_6_s_ago={"exp": AT - 6, "iat": AT - 66, "nbf": AT - 76},
    T16_exp_5_s_ago={"exp": AT - 5, "iat": AT - 65, "nbf": AT - 75},
    T16_infinite={"exp": math.inf},
    T16_nan={"exp": math.nan},
    T16_text={"exp": "9999999999"},
    T16_text_now={"exp": str(AT + 60)},
    T16_true={"exp": True},
    T16_list={"exp": []},
    T16_negative={"exp": -1},
    T16_2_to_63={"exp": 2**63},
    T16_float={"exp": AT + 60.0},
    T16_null={"exp": None},
    T16_longer_than_an_hour={"exp": AT + 3601, "iat": AT},
    T16_old_iat_long_life={"exp": AT + 60, "iat": AT - 3600},
    T17_nbf_in_6_s={"nbf": AT + 6},
    T17_iat_in_6_s={"iat": AT + 6},
    T17_nbf_null={"nbf": None},
    T17_iat_null={"iat": None},
    T17_nbf_text={"nbf": str(AT)},
    T17_iat_true={"iat": True},
    T17_nbf_true={"nbf": True},
    T17_nbf_float={"nbf": float(AT)},
    T17_iat_huge={"iat": 10**300},
)
async def test_any_other_time_is_refused(case: dict[str, Any]) -> None:
    """Were a strange time read kindly, a token could live for ever."""
    clock = ManualClock()
    await refusal(verifier_of(ISSUER, clock), ISSUER.token(now=clock.now(), claims=case))


@rows(T16_exp="exp", T17_nbf="nbf", T17_iat="iat")
async def test_a_missing_time_is_refused(case: str) -> None:
    """Were one optional, leaving it out would make a token that never ends."""
    clock = ManualClock()
    await refusal(verifier_of(ISSUER, clock), ISSUER.token(now=clock.now(), drop=[case]))


async def test_t16_a_number_beyond_floats_is_refused() -> None:
    """Were 1e400 read as infinity, it would be a token without end, or an error 500."""
    clock = ManualClock()
    claims = json.dumps(ISSUER.claims(clock.now()) | {"exp": "EXP"}).replace('"EXP"', "1e400").encode()
    await refusal(verifier_of(ISSUER, clock), ISSUER.sign(json.dumps(ISSUER.header()).encode(), claims))


@pytest.mark.parametrize("skew", [pytest.param(skew, id=f"T26_server_{skew:+}_s") for skew in (-4, 0, 4)])
async def test_a_server_clock_a_little_off_refuses_nobody(skew: int) -> None:
    clock = ManualClock()
    token = ISSUER.token(now=clock.now(), claims={"nbf": AT})
    clock.step_wall(skew)
    assert await verifier_of(ISSUER, clock).verify(token)


@pytest.mark.parametrize("skew", [pytest.param(skew, id=f"T26_server_{skew:+}_s") for skew in (-10, 66, 3600, -3600)])
async def test_a_server_clock_far_off_refuses_and_says_401(skew: int) -> None:
    """Were a skewed clock to give 500, clients would retry it instead of fetching a fresh token."""
    clock = ManualClock()
    token = ISSUER.token(now=clock.now(), claims={"nbf": AT})
    clock.step_wall(skew)
    await refusal(verifier_of(ISSUER, clock), token)


@pytest.mark.parametrize("step", [pytest.param(step, id=f"T26_step_{step:+}_s") for step in (3600, -3600, 86400 * 40)])
async def test_a_clock_step_ends_a_remembered_token_and_fetches_no_keys(step: int) -> None:
    """Were the wall clock to age the keys, a step of it would flood the issuer, or make its keys immortal."""
    clock = ManualClock()
    with JwksServer(ISSUER) as server:
        verifier = verifier_of(ISSUER, clock, JwksCache(server.url, clock))
        token = ISSUER.token(now=clock.now())
        assert await verifier.verify(token)
        clock.step_wall(step)
        await refusal(verifier, token)
        assert await verifier.verify(ISSUER.token(now=clock.now()))
        assert server.requests == 1
        await verifier.close()


async def test_t26_slewing_neither_refuses_nor_fetches() -> None:
    clock = ManualClock()
    with JwksServer(ISSUER) as server:
        verifier = verifier_of(ISSUER, clock, JwksCache(server.url, clock))
        for _ in range(100):
            token = ISSUER.token(now=clock.now())
            assert await verifier.verify(token)
            clock.advance(1)
            clock.step_wall(-0.0005)
            assert await verifier.verify(token)
        assert server.requests == 1
        await verifier.close()


async def test_a_remembered_token_ends_when_it_expires() -> None:
    """Were it remembered longer than it lives, sign-out would lag behind."""
    clock = ManualClock()
    verifier = verifier_of(ISSUER, clock)
    token = ISSUER.token(now=clock.now(), ttl=10)
    for _ in range(14):
        assert await verifier.verify(token)
        clock.advance(1)
    clock.advance(1)
    await refusal(verifier, token)


async def test_a_token_whose_key_has_gone_is_forgotten_at_once() -> None:
    """Were it remembered, a stolen signing key would work on after the issuer withdrew it."""
    clock = ManualClock()
    with JwksServer(ISSUER) as server:
        keys = JwksCache(server.url, clock, jitter=lambda low, _: low)
        verifier = verifier_of(ISSUER, clock, keys)
        await keys.key_for(ISSUER.kid)
        clock.advance(535)
        token = ISSUER.token(now=clock.now())
        assert await verifier.verify(token)
        server.keys = [jwk("ins_new", rsa_key("new"))]
        clock.advance(6)
        assert await verifier.verify(token)  # starts the refresh, does not wait for it
        while keys.refreshes["ok"] < 2:
            await _turn()
        await refusal(verifier, token)
        await verifier.close()


async def _turn() -> None:
    await asyncio.sleep(0.005)


async def test_remembering_lasts_30_s() -> None:
    clock = ManualClock()
    verifier = verifier_of(ISSUER, clock)
    token = ISSUER.token(now=clock.now())
    first = await verifier.verify(token)
    assert await verifier.verify(token) is first
    clock.advance(30)
    assert await verifier.verify(token) is not first


async def test_t26_a_remembered_token_ends_after_30_s_though_the_wall_clock_stands() -> None:
    """Were the wall clock alone asked, a frozen one would keep a token alive for ever."""
    clock = ManualClock()
    verifier = verifier_of(ISSUER, clock)
    token = ISSUER.token(now=clock.now())
    first = await verifier.verify(token)
    clock.advance(31)
    clock.step_wall(-30)
    assert await verifier.verify(token) is not first


async def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it not, a flood of valid tokens would eat the server's memory."""
    monkeypatch.setattr(session, "REMEMBERED_MAX", 3)
    clock = ManualClock()
    verifier = verifier_of(ISSUER, clock)
    tokens = [ISSUER.token(now=clock.now()) for _ in range(5)]
    seen = [await verifier.verify(token) for token in tokens]
    assert [await verifier.verify(token) is claims for token, claims in zip(tokens[2:], seen[2:], strict=True)] == [
        True
    ] * 3
    assert await verifier.verify(tokens[0]) is not seen[0]

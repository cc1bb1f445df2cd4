"""The limit of a key as its user sees it: what is admitted, what is said, and for how long a refusal holds."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any

import httpx
import pytest

from answers import refused
from limit_oracle import TICK, most_in_a_minute
from onepin.server.keys.format import mint
from routes import NOBODYS
from service import Service
from standing import standing_loop
from verification.asking import DEAD, RATE_LIMIT_HEADERS, check, patch, rotate, verdict

pytestmark = standing_loop
Use = Callable[[Service, str], Awaitable[httpx.Response]]


async def _whoami(service: Service, secret: str) -> httpx.Response:
    return await service.whoami(secret)


async def _check(service: Service, secret: str) -> httpx.Response:
    return await check(service, secret)


async def _check_below(service: Service, secret: str) -> httpx.Response:
    return await check(service, secret, "/v1/things?workspace=x", "POST")


USES: dict[str, Use] = {"whoami": _whoami, "check": _check, "below check": _check_below}
each_use = pytest.mark.parametrize("use", USES.values(), ids=USES)


def said(answer: httpx.Response) -> dict[str, str]:
    """The headers about the limit."""
    return {name: value for name, value in answer.headers.items() if name in {*RATE_LIMIT_HEADERS, "retry-after"}}


@each_use
async def test_a_limit_of_l_admits_l_in_any_minute_and_refuses_nobody_within_it(service: Service, use: Use) -> None:
    """If this failed, a limit would be a guess: too much would pass, or a customer within it would be turned away."""
    key = (await service.create_key(rate_limit_per_min=7))["api_key"]
    chance, refusals = random.Random(7), 0
    admitted: list[float] = []
    for _ in range(400):
        now = service.clock.monotonic()
        within = sum(time > now - 60 for time in admitted) < 7
        answer = await use(service, key)
        assert answer.status_code == (200 if within else 429)
        if within:
            admitted.append(now)
        refusals += not within
        service.clock.advance(TICK * chance.choice([0, 0, 1, 30, 64, 200, 700, 64 * 60]))
    assert refusals > 100
    assert most_in_a_minute(admitted) == 7


@each_use
async def test_waiting_as_long_as_retry_after_says_is_enough(service: Service, use: Use) -> None:
    """If this failed, a client that does as it is told would be refused again, and again."""
    key = (await service.create_key(rate_limit_per_min=3))["api_key"]
    for gap in (0, 0.4, 17.3, 0, 0, 59.9):
        service.clock.advance(gap)
        while (answer := await use(service, key)).status_code == 200:
            pass
        refused(answer, "RATE_LIMITED")
        wait = int(answer.headers["retry-after"])
        assert 1 <= wait <= 60
        service.clock.advance(wait)
        assert (await use(service, key)).status_code == 200


@each_use
async def test_every_answer_to_a_key_with_a_limit_says_where_it_stands(service: Service, use: Use) -> None:
    key = (await service.create_key(rate_limit_per_min=2))["api_key"]
    for remaining, t in ((1, 60), (0, 50), (0, 40)):
        answer = await use(service, key)
        reset = ceil(service.clock.now().timestamp() + t)
        expected = {
            "ratelimit-policy": '"default";q=2;w=60',
            "ratelimit": f'"default";r={remaining};t={t}',
            "x-ratelimit-limit": "2",
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": str(reset),
        }
        assert said(answer) == expected | ({"retry-after": "40"} if t == 40 else {})
        service.clock.advance(10)


REFUSALS: dict[str, tuple[str, str, dict[str, str], str]] = {
    "without the scope": ("GET", "auth/check?scope=voices:write", {}, "INSUFFICIENT_SCOPE"),
    "another workspace's": (
        "GET",
        f"auth/check?workspace={NOBODYS}",
        {},
        "WORKSPACE_MISMATCH",
    ),
    "a question with a fault": ("GET", "auth/check?colour=red", {}, "VALIDATION_ERROR"),
    "a workspace that is no id": ("GET", "auth/whoami", {"X-Workspace-Id": "acme"}, "VALIDATION_ERROR"),
    "whoami elsewhere": ("GET", "auth/whoami", {"X-Workspace-Id": str(NOBODYS)}, "WORKSPACE_MISMATCH"),
    "whoami with a parameter": ("GET", "auth/whoami?colour=red", {}, "VALIDATION_ERROR"),
    "verify without its scope": ("POST", "auth/verify", {}, "INSUFFICIENT_SCOPE"),
    "a route with a parameter": ("GET", "workspaces?colour=red", {}, "VALIDATION_ERROR"),
    "an id that is none": ("GET", "workspaces/acme", {}, "VALIDATION_ERROR"),
    "an id that nothing has": ("GET", f"workspaces/{NOBODYS}", {}, "NOT_FOUND"),
}


@pytest.mark.parametrize(("method", "path", "headers", "code"), REFUSALS.values(), ids=REFUSALS)
async def test_refusals_of_a_key_with_a_limit_say_where_it_stands_too(
    service: Service, method: str, path: str, headers: dict[str, str], code: str
) -> None:
    key = (await service.create_key(rate_limit_per_min=9, scopes=["workspace:read"]))["api_key"]
    answer = await service.call(method, path, {"Authorization": f"Bearer {key}", **headers})
    refused(answer, code)
    assert set(said(answer)) == RATE_LIMIT_HEADERS
    assert answer.headers["ratelimit-policy"] == '"default";q=9;w=60'


@each_use
async def test_what_does_not_authenticate_hears_nothing_of_limits(service: Service, use: Use) -> None:
    """If this failed, whoever guesses keys could tell a key that exists from one that does not."""
    dead = [await service.create_key(rate_limit_per_min=5) for _ in DEAD]
    for key, (kill, _) in zip(dead, DEAD.values(), strict=True):
        await kill(service, key)
    for secret in (*[key["api_key"] for key in dead], mint("pk").reveal(), "pk_live_x"):
        answer = await use(service, secret)
        refused(answer, "INVALID_API_KEY")
        assert said(answer) == {}


async def test_sessions_and_keys_without_a_limit_have_none(service: Service) -> None:
    key = (await service.create_key(rate_limit_per_min=None))["api_key"]
    for _ in range(20):
        answers = [await use(service, key) for use in USES.values()]
        answers.append(await service.call("GET", "auth/whoami", service.session()))
        assert all((answer.status_code, said(answer)) == (200, {}) for answer in answers)


async def test_every_way_to_use_a_key_counts_in_one_window(service: Service) -> None:
    """If this failed, a key could be used several times as much as its limit says."""
    key = (await service.create_key(rate_limit_per_min=6, scopes=["workspace:read"]))["api_key"]
    session = service.session()
    ways: list[Callable[[], Awaitable[Any]]] = [
        lambda: service.whoami(key),
        lambda: check(service, key),
        lambda: check(service, key, "/below"),
        lambda: verdict(service, session, key),
        lambda: service.call("GET", "workspaces", {"Authorization": f"Bearer {key}"}),
        lambda: service.call("GET", "usage/summary", {"Authorization": f"Bearer {key}"}),
    ]
    for left, way in enumerate(reversed(ways)):
        await way()
        assert (await verdict(service, session, key, cost=0))["rate_limit"]["remaining"] == 5 - left
    assert (await verdict(service, session, key))["code"] == "RATE_LIMITED"
    for answer in (await ways[0](), await ways[1](), await ways[4](), await ways[5]()):
        refused(answer, "RATE_LIMITED")


async def test_what_is_refused_does_not_count(service: Service) -> None:
    """If this failed, whoever asks for what a key may not do could keep it from what it may."""
    key = await service.create_key(rate_limit_per_min=2)
    for _ in range(5):
        for query in ("?scope=voices:write", f"?workspace={NOBODYS}", "?colour=red"):
            await check(service, key["api_key"], query)
    await patch(service, key, active=False)
    for _ in range(5):
        await service.whoami(key["api_key"])
        await verdict(service, service.session(), key["api_key"])
    await patch(service, key, active=True)
    for expected in (200, 200, 429, 429, 429):
        assert (await service.whoami(key["api_key"])).status_code == expected
    service.clock.advance(60)
    assert (await service.whoami(key["api_key"])).status_code == 200


async def test_a_changed_limit_holds_from_the_next_request(service: Service) -> None:
    key = await service.create_key(rate_limit_per_min=2)
    statuses: list[tuple[int, str | None]] = []
    for limit in (2, 2, 2, 4, 4, 4, 1, 1, None, None, 3, 1000):
        await patch(service, key, rate_limit_per_min=limit)
        answer = await service.whoami(key["api_key"])
        statuses.append((answer.status_code, answer.headers.get("x-ratelimit-remaining")))
    assert statuses == [
        *[(200, "1"), (200, "0"), (429, "0")],
        *[(200, "1"), (200, "0"), (429, "0")],
        *[(429, "0"), (429, "0")],
        *[(200, None), (200, None)],
        *[(429, "0"), (200, "995")],
    ]


async def test_both_keys_of_a_rotation_in_grace_share_one_window(service: Service) -> None:
    """If this failed, rotating again and again would be a way around any limit."""
    key = await service.create_key(rate_limit_per_min=4)
    assert (await service.whoami(key["api_key"])).status_code == 200
    new = await rotate(service, key, grace=600)
    newest = await rotate(service, new, grace=600)
    secrets = [key["api_key"], new["api_key"], newest["api_key"]]
    for secret, status in zip([*secrets, *secrets], [200, 200, 200, 429, 429, 429], strict=True):
        assert (await service.whoami(secret)).status_code == status
    service.clock.advance(60)
    assert (await service.whoami(secrets[0])).headers["x-ratelimit-remaining"] == "3"


async def test_a_rotation_without_grace_goes_on_with_the_window(service: Service) -> None:
    key = await service.create_key(rate_limit_per_min=1)
    assert (await service.whoami(key["api_key"])).status_code == 200
    for _ in range(3):
        key = await rotate(service, key)
        assert (await service.whoami(key["api_key"])).status_code == 429
    service.clock.advance(60)
    assert (await service.whoami(key["api_key"])).status_code == 200


@pytest.mark.parametrize("step", [3600.0, -3600.0])
async def test_a_step_of_the_wall_clock_changes_nothing(service: Service, step: float) -> None:
    """If this failed, setting the machine's clock would lock customers out, or let them through."""
    key = (await service.create_key(rate_limit_per_min=2))["api_key"]
    assert (await service.whoami(key)).status_code == 200
    service.clock.step_wall(step)
    try:
        assert (await service.whoami(key)).status_code == 200
        answer = await service.whoami(key)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        service.clock.advance(60)
        assert (await service.whoami(key)).status_code == 200
    finally:
        service.clock.step_wall(-step)


async def test_200_at_once_with_a_limit_of_100_are_100(service: Service) -> None:
    """If this failed, a burst would pass whatever the limit says (better-auth #9993)."""
    key = (await service.create_key(rate_limit_per_min=100))["api_key"]
    session = service.session()

    async def use(number: int) -> str:
        if number % 4 == 0:
            return str((await verdict(service, session, key))["code"])
        answer = await list(USES.values())[number % 4 - 1](service, key)
        return {200: "VALID", 429: "RATE_LIMITED"}[answer.status_code]

    codes = Counter(await asyncio.gather(*[use(number) for number in range(200)]))
    assert codes == {"VALID": 100, "RATE_LIMITED": 100}


async def test_the_headers_are_what_the_drafts_grammar_allows(service: Service) -> None:
    key = (await service.create_key(rate_limit_per_min=1_000_000))["api_key"]
    answer = await service.whoami(key)
    assert re.fullmatch(r'"default";r=\d+;t=\d+', answer.headers["ratelimit"])
    assert re.fullmatch(r'"default";q=\d+;w=\d+', answer.headers["ratelimit-policy"])

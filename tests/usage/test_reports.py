"""GET /api-keys/{id}/usage and /usage/summary: what was counted, as people read it."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, literal, select

from answers import data, refused, without_meta
from onepin.contract.envelopes import rfc3339
from onepin.contract.usage import Window
from onepin.server.keys.usage import Outcome
from onepin.server.keys.usage_reports import SPANS, TOP
from onepin.server.store.query import Query
from service import Service, bearer
from standing import standing_loop
from tenants import tenant
from usage.journal import EPOCH

pytestmark = standing_loop
NOTHING = {"ok": 0, "rate_limited": 0, "insufficient_scope": 0}
EXPECTED = {
    "1h": ("minute", 60, timedelta(minutes=1)),
    "24h": ("hour", 24, timedelta(hours=1)),
    "7d": ("hour", 168, timedelta(hours=1)),
    "30d": ("day", 30, timedelta(days=1)),
    "12m": ("day", 365, timedelta(days=1)),
}
every_window = pytest.mark.parametrize("window", EXPECTED)


async def usage_of(service: Service, key_id: object, query: str = "", headers: dict[str, str] | None = None) -> Any:
    return data(await service.call("GET", f"api-keys/{key_id}/usage{query}", headers or service.session()))


async def summary(service: Service, query: str = "", headers: dict[str, str] | None = None) -> Any:
    return data(await service.call("GET", f"usage/summary{query}", headers or service.session()))


def note(service: Service, key: dict[str, Any], outcome: Outcome, count: int = 1) -> None:
    """Uses of a key, as the gate counts them."""
    service.usage.note(UUID(key["id"]), UUID(key["workspace_id"]), outcome, count)


def floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - EPOCH) % step


async def test_there_is_a_span_for_every_window() -> None:
    assert set(SPANS) == set(get_args(Window)) == set(EXPECTED)


@every_window
async def test_an_unused_key_has_every_bucket_and_nothing_in_it(service: Service, window: str) -> None:
    key = await service.create_key()
    found = await usage_of(service, key["id"], f"?window={window}")
    granularity, buckets, step = EXPECTED[window]
    now = floor(service.clock.now(), step)
    assert [bucket.pop("start") for bucket in found["series"]] == [
        rfc3339(now - step * back) for back in range(buckets - 1, -1, -1)
    ]
    assert found == {
        "window": window,
        "granularity": granularity,
        "series": [NOTHING] * buckets,
        "totals": NOTHING,
        "last_used_at": None,
    }


async def test_the_window_is_a_day_unless_said_otherwise(service: Service) -> None:
    key = await service.create_key()
    assert await usage_of(service, key["id"]) == await usage_of(service, key["id"], "?window=24h")
    assert (await summary(service))["window"] == "24h"


@every_window
async def test_each_use_is_in_the_bucket_of_its_time(service: Service, window: str) -> None:
    key = await service.create_key()
    _, buckets, step = EXPECTED[window]
    service.clock.advance((floor(service.clock.now(), step) + step - service.clock.now()).total_seconds())
    for number, outcome in enumerate((Outcome.OK, Outcome.RATE_LIMITED, Outcome.INSUFFICIENT_SCOPE), 1):
        note(service, key, outcome, number)
        service.clock.advance(step.total_seconds())
    last = service.clock.now() - timedelta(microseconds=1)
    service.clock.step_wall(-1e-6)
    note(service, key, Outcome.OK, 4)
    service.clock.step_wall(1e-6)
    await service.usage.flush()
    found = await usage_of(service, key["id"], f"?window={window}")
    assert [{name: bucket[name] for name in NOTHING} for bucket in found["series"]] == [
        *[NOTHING] * (buckets - 4),
        NOTHING | {"ok": 1},
        NOTHING | {"rate_limited": 2},
        NOTHING | {"insufficient_scope": 3, "ok": 4},
        NOTHING,
    ]
    assert found["totals"] == {"ok": 5, "rate_limited": 2, "insufficient_scope": 3}
    assert found["last_used_at"] == rfc3339(last)
    service.clock.advance(step.total_seconds() * (buckets - 2))
    found = await usage_of(service, key["id"], f"?window={window}")
    assert found["totals"] == {"ok": 4, "rate_limited": 0, "insufficient_scope": 3}


async def test_the_journal_of_a_client_is_what_the_series_say(service: Service) -> None:
    key = await service.create_key(rate_limit_per_min=5, scopes=[])
    journal = dict(NOTHING)
    for _ in range(3):
        for _ in range(7):
            status = (await service.whoami(key["api_key"])).status_code
            journal[{200: "ok", 429: "rate_limited"}[status]] += 1
            refusal = await service.call("GET", "workspaces", bearer(key["api_key"]))
            refused(refusal, "INSUFFICIENT_SCOPE")
            journal["insufficient_scope"] += 1
        service.clock.advance(61)
    await service.usage.flush()
    assert journal == {"ok": 15, "rate_limited": 6, "insufficient_scope": 21}
    for window in ("1h", "24h", "7d", "30d", "12m"):
        assert (await usage_of(service, key["id"], f"?window={window}"))["totals"] == journal
        assert (await summary(service, f"?window={window}"))["totals"] == journal


@pytest.mark.parametrize("window", ["", "1H", "2h", "24", "null", "1h,24h"])
@pytest.mark.parametrize("path", ["api-keys/0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10/usage", "usage/summary"])
async def test_another_window_is_refused(service: Service, path: str, window: str) -> None:
    refused(await service.call("GET", f"{path}?window={window}", service.session()), "VALIDATION_ERROR", "window")


async def test_a_key_of_another_workspace_is_as_unknown_as_one_that_is_not(service: Service) -> None:
    """If this failed, anybody could watch how much a competitor's key is used, or learn which ids exist."""
    theirs = await service.create_key(service.session("somebody@example.com"))
    note(service, theirs, Outcome.OK)
    await service.usage.flush()
    await service.create_key()
    answers = [
        await service.call("GET", f"api-keys/{key_id}/usage", service.session()) for key_id in (theirs["id"], uuid4())
    ]
    assert refused(answers[0], "NOT_FOUND")
    assert without_meta(answers[0]) == without_meta(answers[1])
    assert (await summary(service))["totals"] == NOTHING


async def test_a_key_reads_the_usage_of_its_own_workspace_and_of_no_other(service: Service) -> None:
    """If this failed, a customer's key could read another customer's traffic."""
    other = await service.create_key(service.session("somebody@example.com"))
    reader = await service.create_key(scopes=["workspace:read"])
    note(service, reader, Outcome.OK, 5)
    await service.usage.flush()
    mine = bearer(reader["api_key"])
    assert (await usage_of(service, reader["id"], headers=mine))["totals"]["ok"] == 5
    refused(await service.call("GET", f"api-keys/{other['id']}/usage", mine), "NOT_FOUND")
    assert [key["api_key_id"] for key in (await summary(service, headers=mine))["top_keys"]] == [reader["id"]]
    elsewhere = mine | {"X-Workspace-Id": other["workspace_id"]}
    for path in (f"api-keys/{other['id']}/usage", "usage/summary", "usage/activity"):
        refused(await service.call("GET", path, elsewhere), "WORKSPACE_MISMATCH")


async def test_a_key_without_the_scope_reads_nothing(service: Service) -> None:
    key = await service.create_key(scopes=["workflows:read"])
    for path in (f"api-keys/{key['id']}/usage", "usage/summary", "usage/activity"):
        refused(await service.call("GET", path, bearer(key["api_key"])), "INSUFFICIENT_SCOPE", "scopes")


async def test_every_member_may_read(service: Service) -> None:
    team = await tenant(service)
    key = await service.create_key(team.editor)
    for headers in (team.admin, team.editor, team.viewer):
        assert (await usage_of(service, key["id"], headers=headers))["totals"] == NOTHING
        assert (await summary(service, headers=headers))["totals"] == NOTHING
        assert data(await service.call("GET", "usage/activity", headers))


async def test_the_summary_adds_up_the_workspace_and_names_the_keys_that_stand_out(service: Service) -> None:
    keys = [await service.create_key(name=f"key {number}") for number in range(TOP + 3)]
    for number, key in enumerate(keys):
        note(service, key, Outcome.OK, number)
        note(service, key, Outcome.RATE_LIMITED, max(0, 3 - number))
        note(service, key, Outcome.INSUFFICIENT_SCOPE, number % 2)
    since = floor(service.clock.now(), timedelta(hours=1)) - timedelta(hours=23)
    await service.usage.flush()
    found = await summary(service)
    top, refusals = found.pop("top_keys"), found.pop("refusals")
    assert found == {
        "window": "24h",
        "since": rfc3339(since),
        "totals": {"ok": 78, "rate_limited": 6, "insufficient_scope": 6},
        "keys_used": 13,
    }
    assert [key["name"] for key in top] == [f"key {number}" for number in (11, 12, 9, 10, 7, 8, 5, 6, 1, 3)]
    assert top[0] == {
        "api_key_id": keys[11]["id"],
        "name": "key 11",
        "preview": keys[11]["preview"],
        "ok": 11,
        "rate_limited": 0,
        "insufficient_scope": 1,
    }
    assert [key["name"] for key in refusals] == [f"key {number}" for number in (0, 1, 2, 3, 5, 7, 9, 11)]


async def test_a_survey_does_not_hold_up_requests(service: Service) -> None:
    """If this failed, one person reloading a chart of a large workspace could slow every customer down."""
    number = select(literal(1).label("n")).cte(recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < 1_000_000))
    long = Query(select(func.count()).select_from(number), lambda count: count)
    began = before = time.perf_counter()
    asking = asyncio.ensure_future(service.store.survey(long))
    longest = 0.0
    while not asking.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    assert asking.result() == [1_000_000]
    assert longest < (before - began) / 2


async def test_a_verification_counts_what_it_costs_and_a_look_leaves_no_trace(service: Service) -> None:
    key = await service.create_key(rate_limit_per_min=10)
    verify = {"api_key": key["api_key"]}
    for more, valid in (({"cost": 0}, True), ({"cost": 4}, True), ({}, True), ({"cost": 6}, False)):
        answer = await service.call("POST", "auth/verify", service.session(), json=verify | more)
        assert data(answer)["valid"] is valid
    await service.usage.flush()
    assert (await usage_of(service, key["id"]))["totals"] == NOTHING | {"ok": 5, "rate_limited": 1}


async def test_what_is_no_use_of_a_key_is_not_counted(service: Service) -> None:
    key = await service.create_key(scopes=[])
    elsewhere = bearer(key["api_key"]) | {"X-Workspace-Id": str(uuid4())}
    refused(await service.call("GET", "auth/whoami", elsewhere), "WORKSPACE_MISMATCH")
    data(await service.call("POST", "auth/verify", service.session(), json={"api_key": key["api_key"], "cost": 0}))
    data(await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json={"active": False}))
    refused(await service.whoami(key["api_key"]), "INVALID_API_KEY")
    await service.usage.flush()
    found = await usage_of(service, key["id"])
    assert (found["totals"], found["last_used_at"]) == (NOTHING, None)

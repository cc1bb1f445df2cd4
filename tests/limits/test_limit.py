"""What an answer says about a limit."""

import math
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limit_oracle import gaps
from onepin.server.limits.limit import Allowance, headers_of, retry_after_seconds
from onepin.server.limits.window import Window

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EPOCH_SECONDS = 1_767_225_600


def said(allowance: Allowance, now: datetime = NOW) -> dict[str, str]:
    headers = [(name.decode("ascii"), value.decode("ascii")) for name, value in headers_of(allowance, now)]
    assert len(dict(headers)) == len(headers)
    return dict(headers)


def test_an_admitted_request_is_told_its_limit_and_what_is_left() -> None:
    assert said(Allowance(True, 1000, 999, 59.2, 0.0)) == {
        "ratelimit-policy": '"default";q=1000;w=60',
        "ratelimit": '"default";r=999;t=60',
        "x-ratelimit-limit": "1000",
        "x-ratelimit-remaining": "999",
        "x-ratelimit-reset": str(EPOCH_SECONDS + 60),
    }


def test_a_refused_request_is_told_when_to_come_back_too() -> None:
    assert said(Allowance(False, 5, 0, 30.0, 30.0), NOW + timedelta(seconds=0.5)) == {
        "ratelimit-policy": '"default";q=5;w=60',
        "ratelimit": '"default";r=0;t=30',
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(EPOCH_SECONDS + 31),
        "retry-after": "30",
    }


@pytest.mark.parametrize(("wait", "seconds"), [(0.001, 1), (1.0, 1), (1.001, 2), (59.5, 60), (60.0, 60)])
def test_retry_after_is_whole_seconds_never_too_early_and_never_none(wait: float, seconds: int) -> None:
    assert retry_after_seconds(Allowance(False, 5, 0, wait, wait)) == seconds


@given(st.lists(st.tuples(gaps, st.integers(1, 7)), min_size=1, max_size=50), st.integers(1, 6), st.floats(0, 1))
def test_what_the_headers_promise_is_kept(requests: list[tuple[float, int]], limit: int, fraction: float) -> None:
    window, now = Window(), 1000.0
    for gap, cost in requests:
        now += gap
        wall = NOW + timedelta(seconds=now + fraction)
        allowance = window.admit(now, limit, cost)
        headers = said(allowance, wall)
        left = re.fullmatch(r'"default";r=(0|[1-9]\d*);t=([1-9]\d*)', headers["ratelimit"])  # RFC 9651, a list of one
        assert left
        assert left[1] == headers["x-ratelimit-remaining"]
        assert 1 <= int(left[2]) <= 60
        assert int(headers["x-ratelimit-reset"]) >= wall.timestamp() + allowance.reset_after
        assert ("retry-after" in headers) is not allowance.admitted
        if not allowance.admitted:
            assert int(left[2]) <= int(headers["retry-after"]) <= 60
            now += int(headers["retry-after"])
            assert cost > limit or window.admit(now, limit, cost).admitted
        assert window.admit(now + math.ceil(allowance.reset_after), limit, 0).remaining >= allowance.remaining


def test_the_public_clients_reading_of_the_reset_waits_long_enough() -> None:
    """onepin 0.7.1 waits for X-RateLimit-Reset less its own time where there is no Retry-After."""
    window = Window()
    window.admit(1000.25, 1)
    refusal = window.admit(1020.5, 1)
    wait = int(said(refusal, NOW + timedelta(seconds=0.75))["x-ratelimit-reset"]) - (EPOCH_SECONDS + 0.75)
    assert window.admit(1020.5 + wait, 1).admitted

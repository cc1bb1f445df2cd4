"""The window against the oracle: decision by decision, and the two promises by themselves."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limit_oracle import MINUTE, TICK, Oracle, gaps, most_in_a_minute
from onepin.server.limits.window import Window

limits = st.integers(1, 5)
START = 1000.0


@given(st.lists(st.tuples(gaps, limits, st.integers(0, 6)), max_size=60))
def test_every_decision_is_the_oracles_whatever_the_gaps_costs_and_changes_of_limit(
    requests: list[tuple[float, int, int]],
) -> None:
    window, oracle, now = Window(), Oracle(), START
    for gap, limit, cost in requests:
        now += gap
        assert window.admit(now, limit, cost) == oracle.admit(now, limit, cost)


@given(limits, st.lists(gaps, max_size=80))
def test_in_no_minute_is_more_admitted_than_the_limit(limit: int, arrivals: list[float]) -> None:
    window, now, admitted = Window(), START, list[float]()
    for gap in arrivals:
        now += gap
        if window.admit(now, limit).admitted:
            admitted.append(now)
    assert not admitted or most_in_a_minute(admitted) <= limit


@given(limits, st.lists(gaps, max_size=80))
def test_a_client_that_stays_within_the_limit_in_every_minute_is_never_refused(
    limit: int, arrivals: list[float]
) -> None:
    window, now, sent = Window(), START, list[float]()
    for gap in arrivals:
        now += gap
        if len(sent) >= limit and sent[-limit] > now - MINUTE:
            now = sent[-limit] + MINUTE  # the client holds itself back, to the very moment
        sent.append(now)
        assert window.admit(now, limit).admitted


@given(st.lists(st.tuples(gaps, st.integers(1, 6)), min_size=1, max_size=40), limits)
def test_after_the_wait_the_same_request_is_admitted_and_not_a_moment_earlier(
    requests: list[tuple[float, int]], limit: int
) -> None:
    window, now = Window(), START
    for gap, cost in requests:
        now += gap
        answer = window.admit(now, limit, cost)
        if not answer.admitted and cost <= limit:
            assert not window.admit(now + answer.retry_after - TICK, limit, cost).admitted
            now += answer.retry_after
            assert window.admit(now, limit, cost).admitted


@given(st.lists(gaps, max_size=40), limits, st.integers(1, 6))
def test_refused_requests_do_not_count(arrivals: list[float], limit: int, cost: int) -> None:
    alone, beside_refusals, now = Window(), Window(), START
    for gap in arrivals:
        now += gap
        for _ in range(3):
            beside_refusals.admit(now, limit, limit + 1)
        assert alone.admit(now, limit, cost) == beside_refusals.admit(now, limit, cost)


def uniform(offered: int, minute: int) -> Iterator[float]:
    yield from (START + MINUTE * (minute + number / offered) for number in range(offered))


def around_the_edge(offered: int, minute: int) -> Iterator[float]:
    """Half in the last tenth of a second of a minute, half in the first of the next."""
    edge, half = START + MINUTE * (minute + 1), offered // 2
    yield from (edge - 0.1 + 0.1 * number / half for number in range(half))
    yield from (edge + 0.1 * number / (offered - half) for number in range(offered - half))


@pytest.mark.parametrize("times_the_limit", [0.5, 0.95, 1.0, 1.2, 5, 50])
@pytest.mark.parametrize(("limit", "minutes"), [(1, 10), (10, 10), (100, 10), (1000, 2)])
@pytest.mark.parametrize("shape", [uniform, around_the_edge])
def test_offered_load_of_any_shape_is_cut_to_the_limit_and_no_further(
    shape: type[Iterator[float]], limit: int, minutes: int, times_the_limit: float
) -> None:
    offered = max(2, round(limit * times_the_limit))
    window = Window()
    times = [time for minute in range(minutes) for time in shape(offered, minute)]  # type: ignore[call-arg]
    admitted = [time for time in times if window.admit(time, limit).admitted]
    assert most_in_a_minute(admitted) <= limit
    assert len(admitted) >= 0.99 * minutes * min(offered, limit)


@pytest.mark.parametrize("seconds_apart", [59, 30, 7, 6.1, 6])
def test_a_steady_client_of_ten_a_minute_is_never_refused(seconds_apart: float) -> None:
    """A window that begins anew at the first request after its end would refuse 9 to 47 % of these."""
    window = Window()
    assert all(window.admit(START + number * seconds_apart, 10).admitted for number in range(500))


def test_a_limit_that_is_lowered_or_raised_holds_from_the_next_request() -> None:
    window = Window()
    for second in range(10):
        assert window.admit(START + second, 10).admitted
    lowered = window.admit(START + 10, 4)
    assert lowered == (False, 4, 0, 6 + MINUTE - 10, 6 + MINUTE - 10)  # the seventh has to leave: then three are left
    assert window.admit(START + 10, 4, 0) == (True, 4, 0, 6 + MINUTE - 10, 0.0)
    assert window.admit(START + 10, 12).remaining == 1
    assert window.admit(START + 10, 12).remaining == 0
    assert not window.admit(START + 10, 12).admitted


def test_a_cost_above_the_limit_is_refused_and_takes_nothing() -> None:
    window = Window()
    assert window.admit(START, 5, 6) == (False, 5, 5, MINUTE, MINUTE)
    assert window.admit(START, 5, 5).admitted


def test_a_negative_cost_is_an_error_and_frees_nothing() -> None:
    window = Window()
    window.admit(START, 1)
    with pytest.raises(ValueError, match="cost"):
        window.admit(START, 1, -1)
    assert not window.admit(START, 1).admitted


@pytest.mark.parametrize("uptime", [0.1, 59.9, 86_400.7, 3e7 + 1 / 3])
def test_the_wait_is_exact_for_clocks_that_are_not_in_ticks(uptime: float) -> None:
    window = Window()
    window.admit(uptime, 1)
    wait = window.admit(uptime + 12.3, 1).retry_after
    assert wait == pytest.approx(MINUTE - 12.3, abs=1e-6)
    assert not window.admit(uptime + 12.3 + wait - 1e-6, 1).admitted
    assert window.admit(uptime + 12.3 + wait + 1e-6, 1).admitted


def memory_of(window: Window, requests: Iterator[tuple[float, int, int]]) -> tuple[int, int]:
    """Bytes that ``window`` takes at most, and in the end."""
    tracemalloc.start()
    try:
        for now, limit, cost in requests:
            window.admit(now, limit, cost)
        now_, peak = tracemalloc.get_traced_memory()
        return peak, now_
    finally:
        tracemalloc.stop()


def test_memory_is_eight_bytes_per_admission_of_the_last_minute() -> None:
    """Otherwise one key that is used to its limit for long would fill the memory."""
    limit, per_second = 12_000, 250
    window = Window()
    peak, _ = memory_of(window, ((START + n / per_second, limit, 1) for n in range(240 * per_second)))
    assert len(window.admissions()[0]) == limit
    assert peak < limit * 8 * 1.4


def test_the_memory_of_a_burst_is_given_back() -> None:
    burst = [(START, 20_000, 1)] * 20_000
    for after in ([(START + MINUTE, 20_000, 1)], [(START + 1 + n, 20_000, 1) for n in range(120)]):
        peak, end = memory_of(Window(), iter(burst + after))
        assert peak > 20_000 * 8
        assert end < 4_000


def test_a_request_that_costs_a_million_takes_no_more_memory_and_time_than_another() -> None:
    """Otherwise a caller of verify could fill the memory with a few requests."""
    window = Window()
    peak, _ = memory_of(window, ((START + n, 1_000_000, 200_000) for n in range(1_000)))
    assert peak < 4_000
    assert window.admit(START + 1_000, 1_000_000, 0).remaining == 0

"""The windows of many keys together: who shares one, what is kept, what clocks and restarts change."""

import asyncio
import logging
import struct
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from limit_oracle import MINUTE, Oracle, gaps, most_in_a_minute
from onepin.server.clock import ManualClock
from onepin.server.limits import snapshot
from onepin.server.limits.limit import Allowance
from onepin.server.limits.memory import MemoryLimiter

KEY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def admitted(limiter: MemoryLimiter, key: UUID, limit: int, cost: int = 1) -> bool:
    allowance = limiter.admit(key, limit, cost)
    assert allowance is not None
    return allowance.admitted


async def test_of_two_hundred_concurrent_requests_at_a_limit_of_a_hundred_exactly_a_hundred_are_admitted() -> None:
    """Otherwise whoever sends requests in parallel would get more than the limit."""
    limiter = MemoryLimiter(ManualClock().monotonic)
    gate = asyncio.Event()

    async def request() -> bool:
        await gate.wait()
        return admitted(limiter, KEY, 100)

    requests = [asyncio.create_task(request()) for _ in range(200)]
    await asyncio.sleep(0)
    gate.set()
    assert sum(await asyncio.gather(*requests)) == 100


@given(st.lists(st.tuples(gaps, st.sampled_from([3, 7]), st.integers(0, 3)), max_size=60), st.integers(1, 4))
def test_each_window_decides_as_if_it_were_alone(requests: list[tuple[float, int, int]], limit: int) -> None:
    clock = ManualClock()
    limiter, oracles = MemoryLimiter(clock.monotonic), {3: Oracle(), 7: Oracle()}
    for gap, key, cost in requests:
        clock.advance(gap)
        assert limiter.admit(UUID(int=key), limit, cost) == oracles[key].admit(clock.monotonic(), limit, cost)


def test_keys_of_one_window_share_the_limit() -> None:
    """Otherwise a rotation with a grace would double what a customer may do."""
    limiter = MemoryLimiter(ManualClock().monotonic)
    old_key, new_key = KEY, UUID(str(KEY))
    assert sum(admitted(limiter, key, 10) for _ in range(10) for key in (old_key, new_key)) == 10


def test_without_a_limit_nothing_is_decided_and_nothing_kept() -> None:
    limiter = MemoryLimiter(ManualClock().monotonic)
    assert [limiter.admit(KEY, None), limiter.admit(KEY, None, 5), limiter.look(KEY, None)] == [None, None, None]
    assert len(limiter) == 0


def test_a_look_takes_nothing() -> None:
    limiter = MemoryLimiter(ManualClock().monotonic)
    assert limiter.look(KEY, 2) == Allowance(True, 2, 2, MINUTE, 0.0)
    assert len(limiter) == 0
    assert admitted(limiter, KEY, 2)
    assert limiter.look(KEY, 2) == limiter.look(KEY, 2) == Allowance(True, 2, 1, MINUTE, 0.0)
    assert admitted(limiter, KEY, 2)
    assert limiter.look(KEY, 2) == Allowance(True, 2, 0, MINUTE, 0.0)
    assert not admitted(limiter, KEY, 2)


def test_a_refused_request_of_an_idle_key_is_not_kept() -> None:
    limiter = MemoryLimiter(ManualClock().monotonic)
    assert not admitted(limiter, KEY, 5, cost=6)
    assert len(limiter) == 0


@pytest.mark.parametrize("step", [3600, -3600])
def test_a_step_of_the_wall_clock_changes_nothing(step: float) -> None:
    """Otherwise a client could be locked out for an hour, or get its limit twice, when the time is corrected."""
    clock = ManualClock()
    limiter = MemoryLimiter(clock.monotonic)
    assert sum(admitted(limiter, KEY, 5) for _ in range(9)) == 5
    clock.step_wall(step)
    assert not admitted(limiter, KEY, 5)
    clock.advance(MINUTE)
    assert sum(admitted(limiter, KEY, 5) for _ in range(9)) == 5


class TestIdleKeys:
    def test_are_swept(self) -> None:
        clock = ManualClock()
        limiter = MemoryLimiter(clock.monotonic)
        for number in range(100):
            admitted(limiter, UUID(int=number), 5)
        clock.advance(30)
        admitted(limiter, UUID(int=0), 5)
        clock.advance(MINUTE - 30)
        limiter.sweep(at_most=40)
        assert len(limiter) == 60
        limiter.sweep()
        assert len(limiter) == 1
        clock.advance(30)
        limiter.sweep()
        assert len(limiter) == 0

    def test_do_not_stay_for_looks_and_refusals(self) -> None:
        clock = ManualClock()
        limiter = MemoryLimiter(clock.monotonic)
        admitted(limiter, UUID(int=1), 1)
        clock.advance(1)
        admitted(limiter, UUID(int=2), 1)
        clock.advance(MINUTE - 2)
        limiter.look(UUID(int=1), 1)
        assert not admitted(limiter, UUID(int=1), 1)
        clock.advance(1)
        limiter.sweep()
        assert len(limiter) == 1

    def test_make_room_for_new_ones_without_a_sweep(self) -> None:
        """Otherwise a flood of keys would grow the memory faster than it is swept."""
        clock = ManualClock()
        limiter = MemoryLimiter(clock.monotonic)
        for number in range(1000):
            admitted(limiter, UUID(int=number), 5)
        clock.advance(MINUTE)
        for number in range(1000, 2000):
            admitted(limiter, UUID(int=number), 5)
        assert len(limiter) == 1000

    def test_take_no_memory(self) -> None:
        clock = ManualClock()
        limiter = MemoryLimiter(clock.monotonic)
        tracemalloc.start()
        try:
            for _ in range(4):
                for _ in range(2000):
                    limiter.admit(uuid4(), 5)
                clock.advance(MINUTE)
            _, peak = tracemalloc.get_traced_memory()
            limiter.sweep()
            end, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2 * 2000 * 800
        assert end < 4_000


class Restarting:
    """A limiter whose process ends and begins again, each time with a monotonic clock that starts anywhere."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.limiter = MemoryLimiter(self.clock.monotonic)

    def restart(self, away: float = 0.0, step: float = 0.0, uptime: float = 0.0) -> None:
        """``away``: seconds without a process. ``step``: how far the wall clock is moved meanwhile."""
        data = self.limiter.snapshot(self.clock.now())
        self.clock = ManualClock(self.clock.now() + timedelta(seconds=away + step))
        self.clock._monotonic = uptime
        self.limiter = MemoryLimiter(self.clock.monotonic)
        self.limiter.restore(data, self.clock.now())


@given(
    st.lists(st.tuples(gaps, st.integers(0, 3), st.none() | st.tuples(gaps, st.integers(0, 10**6))), max_size=40),
    st.integers(1, 4),
)
def test_a_clean_restart_at_any_point_changes_no_decision(
    requests: list[tuple[float, int, tuple[float, int] | None]], limit: int
) -> None:
    server, oracle, now = Restarting(), Oracle(), 1000.0
    for gap, cost, restart in requests:
        server.clock.advance(gap)
        now += gap
        if restart is not None:
            server.restart(restart[0], uptime=restart[1])
            now += restart[0]
        assert server.limiter.admit(KEY, limit, cost) == oracle.admit(now, limit, cost)


def test_a_restart_with_the_clock_set_back_holds_nobody_up_for_more_than_a_minute() -> None:
    """Otherwise a correction of the clock would lock every busy client out for as long as it was wrong."""
    server = Restarting()
    assert sum(admitted(server.limiter, KEY, 5) for _ in range(9)) == 5
    server.restart(away=2, step=-3600)
    refusal = server.limiter.admit(KEY, 5)
    assert refusal is not None
    assert not refusal.admitted
    assert refusal.retry_after <= MINUTE
    server.clock.advance(refusal.retry_after)
    assert sum(admitted(server.limiter, KEY, 5) for _ in range(9)) == 5


def test_a_restart_with_the_clock_set_forward_admits_at_most_the_limit_once_more() -> None:
    server, times = Restarting(), list[float]()
    for step in (0, 3600, 0, 0):
        server.restart(step=step, uptime=server.clock.monotonic())
        times += [server.clock.monotonic() for _ in range(9) if admitted(server.limiter, KEY, 5)]
    assert most_in_a_minute(times) == 10


def test_of_two_windows_the_longer_idle_one_is_still_dropped_first_after_a_restart() -> None:
    server = Restarting()
    for key in (1, 2, 1):
        admitted(server.limiter, UUID(int=key), 5)
        server.clock.advance(1)
    server.restart()
    server.clock.advance(MINUTE - 1.5)
    server.limiter.sweep()
    assert len(server.limiter) == 1
    assert server.limiter.look(UUID(int=1), 5) == Allowance(True, 5, 4, 0.5, 0.0)


def full_limiter() -> bytes:
    limiter = MemoryLimiter(ManualClock().monotonic)
    for key in range(3):
        for cost in (1, 1, key + 1):
            limiter.admit(UUID(int=key), 50, cost)
    return limiter.snapshot(NOW)


def signed(body: bytes) -> bytes:
    return struct.pack("=8sI", snapshot.MAGIC, zlib.crc32(body)) + body


def restored(data: bytes) -> MemoryLimiter:
    limiter = MemoryLimiter(ManualClock().monotonic)
    limiter.restore(data, NOW)
    return limiter


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_snapshot_is_ignored_with_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    """Otherwise a disk that was full at the last stop would keep the server from starting."""
    whole = full_limiter()
    assert len(restored(whole)) == 3
    caplog.clear()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from([whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole + b"x"])
    )
    assert len(restored(damaged)) == 0
    assert [(r.name, r.levelno) for r in caplog.records] == [("onepin.limits", logging.WARNING)]


HEAD = struct.pack("=qd", 1767225600 * 10**6, 1000.0)


@pytest.mark.parametrize(
    "body",
    [
        HEAD + struct.pack("=16sI?dd", KEY.bytes, 2, False, 1000.0, 999.0),
        HEAD + struct.pack("=16sI?d", KEY.bytes, 1, False, float("nan")),
        HEAD + struct.pack("=16sI?d", KEY.bytes, 1, False, float("inf")),
        HEAD + struct.pack("=16sI?dq", KEY.bytes, 1, True, 1000.0, 0),
        HEAD + struct.pack("=16sI?d", KEY.bytes, 2**31, False, 1000.0),
    ],
    ids=["not ascending", "no number", "infinite", "of no cost", "more than there is"],
)
def test_admissions_that_can_not_have_been_are_not_taken_over(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert len(restored(signed(body))) == 0
    assert [(r.name, r.levelno) for r in caplog.records] == [("onepin.limits", logging.WARNING)]


@example(HEAD + struct.pack("=16sI?d", KEY.bytes, 1, False, 1e300))  # from the future
@example(HEAD + struct.pack("=16sI?", KEY.bytes, 0, False))
@given(st.binary(max_size=80))
def test_no_bytes_at_all_make_a_start_fail_or_hold_a_client_up_for_more_than_a_minute(body: bytes) -> None:
    clock = ManualClock()
    limiter = MemoryLimiter(clock.monotonic)
    limiter.restore(signed(body), NOW)
    limiter.admit(KEY, 1)
    clock.advance(MINUTE)
    assert admitted(limiter, UUID(bytes_le=KEY.bytes_le), 1)
    limiter.sweep()


def test_a_snapshot_older_than_a_minute_is_no_news() -> None:
    limiter = MemoryLimiter(ManualClock().monotonic)
    limiter.restore(full_limiter(), NOW + timedelta(seconds=60))
    assert len(limiter) == 0

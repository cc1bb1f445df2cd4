"""The counters against a journal of what was done: exact after every flush, whatever came in between."""

import asyncio
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onepin.server.clock import ManualClock
from onepin.server.errors import Refused, unavailable
from onepin.server.keys.usage import BATCH_KEYS, DAY, FORGET_ROWS, HOUR, KEPT, MINUTE, Outcome, Usage
from onepin.server.store.store import Store, open_store
from usage.journal import Journal, counted

WORKSPACE = uuid4()
OK, LIMITED, LACKING = Outcome


class Interrupted:
    """A real store whose writes fail when they are told to: before they begin, or after they are committed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.writes = 0

    async def write(self, work: Any) -> Any:
        self.writes += 1
        if self.before:
            raise self.before.pop(0)
        done = await self._store.write(work)
        if self.after:
            raise self.after.pop(0)
        return done


steps = st.one_of(
    st.tuples(st.just("note"), st.integers(0, 3), st.sampled_from(Outcome), st.integers(0, 5)),
    st.tuples(st.just("advance"), st.floats(0, 5_000)),
    st.tuples(st.just("step"), st.floats(-7_200, 7_200)),
    st.sampled_from([("flush",), ("restart",), ("fail",), ("lose the answer",)]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.lists(steps, max_size=60))
def test_the_sums_are_those_of_the_journal(database_url: str, script: list[Any]) -> None:
    async def run() -> None:
        store, clock, journal = open_store(database_url), ManualClock(), Journal()
        await store.start(migrate=False)
        faulty = Interrupted(store)
        keys = [uuid4() for _ in range(4)]
        usage = Usage(faulty, clock)  # type: ignore[arg-type]
        for what, *how in script:
            if what == "note":
                number, outcome, cost = how
                usage.note(keys[number], WORKSPACE, outcome, cost)
                journal.write(keys[number], clock.now(), outcome, cost)
            elif what == "advance":
                clock.advance(*how)
            elif what == "step":
                clock.step_wall(*how)
            elif what == "flush":
                await usage.flush()
                assert await counted(store, keys) == +journal.sums
            elif what == "restart":
                await usage.close()
                usage = Usage(faulty, clock)  # type: ignore[arg-type]
            else:
                faults = faulty.before if what == "fail" else faulty.after
                faults.append(unavailable("the test says so"))
                if usage.pending:
                    with pytest.raises(Refused):
                        await usage.flush()
                faults.clear()
        await usage.close()
        assert await counted(store, keys) == +journal.sums
        await store.close()

    asyncio.run(run())


async def test_uses_of_more_keys_than_one_batch_holds_are_all_written(store: Store, clock: ManualClock) -> None:
    """Batches are small, so that a create that comes in between waits for one of them and not for all."""
    faulty, journal = Interrupted(store), Journal()
    usage = Usage(faulty, clock)  # type: ignore[arg-type]
    keys = [uuid4() for _ in range(3 * BATCH_KEYS + 7)]
    for number, key in enumerate(keys):
        for outcome in Outcome:
            usage.note(key, WORKSPACE, outcome, number)
            journal.write(key, clock.now(), outcome, number)
    await usage.flush()
    assert await counted(store, keys) == +journal.sums
    assert faulty.writes == 4
    assert (usage.pending, usage.lag_seconds, usage.dropped) == (0, 0.0, 0)


async def test_a_flush_is_spread_and_a_stop_in_one_of_its_pauses_loses_nothing(
    store: Store, clock: ManualClock
) -> None:
    """If this failed, requests would wait for the counting of earlier ones; or a stop would forget some."""
    faulty, journal = Interrupted(store), Journal()
    usage = Usage(faulty, clock)  # type: ignore[arg-type]
    keys = [uuid4() for _ in range(3 * BATCH_KEYS)]
    for key in keys:
        usage.note(key, WORKSPACE, OK)
        journal.write(key, clock.now(), OK)
    flushing = asyncio.ensure_future(usage.flush(3600))
    await asyncio.wait([flushing], timeout=0.5)
    assert (faulty.writes, usage.pending) == (1, 2 * BATCH_KEYS)
    flushing.cancel()
    await asyncio.wait([flushing])
    await usage.close()
    assert await counted(store, keys) == journal.sums


async def test_what_comes_while_a_flush_writes_is_written_by_the_next(store: Store, clock: ManualClock) -> None:
    usage, journal, key = Usage(store, clock), Journal(), uuid4()
    for _ in range(20):
        usage.note(key, WORKSPACE, OK)
        journal.write(key, clock.now(), OK)
        flushing = asyncio.ensure_future(usage.flush())
        await asyncio.sleep(0)
        usage.note(key, WORKSPACE, LIMITED)
        journal.write(key, clock.now(), LIMITED)
        await flushing
        clock.advance(7)
    await usage.flush()
    assert await counted(store, [key]) == journal.sums


async def test_an_outage_keeps_the_counts_and_coalesces_them(store: Store, clock: ManualClock) -> None:
    faulty, journal, key = Interrupted(store), Journal(), uuid4()
    usage = Usage(faulty, clock)  # type: ignore[arg-type]
    for _ in range(100):
        usage.note(key, WORKSPACE, OK)
        journal.write(key, clock.now(), OK)
        faulty.before = [unavailable("away")]
        with pytest.raises(Refused):
            await usage.flush()
        clock.advance(1)
    assert usage.pending == 3  # the batch that was tried first, and one count for each of the two minutes
    assert usage.lag_seconds == 100
    await usage.flush()
    assert await counted(store, [key]) == journal.sums


async def test_an_outage_is_logged_once(store: Store, clock: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    faulty = Interrupted(store)
    usage = Usage(faulty, clock)  # type: ignore[arg-type]
    usage.note(uuid4(), WORKSPACE, OK)
    with caplog.at_level(logging.INFO, "onepin.usage"):
        faulty.before = [unavailable("it is away") for _ in range(3)]
        await usage.close()
        await usage.close()
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "usage can't be written, and is kept: it is away"
    ]
    assert "stopping with the counts of 1 keys and minutes unwritten" in caplog.text


async def test_a_flush_that_is_cancelled_in_the_middle_is_not_counted_twice(store: Store, clock: ManualClock) -> None:
    usage, journal = Usage(store, clock), Journal()
    keys = [uuid4() for _ in range(200)]
    for key in keys:
        usage.note(key, WORKSPACE, OK)
        journal.write(key, clock.now(), OK)
    for turns in range(12):
        flushing = asyncio.ensure_future(usage.flush())
        for _ in range(turns):
            await asyncio.sleep(0)
        flushing.cancel()
        await asyncio.wait([flushing])
    await usage.flush()
    assert await counted(store, keys) == journal.sums


async def test_memory_is_bounded_and_what_is_dropped_is_counted_and_logged(
    store: Store, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """If this failed, an outage of the database would end in one of the server for lack of memory."""
    usage, journal = Usage(store, clock, pending_max=10), Journal()
    keys = [uuid4() for _ in range(15)]
    for key in keys + keys:
        usage.note(key, WORKSPACE, OK)
        if key in keys[:10]:
            journal.write(key, clock.now(), OK)
    assert (usage.pending, usage.dropped) == (10, 10)
    with caplog.at_level(logging.WARNING, "onepin.usage"):
        await usage.close()
    assert "10 uses of keys were not counted" in caplog.text
    assert await counted(store, keys) == journal.sums
    usage.note(keys[14], WORKSPACE, OK, 3)
    journal.write(keys[14], clock.now(), OK, 3)
    await usage.flush()
    assert await counted(store, keys) == journal.sums


async def test_a_batch_that_can_never_be_written_does_not_hold_up_the_others(store: Store, clock: ManualClock) -> None:
    usage, poisoned, good = Usage(store, clock), uuid4(), uuid4()
    usage.note(poisoned, WORKSPACE, OK, 2**70)  # more than a column holds
    clock.advance(60)
    usage.note(good, WORKSPACE, OK)
    for _ in range(5):
        await usage.close()
    assert sum((await counted(store, [good])).values()) == len(KEPT)
    assert await counted(store, [poisoned]) == {}
    assert (usage.pending, usage.dropped) == (0, 2**70)


async def test_a_use_without_cost_counts_nothing(store: Store, clock: ManualClock) -> None:
    usage, key = Usage(store, clock), uuid4()
    usage.note(key, WORKSPACE, OK, 0)
    await usage.flush()
    assert await counted(store, [key]) == {}


async def test_counters_are_kept_as_long_as_they_say_and_no_longer(store: Store, clock: ManualClock) -> None:
    usage, key = Usage(store, clock), uuid4()
    begin = clock.now()
    for days in range(0, 450, 5):
        usage.note(key, WORKSPACE, OK)
        await usage.flush()
        assert not await usage.forget()
        kept = {minutes: [start for _, m, start, _ in await counted(store, [key]) if m == minutes] for minutes in KEPT}
        for minutes, starts in kept.items():
            last = days * 86400 // (minutes * 60)
            ages = [clock.now() - start for start in starts]
            assert max(ages) <= KEPT[minutes]
            assert len(starts) == min(days // 5, KEPT[minutes] // timedelta(days=5)) + 1, (minutes, last)
        clock.advance(5 * 86400)
    assert clock.now() - begin == timedelta(days=450)


async def test_old_counters_go_a_few_at_a_time(store: Store, clock: ManualClock) -> None:
    """If they went all at once, every change of a key would wait for it."""
    usage = Usage(store, clock)
    keys = [uuid4() for _ in range(FORGET_ROWS + 50)]
    for key in keys:
        usage.note(key, WORKSPACE, OK)
    await usage.flush()
    clock.advance(86_400 + 60)
    left = []
    more = True
    while more:
        more = await usage.forget()
        left.append(await minutes_left(store, keys))
    assert left == [{MINUTE: 50, HOUR: 250, DAY: 250}, {HOUR: 250, DAY: 250}]


async def minutes_left(store: Store, keys: list[UUID]) -> dict[int, int]:
    """How many rows there are of each granularity."""
    found: dict[int, int] = {}
    for _, minutes, _, _ in await counted(store, keys):
        found[minutes] = found.get(minutes, 0) + 1
    return found

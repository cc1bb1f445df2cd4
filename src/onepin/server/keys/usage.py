"""How often each key was used, and when last: noted while a request is answered, written beside the requests.

``note`` only counts in memory. Every few seconds the counts go to the database, a small transaction per ``BATCH_KEYS``
keys: each adds to the key's minute, hour and day, so that no roll-up has to follow, and moves ``last_used_at`` forward.
A process that is killed loses what it had not written yet; docs/explanation/usage.md says how much that can be.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.store.query import Query, Tx
from onepin.server.store.store import Store, StoreError, Work
from onepin.server.store.usage_queries import (
    CLAIM_BATCH,
    FORGET_USAGE,
    FORGET_WRITERS,
    USAGE_COLUMNS,
    add_usage,
    chunks,
    keys_that_are,
    keys_unlocked,
    move_last_used,
    numbered,
)

log = logging.getLogger("onepin.usage")
FLUSH_SECONDS = 3.0
"""From the end of one flush to the next. At most 5 s of counts are unwritten while a flush takes less than 2 s."""
PENDING_MAX = 100_000
"""Counts of a key and minute that may wait to be written, some 30 MB; what comes beyond is dropped."""
BATCH_KEYS = 64
"""Keys that are written in one transaction: a few ms, which is what a create that comes in between waits."""
SPREAD_SECONDS = 1.0
"""Over how long the transactions of a flush are spread: back to back they take a quarter of a core for as long as they
last, and requests wait meanwhile."""
TRIES = 3
"""How often a batch is tried that fails for another reason than an absent database."""
FORGET_ROWS = 200
MINUTE, HOUR, DAY = 1, 60, 1440
KEPT = {MINUTE: timedelta(hours=24), HOUR: timedelta(days=30), DAY: timedelta(days=400)}
"""Granularities, by the minutes in a bucket, and how long the buckets are kept."""
WRITERS_KEPT = timedelta(days=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MINUTE = timedelta(minutes=1)


class Outcome(IntEnum):
    """What became of a request that carried a valid key. The number is the place of its count."""

    OK = 0
    RATE_LIMITED = 1
    INSUFFICIENT_SCOPE = 2


_LAST_USED, _KEY, _WORKSPACE = 3, 4, 5
Counts = list[Any]
"""Of one key in one minute: a count per outcome, when last, the key, its workspace. A list, for it is the fastest."""


class Batch(NamedTuple):
    """What is written in one transaction; once made it stays as it is, however often it has to be tried."""

    number: int
    minute: datetime
    counts: list[Counts]


class Usage:
    """The counters of one server process. Everything but the writing happens on the event loop's thread."""

    def __init__(self, store: Store, clock: Clock, *, pending_max: int = PENDING_MAX) -> None:
        self._store = store
        self._clock = clock
        self._now = clock.now
        self._minutes: dict[datetime, dict[int, Counts]] = {}
        self._from = self._until = _EPOCH  # of the minute that _current belongs to
        self._current: dict[int, Counts] = {}
        self._room = pending_max
        self._writer = uuid4()
        self._number = 0
        self._taken: list[tuple[datetime, dict[int, Counts]]] = []
        self._batch: Batch | None = None
        self._flushing = asyncio.Lock()
        self._flushed = clock.monotonic()
        self._failures = 0
        self._logged = 0
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0
        """How many uses were never counted, because too many waited to be written or could not be."""

    def note(self, key_id: UUID, workspace_id: UUID, outcome: Outcome, cost: int = 1) -> None:
        """Count a use of a key, now. Never waits, never fails; about 0.5 µs.

        ``cost`` as the limiter takes it, 0 or more; 0 counts nothing and still is a use of the key.
        """
        now = self._now()
        if not self._from <= now < self._until:
            self._from = bucket(now, MINUTE)
            self._until = self._from + _ONE_MINUTE
            self._current = self._minutes.setdefault(self._from, {})
        counts = self._current.get(key_id.int)  # not the UUID itself: hashing one runs Python code
        if counts is None:
            if self._room <= 0:
                self.dropped += max(cost, 1)
                return
            self._room -= 1
            counts = self._current[key_id.int] = [0, 0, 0, now, key_id, workspace_id]
        counts[outcome] += cost
        counts[_LAST_USED] = now

    @property
    def pending(self) -> int:
        """How many counts of a key and minute wait to be written."""
        waiting = sum(map(len, self._minutes.values())) + sum(len(counts) for _, counts in self._taken)
        return waiting + (len(self._batch.counts) if self._batch else 0)

    @property
    def lag_seconds(self) -> float:
        """How old the oldest unwritten count can be; 0 while nothing waits."""
        return self._clock.monotonic() - self._flushed if self.pending else 0.0

    def start(self) -> None:
        """Begin to write every FLUSH_SECONDS."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Write what waits, once, and stop. What can't be written is lost, and logged."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        try:
            await self._try_to_flush()
        finally:  # also when the process is in a hurry and cancels
            if self.pending:
                log.error("stopping with the counts of %d keys and minutes unwritten", self.pending)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._try_to_flush(SPREAD_SECONDS)

    async def _try_to_flush(self, spread: float = 0.0) -> None:
        try:
            await self.flush(spread)
        except (Refused, StoreError) as error:
            if self._failures == 1:  # and not again until it has worked
                log.warning("usage can't be written, and is kept: %s", getattr(error, "reason", None) or error)
        except Exception:
            log.exception("usage can't be written")
        if self.dropped > self._logged:
            log.warning("%d uses of keys were not counted", self.dropped - self._logged)
            self._logged = self.dropped

    async def flush(self, spread: float = 0.0) -> None:
        """Write everything noted so far, with pauses that add up to ``spread`` seconds.

        Raises ``Refused`` (UNAVAILABLE) when the database fails: what is not written by then is kept, and written by a
        later flush, added once even if a lost answer hid a commit.
        """
        async with self._flushing:
            await self._write_taken()  # what an earlier flush left, so that an outage keeps coalescing the rest
            began = self._clock.monotonic()
            self._taken = list(self._minutes.items())
            self._minutes = {}
            self._from = self._until = _EPOCH
            await self._write_taken(spread * BATCH_KEYS / max(self.pending, BATCH_KEYS))
            self._flushed = began

    async def _write_taken(self, pause: float = 0.0) -> None:
        while self._batch is not None or self._taken:
            if self._batch is None:
                self._batch = self._cut()
            try:
                locked = await self._store.write(self._work(self._batch))
            except Exception as error:
                self._failures += 1
                if self._failures >= TRIES and not isinstance(error, Refused | StoreError):
                    self._give_up(self._batch)
                raise
            self._failures = 0
            batch, self._batch = self._batch, None
            self._note_again(batch, locked)
            if self._taken and pause:
                await asyncio.sleep(pause)

    def _cut(self) -> Batch:
        """The next batch. In the order of ids, so that processes that write the same rows never wait in a circle."""
        minute, counts = self._taken[-1]
        cut = [counts.popitem()[1] for _ in range(min(BATCH_KEYS, len(counts)))]
        if not counts:
            self._taken.pop()
        self._room += len(cut)
        self._number += 1
        return Batch(self._number, minute, sorted(cut, key=lambda one: (one[_WORKSPACE].int, one[_KEY].int)))

    def _work(self, batch: Batch) -> Work[set[UUID]]:
        async def work(tx: Tx) -> set[UUID]:
            if await tx.one(CLAIM_BATCH, id=self._writer, batch=batch.number, at=self._now()) is None:
                return set()  # it was committed, only the answer got lost
            for rows in chunks(_rows(batch)):
                await tx.run(add_usage(len(rows)), **numbered(USAGE_COLUMNS, rows))
            return await _move_last_used(tx, {counts[_KEY]: counts[_LAST_USED] for counts in batch.counts})

        return work

    def _note_again(self, batch: Batch, locked: set[UUID]) -> None:
        """Keep the last use of keys that were being changed, for the next flush."""
        for counts in batch.counts:
            if counts[_KEY] in locked and self._room > 0:
                waiting = self._minutes.setdefault(batch.minute, {})
                if counts[_KEY].int not in waiting:
                    self._room -= 1
                    waiting[counts[_KEY].int] = [0] * len(Outcome) + counts[len(Outcome) :]

    def _give_up(self, batch: Batch) -> None:
        self._batch = None
        self._failures = 0
        self.dropped += sum(sum(counts[: len(Outcome)]) for counts in batch.counts)

    async def forget(self) -> bool:
        """Delete a few counters that are past their time, in a small transaction. Returns whether there may be more."""

        async def work(tx: Tx) -> bool:
            now, more = self._now(), False
            for minutes, kept in KEPT.items():
                gone = await tx.all(FORGET_USAGE, minutes=minutes, before=now - kept, limit=FORGET_ROWS)
                more = more or len(gone) == FORGET_ROWS
            await tx.run(FORGET_WRITERS, before=now - WRITERS_KEPT)
            return more

        return await self._store.write(work)


def bucket(moment: datetime, minutes: int) -> datetime:
    """When the bucket of ``minutes`` that ``moment`` lies in begins, in UTC."""
    return moment - (moment - _EPOCH) % timedelta(minutes=minutes)


def _rows(batch: Batch) -> Sequence[tuple[Any, ...]]:
    """Rows of USAGE_COLUMNS: the minute, hour and day of every key, without those that would add nothing."""
    used = [counts for counts in batch.counts if any(counts[: len(Outcome)])]
    return [
        (counts[_WORKSPACE], minutes, start, counts[_KEY], *counts[: len(Outcome)])
        for minutes, start in [(minutes, bucket(batch.minute, minutes)) for minutes in KEPT]
        for counts in used
    ]


async def _move_last_used(tx: Tx, used: dict[UUID, datetime]) -> set[UUID]:
    """Returns the keys left as they were because somebody is changing them: bookkeeping waits for nobody."""
    unlocked = await _those(tx, keys_unlocked, list(used))
    for ids in chunks(unlocked):
        pairs = [(key_id, used[key_id]) for key_id in ids]
        await tx.run(move_last_used(len(ids)), **numbered(("id", "last_used_at"), pairs))
    return set(await _those(tx, keys_that_are, list(used.keys() - set(unlocked))))


async def _those(tx: Tx, question: Callable[[int], Query[UUID]], key_ids: list[UUID]) -> list[UUID]:
    found: list[UUID] = []
    for ids in chunks(key_ids):
        found += await tx.all(question(len(ids)), **numbered(("id",), [[key_id] for key_id in ids]))
    return found

"""What a server does between requests: end graces that are over, forget what is past its time, follow the peppers."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.keys.peppers import Peppers, parse_peppers
from onepin.server.keys.service import KeyService
from onepin.server.keys.usage import Usage
from onepin.server.presence import Presence
from onepin.server.records import VerifiedRow
from onepin.server.store.device_queries import FORGET_DEVICE_REQUESTS, FORGET_SESSIONS, FORGET_TOKEN_KEYS
from onepin.server.store.query import Tx
from onepin.server.store.store import Store, StoreError
from onepin.server.store.system_queries import FORGET_OLD_REQUESTS, FORGET_OLD_SECRETS
from onepin.server.store.verifier_queries import VerifierRecord

log = logging.getLogger("onepin.housekeeping")
EVERY_SECONDS = 1.0
FORGET_EVERY_SECONDS = 60.0
OLD_DIGESTS_MAX = 1000
TOLD_FOR = timedelta(minutes=10)
"""How long a device that comes too late is told so, before its code is one that never was."""


class Housekeeper:
    """One task beside the requests. Nothing a caller sees depends on when it runs; a failure is logged and tried again.

    ``pepper_file`` is watched for peppers added while running. ``sweeps`` are called each round: they drop from memory
    what is past its time, a few milliseconds' worth at once.
    """

    def __init__(
        self,
        keys: KeyService,
        usage: Usage,
        peppers: Peppers,
        presence: Presence,
        store: Store,
        clock: Clock,
        *,
        pepper_file: Path | None,
        sweeps: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._keys = keys
        self._usage = usage
        self._peppers = peppers
        self._presence = presence
        self._store = store
        self._clock = clock
        self._pepper_file = pepper_file
        self._sweeps = tuple(sweeps)
        self._pepper_stamp = self._stamp()
        self._forgot = clock.monotonic()
        self._old_digests: dict[UUID, tuple[VerifiedRow | VerifierRecord, str]] = {}
        self._wrapped_under: int | None = None
        self._task: asyncio.Task[None] | None = None

    def note_old_digest(self, row: VerifiedRow | VerifierRecord, text: str) -> None:
        """Remember a key or verifier whose digest should become one of the current pepper. Bounded; the rest comes
        again.
        """
        if len(self._old_digests) < OLD_DIGESTS_MAX:
            self._old_digests[row.key.id if isinstance(row, VerifiedRow) else row.id] = (row, text)

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop after what is under way."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            for sweep in self._sweeps:
                sweep()
            await self._try(self._follow_peppers)
            for work in (self._end_graces, self._presence.flush, self._renew_digests, self._wrap_digests, self._forget):
                await self._try(work)
            await asyncio.sleep(EVERY_SECONDS)

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (Refused, StoreError) as error:
            log.warning("%s: %s", work.__name__, getattr(error, "reason", None) or error)
        except Exception:
            log.exception("%s failed", work.__name__)

    async def _end_graces(self) -> None:
        while await self._keys.end_expired():
            pass

    async def _forget(self) -> None:
        if self._clock.monotonic() - self._forgot < FORGET_EVERY_SECONDS:
            return
        self._forgot = self._clock.monotonic()

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            await tx.run(FORGET_OLD_SECRETS, now=now)
            await tx.run(FORGET_OLD_REQUESTS, now=now)
            await tx.run(FORGET_DEVICE_REQUESTS, now=now - TOLD_FOR)
            await tx.run(FORGET_SESSIONS, now=now)
            await tx.run(FORGET_TOKEN_KEYS, now=now)

        await self._store.write(work)
        while await self._usage.forget():
            pass

    async def _follow_peppers(self) -> None:
        stamp = self._stamp()
        if self._pepper_file is not None and stamp != self._pepper_stamp:
            self._peppers.learn(parse_peppers(self._pepper_file.read_text()))
            self._pepper_stamp = stamp
            log.info("took note of a changed pepper file")
            if self._store.exclusive:  # nobody else has to know the new one first
                await self._peppers.activate_newest()
        await self._peppers.refresh()

    async def _renew_digests(self) -> None:
        while self._old_digests:
            _id, (row, text) = self._old_digests.popitem()
            await self._peppers.unwrap(row, text)

    async def _wrap_digests(self) -> None:
        """Once a new pepper is current, wrap what older ones left, and once more when no more can come from servers
        that heard of it late; a restart goes on where it was.
        """
        peppers = self._peppers
        waiting = self._wrapped_under == peppers.current and self._clock.now() < peppers.settled_at
        if peppers.all_wrapped or waiting:
            return
        log.info("wrapping digests under pepper version %d", peppers.current)
        after: UUID | None = UUID(int=0)
        while after is not None:
            after, _ = await peppers.wrap_some(after)
            await asyncio.sleep(0)
        self._wrapped_under = peppers.current

    def _stamp(self) -> tuple[int, int] | None:
        if self._pepper_file is None:
            return None
        found = self._pepper_file.stat()
        return found.st_mtime_ns, found.st_ino

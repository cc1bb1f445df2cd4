"""When somebody was last active in a workspace: bookkeeping beside the requests, to the minute."""

from datetime import datetime
from uuid import UUID

from onepin.server.clock import Clock
from onepin.server.store.member_queries import SET_LAST_ACTIVE
from onepin.server.store.query import Tx
from onepin.server.store.store import Store

EVERY_SECONDS = 60.0
REMEMBERED_MAX = 10_000
Place = tuple[UUID, UUID]
"""A workspace and a user."""


class Presence:
    """Notes who acts where, in memory, and writes it down at most once a minute for each."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: dict[Place, float] = {}
        self._waiting: dict[Place, datetime] = {}

    def note(self, workspace_id: UUID, user_id: UUID) -> None:
        """Somebody acts in a workspace of theirs."""
        place, now = (workspace_id, user_id), self._clock.monotonic()
        before = self._noted.get(place)
        if before is not None and now - before < EVERY_SECONDS:
            return
        if len(self._noted) >= REMEMBERED_MAX:
            self._noted.clear()  # they are written once more than needed
        self._noted[place] = now
        self._waiting[place] = self._clock.now()

    async def flush(self) -> None:
        """Write what is waiting. What a failure of the database loses is noted again within a minute of activity."""
        if not self._waiting:
            return
        waiting, self._waiting = sorted(self._waiting.items()), {}

        async def work(tx: Tx) -> None:
            for (workspace_id, user_id), at in waiting:
                await tx.run(SET_LAST_ACTIVE, workspace_id=workspace_id, user_id=user_id, at=at)

        await self._store.write(work)

"""The windows of all keys, in the memory of one process."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from onepin.server.limits import snapshot
from onepin.server.limits.limit import WINDOW_SECONDS, Allowance
from onepin.server.limits.window import Window

log = logging.getLogger("onepin.limits")
SWEPT_AT_ONCE = 5_000
"""About two milliseconds of work."""
FEW = 1_000


class MemoryLimiter:
    """Admits requests by exact windows, for one event loop: a call never waits, so calls can't overlap.

    A window is kept while it holds an admission of the last minute; keys that are idle, and keys without a limit, take
    no memory. ``monotonic``: seconds that never go back, so that a step of the wall clock changes nothing.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._windows: OrderedDict[int, Window] = OrderedDict()  # the one whose last admission is oldest comes first
        self._most = 0

    def __len__(self) -> int:
        return len(self._windows)

    def admit(self, window_id: UUID, limit: int | None, cost: int = 1) -> Allowance | None:
        """Decide about a request of ``cost`` units (0 or more) and count it if it is admitted.

        ``window_id``: keys that share a window (both of a rotation in grace) together admit ``limit``, the one of this
        call. None when there is no limit.
        """
        if limit is None:
            return None
        key = window_id.int  # hashed and compared in C, which UUID is not
        window = self._windows.get(key)
        if window is None:
            return self._first(key, limit, cost)
        allowance = window.admit(self._monotonic(), limit, cost)
        if allowance.admitted and cost:
            self._windows.move_to_end(key)
        return allowance

    def look(self, window_id: UUID, limit: int | None) -> Allowance | None:
        """What ``admit`` would leave of a request that costs nothing: the state of the window, unchanged."""
        return self.admit(window_id, limit, 0)

    def sweep(self, at_most: int = SWEPT_AT_ONCE) -> None:
        """Drop up to ``at_most`` windows that hold nothing any more; to be called every second or so."""
        gone = self._monotonic() - WINDOW_SECONDS
        windows = self._windows
        while windows and at_most > 0:
            key = next(iter(windows))
            if windows[key].newest > gone:
                break
            del windows[key]
            at_most -= 1
        if len(windows) <= FEW < self._most:
            self._windows = OrderedDict(windows)  # a table doesn't shrink when entries go
            self._most = len(windows)

    def snapshot(self, now: datetime) -> bytes:
        """Everything that is in the windows, for ``restore`` in the next process. ``now`` is the wall clock's."""
        return snapshot.pack(self._windows, self._monotonic(), now)

    def restore(self, data: bytes, now: datetime) -> None:
        """Go on where ``snapshot`` was taken; call it before the first admission.

        The time between is what the wall clock says, but never less than none: a clock that was set back meanwhile
        holds nobody up for more than a minute. Data that can't be read are ignored, with a line in the log.
        """
        try:
            windows = snapshot.unpack(data, self._monotonic(), now)
        except snapshot.Unreadable as error:
            log.warning("the limits of the last run are not taken over: %s", error)
            return
        for key, window in sorted(windows.items(), key=lambda item: item[1].newest):
            self._windows[key] = window
        self._most = len(self._windows)

    def _first(self, key: int, limit: int, cost: int) -> Allowance:
        """A request of a key that was idle. Two idle windows may go for each that comes, so they can't pile up."""
        window = Window()
        allowance = window.admit(self._monotonic(), limit, cost)
        if allowance.admitted and cost:
            self.sweep(2)
            self._windows[key] = window
            self._most = max(self._most, len(self._windows))
        return allowance

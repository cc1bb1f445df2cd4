"""One exact sliding window of 60 seconds. Pure: time is an argument, and nothing here asks a clock."""

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate

from onepin.server.limits.limit import WINDOW_SECONDS, Allowance

COMPACT = 8
"""What has left the window is deleted from the front once it is one in so many: amortised, a few bytes moved each."""


class Window:
    """The times of the admissions of the last minute.

    In no interval (t - 60, t] are more than ``limit`` units admitted, and what stays within that is never refused.
    8 bytes per admission of the last minute; 16 once one of them cost something else than 1. The comparisons are exact:
    ``now - 60`` needs no rounding, where ``time + 60`` may.
    """

    __slots__ = ("_before", "_first", "_sums", "_times")

    def __init__(self) -> None:
        self._times: array[float] = array("d")  # ascending
        self._first = 0  # the first that is still in the window
        self._sums: array[int] | None = None  # running total of the costs; None while each of them is 1
        self._before = 0  # the running total ahead of the first

    def admit(self, now: float, limit: int, cost: int = 1) -> Allowance:
        """Decide about a request of ``cost`` units (0 takes nothing and is always admitted) and count it if admitted.

        Args:
            now: Monotonic seconds, never less than in an earlier call.
            limit: Units per window, 1 or more; holds from this call on, whatever it was before.
            cost: Units, 0 or more. Above ``limit``, it is refused whatever the window holds.

        Raises:
            ValueError: ``cost`` is negative.
        """
        times, first = self._times, self._first
        gone = now - WINDOW_SECONDS
        if first < len(times) and times[first] <= gone:
            first = self._forget(gone)
        used = len(times) - first if self._sums is None else self._sums[-1] - self._before
        remaining = limit - used - cost
        if remaining < 0:
            return self._over(gone, limit, used, cost)
        if cost == 1 and self._sums is None:
            times.append(now)
        elif cost:
            first = self._add(now, cost)
        reset_after = times[first] - gone if first < len(times) else WINDOW_SECONDS
        return Allowance(True, limit, remaining, reset_after, 0.0)

    @property
    def newest(self) -> float:
        """The time of the last admission; a minute later the window holds nothing. Minus infinity if there is none."""
        return self._times[-1] if self._times else float("-inf")

    def admissions(self) -> tuple["array[float]", "array[int] | None"]:
        """The time of each admission, ascending, and their costs, or None where each is 1."""
        times = self._times[self._first :]
        if self._sums is None:
            return times, None
        sums = self._sums[self._first :]
        return times, array("q", (after - before for before, after in zip([self._before, *sums], sums, strict=False)))

    @classmethod
    def of(cls, times: "array[float]", costs: "array[int] | None") -> "Window":
        """A window that holds what ``admissions`` gave."""
        window = cls()
        window._times = times
        if costs is not None:
            window._sums = array("q", accumulate(costs))
        return window

    def _forget(self, gone: float) -> int:
        """Leave behind what came at ``gone`` or before; the first did. Gives the first that is still in the window."""
        times, first = self._times, self._first + 1
        if first < len(times) and times[first] <= gone:
            first = bisect_right(times, gone, first)
        if first == len(times):
            del times[:]
            self._sums, first = None, 0
        else:
            if self._sums is not None:
                self._before = self._sums[first - 1]
            if first * COMPACT >= len(times):
                del times[:first]
                if self._sums is not None:
                    del self._sums[:first]
                first = 0
        self._first = first
        return first

    def _add(self, now: float, cost: int) -> int:
        """Count an admission where its cost, or an earlier one's, is not 1. Gives the first that is in the window."""
        if cost < 0:
            raise ValueError("a cost is 0 or more")
        if self._sums is None:
            del self._times[: self._first]
            self._first, self._before = 0, 0
            self._sums = array("q", range(1, len(self._times) + 1))
        self._sums.append((self._sums[-1] if self._sums else 0) + cost)
        self._times.append(now)
        return self._first

    def _over(self, gone: float, limit: int, used: int, cost: int) -> Allowance:
        """The refusal of ``cost`` units; or a look at a window that holds more than a limit lowered meanwhile."""
        reset_after = self._oldest(max(1, used - limit + 1)) - gone if used else WINDOW_SECONDS
        if cost == 0:
            retry_after = 0.0
        elif cost > limit:
            retry_after = WINDOW_SECONDS
        else:
            retry_after = self._oldest(used + cost - limit) - gone
        return Allowance(cost == 0, limit, max(0, limit - used), reset_after, retry_after)

    def _oldest(self, units: int) -> float:
        """The time of the last of the oldest ``units`` units; the window holds that many."""
        if self._sums is None:
            return self._times[self._first + units - 1]
        return self._times[bisect_left(self._sums, self._before + units, self._first)]

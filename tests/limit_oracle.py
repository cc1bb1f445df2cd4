"""The rate limit by brute force: everything ever admitted is kept, and every question is answered by counting it."""

from hypothesis import strategies as st

from onepin.server.limits.limit import Allowance

TICK = 1 / 64
"""Seconds. Sums of ticks are exact in binary, so a test can ask about the very edge of a window."""
MINUTE = 60.0

gaps = st.one_of(
    st.sampled_from([0.0, 0.0, 0.0, TICK, MINUTE - TICK, MINUTE, MINUTE + TICK]),
    st.integers(0, 70 * 64).map(lambda ticks: ticks * TICK),
)
"""Times between requests: bursts, the edges of a window, and anything else up to more than a window."""


class Oracle:
    """What one window must decide."""

    def __init__(self) -> None:
        self.admitted: list[tuple[float, int]] = []

    def used(self, at: float) -> int:
        """Units admitted in (at - 60, at]."""
        return sum(cost for time, cost in self.admitted if at - MINUTE < time <= at)

    def admit(self, now: float, limit: int, cost: int) -> Allowance:
        """The decision, and everything that is said with it."""
        admitted = cost == 0 or self.used(now) + cost <= limit
        if admitted and cost:
            self.admitted.append((now, cost))
        remaining = max(0, limit - self.used(now))
        later = sorted(time + MINUTE for time, _ in self.admitted if time + MINUTE > now)
        more = [at - now for at in later if max(0, limit - self.used(at)) > remaining]
        enough = [at - now for at in later if self.used(at) + cost <= limit]
        retry_after = 0.0 if admitted else MINUTE if cost > limit else enough[0]
        return Allowance(admitted, limit, remaining, more[0] if more else MINUTE, retry_after)


def most_in_a_minute(admissions: list[float]) -> int:
    """The largest number of ``admissions`` (ascending times) in any interval (t - 60, t]."""
    most = first = 0
    for count, time in enumerate(admissions, 1):
        while admissions[first] <= time - MINUTE:
            first += 1
        most = max(most, count - first)
    return most

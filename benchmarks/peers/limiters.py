"""The rate limiters of ``limits`` and ``throttled-py`` in memory, each strategy: ``limiters.py NAME``, or the names."""

# mypy: ignore-errors

import sys
from collections.abc import Callable

from limits.storage import MemoryStorage
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
    SlidingWindowCounterRateLimiter,
)
from throttled import MemoryStore, Throttled, per_min
from throttled.rate_limiter import RateLimitResult

from limits import RateLimitItemPerMinute
from measure.admissions import Limiter, report


def limits(strategy: type[RateLimiter]) -> Limiter:
    """As its quickstart has it: the item made once, ``hit`` per request."""

    def make(limit: int) -> Callable[[str], bool]:
        item, limiter = RateLimitItemPerMinute(limit), strategy(MemoryStorage())
        return lambda key: limiter.hit(item, "key", key)

    return Limiter(make, str, bool)


def throttled(using: str) -> Limiter:
    """As its quickstart has it; the store's default of 1,024 entries would forget keys while they are in use."""

    def make(limit: int) -> Callable[[str], RateLimitResult]:
        return Throttled(
            using=using, quota=per_min(limit, burst=limit), store=MemoryStore(options={"MAX_SIZE": 100_000})
        ).limit

    return Limiter(make, str, lambda result: not result.limited)


LIMITERS = {
    "limits, moving window": limits(MovingWindowRateLimiter),
    "limits, sliding counter": limits(SlidingWindowCounterRateLimiter),
    "limits, fixed window": limits(FixedWindowRateLimiter),
    "throttled-py, sliding window": throttled("sliding_window"),
    "throttled-py, gcra": throttled("gcra"),
    "throttled-py, token bucket": throttled("token_bucket"),
    "throttled-py, fixed window": throttled("fixed_window"),
}

if __name__ == "__main__":
    report(LIMITERS[sys.argv[1]]) if sys.argv[1:] else print(*LIMITERS, sep="\n")

"""How often an address may fail to authenticate before its 401 becomes a 429."""

import socket
from collections import OrderedDict
from collections.abc import Callable

from onepin.server.limits.limit import WINDOW_SECONDS, Allowance

PER_MINUTE = 100
ADDRESSES = 65_536
"""About 16 MB. Whoever fails from more addresses than this within a minute is not held up by counting per address."""
_MAPPED = bytes(10) + b"\xff\xff"
_LOOPBACK = bytes(15) + b"\x01"
_SLACK = 1e-6
"""Seconds by which a bucket may seem too full, from adding fractions."""
SWEPT_AT_ONCE = 5_000


class FailureLimiter:
    """Counts failed authentications per client address, IPv6 by /64; for one event loop.

    It is asked once an answer is already 401, so it can't refuse a good key, whatever its neighbours do. A token bucket
    of one number per address: ``per_minute`` failures at once, and as many per minute in the long run; None lets all
    pass. Beyond ``addresses`` of them, the one that has not failed for the longest time is forgotten.
    """

    def __init__(
        self, monotonic: Callable[[], float], *, per_minute: int | None = PER_MINUTE, addresses: int = ADDRESSES
    ) -> None:
        self._monotonic = monotonic
        self._counts = per_minute is not None
        self._limit = per_minute or PER_MINUTE
        self._apart = WINDOW_SECONDS / self._limit
        self._addresses = addresses
        self._full_at: OrderedDict[bytes, float] = OrderedDict()  # when each bucket is full again; last failed, last

    def __len__(self) -> int:
        return len(self._full_at)

    def note_failure(self, address: str) -> Allowance | None:
        """Count one failure of a client ``address``, as ``client_address`` gave it.

        Returns:
            Whether the 401 may be sent, or (``admitted`` false) becomes a 429, which does not count as a failure again.
            None where failures are not counted: loopback, what is no address, and all of them without a limit.
        """
        bucket = bucket_of(address) if self._counts else None
        if bucket is None:
            return None
        now = self._monotonic()
        was_full_at = self._full_at.get(bucket, now)
        full_at = max(now, was_full_at) + self._apart
        beyond = full_at - now - WINDOW_SECONDS
        if beyond > _SLACK:
            self._full_at.move_to_end(bucket)
            return Allowance(False, self._limit, 0, beyond, beyond)
        self._full_at[bucket] = full_at
        self._full_at.move_to_end(bucket)
        if len(self._full_at) > self._addresses:
            self._full_at.popitem(last=False)
        remaining = int((_SLACK - beyond) / self._apart)
        return Allowance(True, self._limit, remaining, beyond + (remaining + 1) * self._apart, 0.0)

    def sweep(self) -> None:
        """Forget addresses that have not failed for a minute; to be called every second or so."""
        now = self._monotonic()
        for _ in range(SWEPT_AT_ONCE):
            if not self._full_at or self._full_at[next(iter(self._full_at))] > now:
                return
            self._full_at.popitem(last=False)


def bucket_of(address: str) -> bytes | None:
    """What is counted together: an IPv4 address, or the first half of an IPv6 one, which is one subscriber's.

    None for loopback and for what is no address.
    """
    try:
        if ":" not in address:
            raw = socket.inet_pton(socket.AF_INET, address)
        else:
            raw = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
            if raw == _LOOPBACK:
                return None
            if not raw.startswith(_MAPPED):
                return raw[:8]
            raw = raw[12:]
    except (OSError, ValueError):
        return None
    return None if raw[0] == 127 else raw

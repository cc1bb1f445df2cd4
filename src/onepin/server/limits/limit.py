"""What a limit allows at one moment, and how an answer says it."""

from datetime import datetime
from functools import lru_cache
from math import ceil
from typing import NamedTuple

WINDOW_SECONDS = 60.0
"""Every limit counts over this long: in no interval (t - 60, t] is more admitted than the limit."""

Header = tuple[bytes, bytes]


class Allowance(NamedTuple):
    """One decision about one request, and what is left after it.

    ``limit``: units per window; a request costs one unless it says otherwise.
    ``remaining``: units that could be used at once, after this decision; never negative.
    ``reset_after``: seconds, above 0 and at most 60, within which no more than ``remaining`` can be used: until the
    oldest unit in the window leaves it (or, where a limit was lowered, until one can be used again). It is the
    effective window ``t`` of draft-ietf-httpapi-ratelimit-headers-11 §4.1.2, not the time until all is free again.
    ``retry_after``: seconds until a request of the same cost would be admitted; 0 when this one was, 60 when it costs
    more than the limit and no wait will do.
    """

    admitted: bool
    limit: int
    remaining: int
    reset_after: float
    retry_after: float


def retry_after_seconds(allowance: Allowance) -> int:
    """A refusal's ``Retry-After`` (RFC 9110 §10.2.3): whole seconds, at least 1, never too early."""
    return max(1, ceil(allowance.retry_after))


def headers_of(allowance: Allowance, now: datetime) -> list[Header]:
    """The headers of an answer to a key with a limit, names in lower case as ASGI has them.

    ``RateLimit-Policy`` and ``RateLimit`` as in draft-ietf-httpapi-ratelimit-headers-11, ``X-RateLimit-…`` as older
    clients read them, with the reset in seconds since 1970; ``Retry-After`` on a refusal. ``now`` is the wall clock's.
    """
    left, after = allowance.remaining, allowance.reset_after
    policy, limit = _of_limit(allowance.limit)
    headers = [
        policy,
        (b"ratelimit", b'"default";r=%d;t=%d' % (left, ceil(after))),
        limit,
        (b"x-ratelimit-remaining", b"%d" % left),
        (b"x-ratelimit-reset", b"%d" % ceil(now.timestamp() + after)),
    ]
    if not allowance.admitted:
        headers.append((b"retry-after", b"%d" % retry_after_seconds(allowance)))
    return headers


@lru_cache(maxsize=1024)
def _of_limit(limit: int) -> tuple[Header, Header]:
    return (b"ratelimit-policy", b'"default";q=%d;w=%d' % (limit, WINDOW_SECONDS)), (
        b"x-ratelimit-limit",
        b"%d" % limit,
    )

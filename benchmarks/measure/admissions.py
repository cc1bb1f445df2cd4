"""What one decision of a rate limiter costs: the same requests for every limiter, each in a process of its own.

Uses the standard library alone: it also runs in the environments of peers.
"""

import gc
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Limiter(NamedTuple):
    """A limiter under measurement.

    ``make``: from the limit per minute to the call that decides about one request of a key. ``key``: from a name to
    what the call takes. ``admitted``: whether what the call gave means that the request may go on.
    """

    make: Callable[[int], Callable[[Any], object]]
    key: Callable[[str], Any]
    admitted: Callable[[Any], bool]


class Workload(NamedTuple):
    """``each`` requests of each of ``keys`` keys in turn, after ``before`` that are not timed."""

    keys: int
    each: int
    limit: int
    before: int
    admitted: bool


WORKLOADS = {
    "a thousand keys": Workload(keys=1_000, each=50, limit=1_000, before=1_000, admitted=True),
    "one busy key": Workload(keys=1, each=20_000, limit=100_000, before=1, admitted=True),
    "refused": Workload(keys=1, each=20_000, limit=1_000, before=1_000, admitted=False),
}


def report(limiter: Limiter) -> None:
    """Print the nanoseconds per decision for each workload, as JSON."""
    print(json.dumps({name: nanoseconds(limiter, workload) for name, workload in WORKLOADS.items()}))


def nanoseconds(limiter: Limiter, workload: Workload) -> float:
    """The mean of one run, in CPU time, which other programs on the machine don't take part in.

    Raises ``RuntimeError`` where the limiter decides otherwise than it has to.
    """
    decide = limiter.make(workload.limit)
    keys = [limiter.key(f"0190a5dac967{number:020x}") for number in range(workload.keys)]
    for number in range(workload.before):
        decide(keys[number % workload.keys])
    requests = keys * workload.each
    gc.collect()
    begin = time.process_time()
    for key in requests:
        decide(key)
    elapsed = time.process_time() - begin
    if limiter.admitted(decide(keys[0])) is not workload.admitted:
        raise RuntimeError(f"a request was {'refused' if workload.admitted else 'admitted'}")
    return 1e9 * elapsed / len(requests)

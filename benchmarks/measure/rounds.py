"""Fair comparisons on a machine that has other things to do: taking turns, and medians of what each round says."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from measure.servers import LOAD_CORE, Server, pinned

K = TypeVar("K")
R = TypeVar("R")
LOAD = Path(__file__).with_name("load.py")


@dataclass(frozen=True, slots=True)
class Load:
    """What one round of load on one server gave. ``answered`` includes the warm-up, the other numbers don't."""

    per_second: float
    p50_ms: float
    p99_ms: float
    answered: int
    cpu_us: float
    """CPU time of the server per request."""


def load(server: Server, *requests: bytes, clients: int, seconds: float, status: int) -> Load:
    """One round of ``requests`` in turn, all of one length. Raises ``RuntimeError`` if a single answer had another
    status.
    """
    length = {len(request) for request in requests}.pop()
    command = [sys.executable, str(LOAD), str(server.port), str(clients), str(seconds), str(status), str(length)]
    before = server.cpu_seconds()
    done = subprocess.run(pinned(LOAD_CORE, command), input=b"".join(requests), stdout=subprocess.PIPE, check=True)
    cpu = server.cpu_seconds() - before
    found = json.loads(done.stdout)
    if found["errors"]:
        raise RuntimeError(f"{server.name}: answers other than {status}: {found['errors']}")
    answered = found["answered"]
    return Load(found["per_second"], found["p50_ms"], found["p99_ms"], answered, 1e6 * cpu / answered)


def taking_turns(rounds: int, contestants: Mapping[K, Callable[[], R]]) -> dict[K, list[R]]:
    """Run every contestant once per round, in an order that turns around each time."""
    results: dict[K, list[R]] = {name: [] for name in contestants}
    for number in range(rounds):
        order = list(contestants.items())
        for name, run in order if number % 2 == 0 else reversed(order):
            results[name].append(run())
    return results


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, so that what slowed the machine in one round slowed both."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return {"median": middle, "quartile_1": low, "quartile_3": high}

"""Nanoseconds of CPU per admission, beside limits and throttled-py in memory.

Every limiter runs in a process of its own, on one core, and they take turns. Ours gives with each decision what is left
and when to come back; of the peers only the decision is asked. ``limits, moving window`` is the one that promises the
same: never more than the limit in any minute, and whoever stays within it is never refused.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from measure.admissions import WORKLOADS, Limiter, report
from measure.environments import peer_python, python_pins
from measure.results import save
from measure.rounds import ratios, spread, taking_turns
from measure.servers import PEERS, SERVER_CORE, pinned
from onepin.server.limits.limit import Allowance, headers_of
from onepin.server.limits.memory import MemoryLimiter

OURS = "onepin"
WITH_HEADERS = "onepin, and the headers of the answer"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench limiter", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        report(ours(headers=options.ours == WITH_HEADERS))
        return
    python = str(peer_python("limiter"))
    peers = [python, str(PEERS / "limiters.py")]
    commands = {name: [sys.executable, __file__, "--ours", name] for name in (OURS, WITH_HEADERS)}
    commands |= {name: [*peers, name] for name in printed(peers).splitlines()}
    runs = {name: partial(measured, command) for name, command in commands.items()}
    found = results(taking_turns(options.rounds, runs))
    save(
        "limiter",
        {"rounds": options.rounds, "pins": python_pins("limiter", "limits", "throttled-py"), "results": found},
    )


def ours(*, headers: bool) -> Limiter:
    """The limiter as the gate uses it."""

    def make(limit: int) -> Callable[[UUID], Allowance | None]:
        limiter = MemoryLimiter(time.monotonic)
        return lambda key: limiter.admit(key, limit)

    def make_with_headers(limit: int) -> Callable[[UUID], Allowance]:
        limiter, now = MemoryLimiter(time.monotonic), datetime.now(UTC)

        def decide(key: UUID) -> Allowance:
            allowance = limiter.admit(key, limit)
            assert allowance is not None
            headers_of(allowance, now)
            return allowance

        return decide

    return Limiter(make_with_headers if headers else make, UUID, lambda allowance: allowance.admitted)


def measured(command: list[str]) -> dict[str, float]:
    """Nanoseconds per decision by workload, from one process."""
    found: dict[str, float] = json.loads(printed(command))
    return found


def printed(command: list[str]) -> str:
    """What a program says that shares our measuring, on the core where servers are measured."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    return subprocess.run(
        pinned(SERVER_CORE, command), stdout=subprocess.PIPE, env=environment, check=True, text=True
    ).stdout


def results(rounds: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Print what was found, and give it as it is saved: by workload and limiter."""
    found: dict[str, Any] = {}
    for workload in WORKLOADS:
        print(f"\n{workload}")
        took = {name: [run[workload] for run in runs] for name, runs in rounds.items()}
        found[workload] = {}
        for name, values in took.items():
            ratio = spread(ratios(values, took[OURS]))
            found[workload][name] = {"nanoseconds": statistics.median(values), "times_onepin": ratio}
            low, high = ratio["quartile_1"], ratio["quartile_3"]
            print(
                f"  {name:38} {statistics.median(values):7.0f} ns"
                f"  this/onepin {ratio['median']:5.1f} [{low:.1f} to {high:.1f}]"
            )
    return found


if __name__ == "__main__":
    main()

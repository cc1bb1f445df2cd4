"""Memory at rest, and time from the start of the process to ready, beside a bare FastAPI application.

onepin is started on an empty data folder (keys, pepper and database are made then) and once more on the same one.
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from measure.results import save, working_folder
from measure.rounds import ratios, spread, taking_turns
from measure.servers import Server, onepin, peer

BARE, EMBEDDED = "bare FastAPI, granian", "bare FastAPI, granian embedded"
FIRST, AGAIN = "onepin, empty folder", "onepin, again"


@dataclass(frozen=True, slots=True)
class Start:
    """What one start of one server took."""

    seconds: float
    memory: float


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rest", type=float, default=1.0, help="seconds from ready to the look at the memory")
    parser.add_argument("--folder", help="where to put the data folders")
    options = parser.parse_args()
    folder = working_folder(options.folder)

    def started(make: Callable[[], Server], *, empty: bool = False) -> Callable[[], Start]:
        def run() -> Start:
            server = make()
            if empty:
                shutil.rmtree(server.folder, ignore_errors=True)
            with server:
                time.sleep(options.rest)
                return Start(server.started_after, server.memory())

        return run

    contestants = {
        BARE: started(lambda: peer(folder / "bare", "bare:app")),
        EMBEDDED: started(lambda: peer(folder / "embedded", "bare:app", embedded=True)),
        FIRST: started(lambda: onepin(folder / "onepin-first"), empty=True),
        AGAIN: started(lambda: onepin(folder / "onepin")),
    }
    try:
        taking_turns(1, contestants)  # so that everybody's files are in the cache and compiled
        rounds = taking_turns(options.rounds, contestants)
        save("start", {"rounds": options.rounds, "servers": report(rounds)}, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(rounds: dict[str, list[Start]]) -> dict[str, Any]:
    """Print what was found, and give it as it is saved."""
    found: dict[str, Any] = {}
    for name, starts in rounds.items():
        seconds, memory = [one.seconds for one in starts], [one.memory for one in starts]
        found[name] = {
            "seconds": spread(seconds),
            "memory_mib": statistics.median(memory) / 2**20,
            "seconds_ratio": spread(ratios(seconds, [one.seconds for one in rounds[BARE]])),
            "memory_ratio": spread(ratios(memory, [one.memory for one in rounds[BARE]])),
        }
        print(
            f"{name:32} ready after {statistics.median(seconds):5.2f} s ({found[name]['seconds_ratio']['median']:.2f})"
            f"  {found[name]['memory_mib']:5.1f} MiB ({found[name]['memory_ratio']['median']:.2f})"
        )
    return found


if __name__ == "__main__":
    main()

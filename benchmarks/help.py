"""Time that ``onepin --help`` takes, beside a bare ``python -c pass`` of the same interpreter.

The aim: at most 1.5 times the bare one, and 60 ms.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from measure.results import save
from measure.rounds import ratios, spread, taking_turns

BARE = "python -c pass"
ONEPIN = "from onepin.cli.main import main; main()"
COMMANDS = {
    BARE: ["-c", "pass"],
    "import click": ["-c", "import click"],
    "onepin --help": ["-c", ONEPIN, "--help"],
    "onepin keys create --help": ["-c", ONEPIN, "keys", "create", "--help"],
    "onepin kyes (a typing mistake)": ["-c", ONEPIN, "kyes"],
}
AIM = "onepin --help"
FACTOR, ALLOWANCE_SECONDS = 1.5, 0.060


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench help", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    contestants = {name: timed(words) for name, words in COMMANDS.items()}
    taking_turns(2, contestants)  # so that everybody's files are in the cache and compiled
    rounds = taking_turns(options.rounds, contestants)
    save("help", {"rounds": options.rounds, "commands": report(rounds)})


def timed(words: Sequence[str]) -> Callable[[], float]:
    """One run of the interpreter with ``words``, in seconds."""

    def run() -> float:
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        return time.perf_counter() - begun

    return run


def report(rounds: dict[str, list[float]]) -> dict[str, Any]:
    """Print what was found, and give it as it is saved."""
    found: dict[str, Any] = {}
    for name, seconds in rounds.items():
        against = ratios(seconds, rounds[BARE])
        found[name] = {"seconds": spread(seconds), "ratio": spread(against)}
        print(f"{name:32} {1000 * statistics.median(seconds):6.1f} ms  ({statistics.median(against):.2f} × bare)")
    allowed = [FACTOR * bare + ALLOWANCE_SECONDS for bare in rounds[BARE]]
    share = spread(ratios(rounds[AIM], allowed))
    found["share_of_what_is_allowed"] = share
    print(f"{AIM}: {share['median']:.2f} of what is allowed ({FACTOR} × bare + {1000 * ALLOWANCE_SECONDS:.0f} ms)")
    return found


if __name__ == "__main__":
    main()

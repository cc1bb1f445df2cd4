"""Whoami in an open loop: p99 near the knee, beside bad keys, and what happens far beyond it.

The knee is what each server answers in a closed loop. Then requests come at a rate, answered or not: at 70 % of the
knee (beside the bare server at 70 % of its own); good ones at 5 % with and without bad keys at 50 %, half of them
malformed and half unknown; and twice the knee. Every case is run in every round, and a round gives one ratio.

On a machine with other things to do two numbers say whether to believe the rest: how late the load itself was, beside
each p99, and the knee once more at the end.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from measure.caller import as_bytes
from measure.known_keys import bearer, make_secrets, with_keys
from measure.paced import UNCOUNTED
from measure.results import save, working_folder
from measure.rounds import Load, load, ratios, spread, taking_turns
from measure.servers import LOAD_CORE, Server, pinned
from verify import BARE, OURS, WHOAMI, hello

PACED = Path(__file__).parent / "measure" / "paced.py"
NEAR, GOOD, BAD, FAR = 0.7, 0.05, 0.5, 2.0
NEAR_TARGET, BESIDE_TARGET = 3.0, 2.0
STEADY = 0.15
"""How far the knee may have moved by the end."""
NEAR_RATIO, BESIDE_RATIO = "p99 at 70 %, by bare", "p99 beside bad keys, by alone"
FAR_CASE, BESIDE_CASE = "twice the knee", "good beside bad"
Found = dict[str, Any]


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench latency", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3.0, help="per case and round; below 5")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--active", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where to put the databases")
    options = parser.parse_args()
    folder = working_folder(options.folder)
    try:
        found = measure(folder, options)
        save("latency", vars(options) | {"found": found}, seed=options.seed, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, options: Any) -> Found:
    """Every case, in turns."""
    made = make_secrets(2 * options.active, options.seed)
    known, unknown = made[: options.active], made[options.active :]
    with ExitStack() as stack:
        ours = stack.enter_context(with_keys(folder / "onepin", options.keys, known, seed=options.seed))
        bare = stack.enter_context(hello(folder / "bare", ours, known[0]))
        good, strange = (asking(ours, keys) for keys in (known, unknown))
        broken = asking(ours, [f"{key[:-1]}{'0' if key[-1] != '0' else '1'}" for key in unknown])
        once = partial(load, clients=32, seconds=2.0, status=200)
        closed = {OURS: partial(once, ours, *good), BARE: partial(once, bare, *good)}
        taking_turns(1, closed)  # so that everybody is warm
        knee = knees(closed)
        few = ("good", GOOD * knee[OURS], good)
        bad = [(name, BAD / 2 * knee[OURS], asked) for name, asked in (("unknown", strange), ("malformed", broken))]
        streams = {
            "onepin, 70 %": (ours, [("good", NEAR * knee[OURS], good)]),
            "bare, 70 %": (bare, [("good", NEAR * knee[BARE], good)]),
            "good alone": (ours, [few]),
            BESIDE_CASE: (ours, [few, *bad]),
            FAR_CASE: (ours, [("good", FAR * knee[OURS], good)]),
        }
        seeds = count(options.seed)
        cases = {name: partial(paced, *one, seconds=options.seconds, seeds=seeds) for name, one in streams.items()}
        rounds = taking_turns(options.rounds, cases)
        return {"knee": knee} | report(rounds, options.seconds) | {"steady": steady(knee, knees(closed))}


def knees(closed: dict[str, partial[Load]]) -> dict[str, float]:
    """Requests per second in a closed loop: the median of five rounds."""
    knee = {name: statistics.median(one.per_second for one in runs) for name, runs in taking_turns(5, closed).items()}
    print("  knee: " + ", ".join(f"{name} {value:.0f}/s" for name, value in knee.items()))
    return knee


def steady(before: dict[str, float], after: dict[str, float]) -> Found:
    """Whether the machine was the same at the end."""
    moved = {name: after[name] / before[name] for name in before}
    met = all(abs(ratio - 1) <= STEADY for ratio in moved.values())
    print(f"  {'met   ' if met else 'MISSED'} the knee at the end, by that at the beginning: {moved}")
    return {"knee_moved": moved, "met": met}


def asking(server: Server, keys: list[str]) -> list[bytes]:
    """A request for each key."""
    return [as_bytes(server, "GET", WHOAMI, bearer(key)) for key in keys]


def paced(
    server: Server, streams: list[tuple[str, float, list[bytes]]], *, seconds: float, seeds: Iterator[int]
) -> Found:
    """One run of an open loop: per stream, the statuses and the quantiles."""
    given = [{"name": name, "rate": rate, "requests": [r.decode() for r in asked]} for name, rate, asked in streams]
    command = pinned(LOAD_CORE, [sys.executable, str(PACED), str(server.port), str(seconds), str(next(seeds))])
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        command, input=json.dumps(given).encode(), stdout=subprocess.PIPE, env=environment, check=True
    )
    time.sleep(0.5)  # the server may still be at what came last, and its next round must not pay for it
    found: Found = json.loads(done.stdout)
    return found


def report(rounds: dict[str, list[Found]], seconds: float) -> Found:
    """Print what was found, and give it as it is saved."""
    found: Found = {}
    for name, runs in rounds.items():
        statuses = {
            stream: dict(sum((Counter(run[stream]["statuses"]) for run in runs), Counter())) for stream in runs[0]
        }
        middle = {
            field: statistics.median(run["good"][field] for run in runs)
            for field in ("p50_ms", "p99_ms", "late_p99_ms")
        }
        found[name] = middle | {"statuses": statuses}
        print(
            f"  {name:16} p50 {middle['p50_ms']:7.2f} ms  p99 {middle['p99_ms']:8.2f} ms"
            f"  (the load itself late: p99 {middle['late_p99_ms']:.2f} ms)  {statuses}"
        )
    p99 = {name: [run["good"]["p99_ms"] for run in runs] for name, runs in rounds.items()}
    counted = (1 - UNCOUNTED) * seconds * len(p99[FAR_CASE])
    found["goodput"] = found[FAR_CASE]["statuses"]["good"].get("200", 0) / counted
    found[NEAR_RATIO] = spread(ratios(p99["onepin, 70 %"], p99["bare, 70 %"]))
    found[BESIDE_RATIO] = spread(ratios(p99[BESIDE_CASE], p99["good alone"]))
    print(f"  goodput at twice the knee: {found['goodput']:.0f}/s")
    return found | {"targets": judge(found, list(rounds))}


def judge(found: Found, cases: list[str]) -> Found:
    """What was promised, and whether it holds."""
    targets: Found = {}
    for name, limit in ((NEAR_RATIO, NEAR_TARGET), (BESIDE_RATIO, BESIDE_TARGET)):
        ratio = found[name]["median"]
        targets[name] = {"ratio": ratio, "at_most": limit, "met": ratio <= limit}
        print(f"  {'met   ' if ratio <= limit else 'MISSED'} {name}: {ratio:.2f}")
    for case in cases:
        allowed = {"200", "429", "503"} if case == FAR_CASE else {"200"}
        wrong = {
            f"{stream} {status}"
            for stream, statuses in found[case]["statuses"].items()
            for status in statuses
            if status not in (allowed if stream == "good" else {"401", "429"})
        }
        targets[f"statuses, {case}"] = {"met": not wrong}
        if wrong:
            print(f"  MISSED statuses, {case}: {', '.join(sorted(wrong))}")
    return targets


if __name__ == "__main__":
    main()

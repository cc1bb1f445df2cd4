"""Whoami in an open loop: p99 near the knee, beside bad keys, and what happens far beyond it.

The knee is what each server answers in a closed loop. Then requests come at a rate, answered or not: at 70 % of the
knee (beside the bare server at 70 % of its own); good ones at 5 % with and without bad keys at 50 %, half of them
malformed and half unknown; and twice the knee.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from measure.caller import as_bytes
from measure.known_keys import bearer, make_secrets, with_keys
from measure.results import save, working_folder
from measure.rounds import load, ratios, spread, taking_turns
from measure.servers import LOAD_CORE, Server, pinned
from verify import BARE, OURS, WHOAMI, hello

PACED = Path(__file__).parent / "measure" / "paced.py"
NEAR, GOOD, BAD, FAR = 0.7, 0.05, 0.5, 2.0
Found = dict[str, Any]


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench latency", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="per case and round")
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
        knees = taking_turns(3, {OURS: partial(once, ours, *good), BARE: partial(once, bare, *good)})
        knee = {name: statistics.median(one.per_second for one in loads) for name, loads in knees.items()}
        print("  knee: " + ", ".join(f"{name} {value:.0f}/s" for name, value in knee.items()))
        few, many = ("good", GOOD * knee[OURS], good), ("good", FAR * knee[OURS], good)
        bad = [(name, BAD / 2 * knee[OURS], asked) for name, asked in (("unknown", strange), ("malformed", broken))]
        cases = {
            "onepin, 70 %": partial(paced, ours, options.seconds, [("good", NEAR * knee[OURS], good)]),
            "bare, 70 %": partial(paced, bare, options.seconds, [("good", NEAR * knee[BARE], good)]),
            "good alone": partial(paced, ours, options.seconds, [few]),
            "good beside bad": partial(paced, ours, options.seconds, [few, *bad]),
            "twice the knee": partial(paced, ours, options.seconds, [many]),
        }
        return {"knee": knee} | report(taking_turns(options.rounds, cases), options.seconds)


def asking(server: Server, keys: list[str]) -> list[bytes]:
    """A request for each key."""
    return [as_bytes(server, "GET", WHOAMI, bearer(key)) for key in keys]


def paced(server: Server, seconds: float, streams: list[tuple[str, float, list[bytes]]]) -> Found:
    """One run of an open loop: per stream, the statuses and the quantiles."""
    given = [{"name": name, "rate": rate, "requests": [r.decode() for r in asked]} for name, rate, asked in streams]
    command = pinned(LOAD_CORE, [sys.executable, str(PACED), str(server.port), str(seconds)])
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(
        command, input=json.dumps(given).encode(), stdout=subprocess.PIPE, env=environment, check=True
    )
    found: Found = json.loads(done.stdout)
    return found


def report(rounds: dict[str, list[Found]], seconds: float) -> Found:
    """Print what was found, and give it as it is saved."""
    p99 = {name: [one["good"]["p99_ms"] for one in runs] for name, runs in rounds.items()}
    found: Found = {}
    for name, runs in rounds.items():
        statuses: dict[str, int] = {}
        for run in runs:
            for status, count in run["good"]["statuses"].items():
                statuses[status] = statuses.get(status, 0) + count
        p50 = statistics.median(one["good"]["p50_ms"] for one in runs)
        found[name] = {"p50_ms": p50, "p99_ms": statistics.median(p99[name]), "statuses": statuses}
        print(f"  {name:16} p50 {p50:7.2f} ms  p99 {found[name]['p99_ms']:8.2f} ms  {statuses}")
    found["goodput"] = found["twice the knee"]["statuses"].get("200", 0) / (0.8 * seconds * len(p99["good alone"]))
    found["p99 at 70 %, by bare"] = spread(ratios(p99["onepin, 70 %"], p99["bare, 70 %"]))
    found["p99 beside bad keys, by alone"] = spread(ratios(p99["good beside bad"], p99["good alone"]))
    for name in ("p99 at 70 %, by bare", "p99 beside bad keys, by alone"):
        print(f"  {name}: {found[name]['median']:.2f}")
    print(f"  goodput at twice the knee: {found['goodput']:.0f}/s")
    return found


if __name__ == "__main__":
    main()

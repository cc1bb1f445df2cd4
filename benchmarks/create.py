"""Keys per second, beside a bare FastAPI route that commits one durable row per request.

Everything is on that a default ``onepin serve`` has: gate, session token, audit event, counters, access log. Both
servers have one core, the load the other; they take turns. The result is the ratio to the fastest form of the peer.
"""

import argparse
import shutil
import statistics
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from measure.caller import as_bytes, session
from measure.commits import CommitCounter
from measure.results import save, working_folder
from measure.rounds import Load, load, ratios, spread, taking_turns
from measure.servers import Server, onepin, peer

OURS = "onepin"
PEERS = {
    "async route, granian": ("durable_insert:route", False),
    "async route, granian embedded": ("durable_insert:route", True),
    "route in threads, granian": ("durable_insert:threads", False),
    "route in threads, granian embedded": ("durable_insert:threads", True),
}
BODY = {"name": "Production key"}
TARGET, CLIENTS = 0.8, 16


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench create", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=0.6, help="per server and round")
    parser.add_argument("--clients", type=int, nargs="+", default=[CLIENTS, 1], help="connections at once")
    parser.add_argument("--folder", help="where to put the databases; a disk, not memory")
    options = parser.parse_args()
    folder = working_folder(options.folder)
    try:
        results = [measure(folder, clients, options) for clients in options.clients]
        found = {
            "rounds": options.rounds,
            "seconds": options.seconds,
            "target": TARGET,
            "at_clients": CLIENTS,
            "results": results,
        }
        save("create", found, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if any(result["ratio"]["median"] < TARGET for result in results if result["clients"] == CLIENTS):
        raise SystemExit(f"the target, {TARGET} with {CLIENTS} clients, was missed")


def measure(folder: Path, clients: int, options: Any) -> dict[str, Any]:
    """All servers under ``clients`` connections."""
    with ExitStack() as stack:
        ours = stack.enter_context(onepin(folder / f"onepin-{clients}"))
        requests = {OURS: (ours, as_bytes(ours, "POST", "/api/v1/api-keys", session(ours), BODY))}
        for number, (name, (app, embedded)) in enumerate(PEERS.items()):
            server = stack.enter_context(peer(folder / f"peer-{clients}-{number}", app, embedded=embedded))
            requests[name] = (server, as_bytes(server, "POST", "/items", {}, BODY))
        runs = {
            name: partial(load, server, request, clients=clients, seconds=options.seconds, status=201)
            for name, (server, request) in requests.items()
        }
        per_sync = creates_per_sync(ours, runs[OURS])
        rounds = taking_turns(options.rounds, runs)
    return report(clients, rounds, per_sync)


def creates_per_sync(ours: Server, run: partial[Load]) -> float:
    """How many creates share a commit, and so a sync of the log; counted in a round that is not timed."""
    run(seconds=0.3)
    with CommitCounter(ours.folder / "onepin.db") as counter:
        answered = run(seconds=1.0).answered
    return answered / counter.commits


def report(clients: int, rounds: dict[str, list[Load]], per_sync: float) -> dict[str, Any]:
    """Print what was found, and give it as it is saved."""
    per_second = {name: [one.per_second for one in runs] for name, runs in rounds.items()}
    fastest = max(PEERS, key=lambda name: statistics.median(per_second[name]))
    ratio = spread(ratios(per_second[OURS], per_second[fastest]))
    print(f"\n{clients} clients")
    servers = {}
    for name, runs in rounds.items():
        middle = {
            field: statistics.median(getattr(one, field) for one in runs)
            for field in ("per_second", "cpu_us", "p50_ms", "p99_ms")
        }
        servers[name] = middle | {"ratio_of_onepin": spread(ratios(per_second[OURS], per_second[name]))}
        print(
            f"  {name:36} {middle['per_second']:6.0f}/s  CPU {middle['cpu_us']:4.0f} us"
            f"  p50 {middle['p50_ms']:5.2f} ms  p99 {middle['p99_ms']:6.2f} ms"
            f"  onepin/this {servers[name]['ratio_of_onepin']['median']:.2f}"
        )
    low, high = ratio["quartile_1"], ratio["quartile_3"]
    print(f"  ratio to the fastest ({fastest}): {ratio['median']:.2f} [{low:.2f} to {high:.2f}]")
    print(f"  creates per sync: {per_sync:.1f}")
    return {
        "clients": clients,
        "ratio": ratio,
        "fastest_peer": fastest,
        "creates_per_sync": per_sync,
        "servers": servers,
    }


if __name__ == "__main__":
    main()

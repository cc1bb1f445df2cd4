"""Whoami with a valid key, beside the bare server it runs on and beside what people use for this today.

A hundred thousand keys in SQLite, a thousand of them in use, each with a limit that is counted and never reached; the
row read on every request, usage on, access log ``errors``. The bare server sends the same bytes and looks at nothing.
Everybody has rounds that are not counted first: Node, above all, is fast only once it has compiled what it runs. A peer
for which this machine has not what it needs is left out.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from measure.caller import as_bytes
from measure.environments import AbsentError
from measure.known_keys import bearer, make_secrets, with_keys
from measure.results import save, working_folder
from measure.rounds import Load, load, ratios, spread, taking_turns
from measure.servers import Server, peer
from measure.verifying_peers import VERIFYING_PEERS, pins

OURS, BARE = "onepin", "bare granian, ASGI"
WHOAMI = "/api/v1/auth/whoami"
BY_THE_SERVER = {"date", "server"}
"""Headers that granian writes by itself."""
TARGETS = {
    BARE: 0.5,
    "FastAPI + SQLAlchemy, uvicorn": 20.0,
    "djangorestframework-api-key, gunicorn": 12.0,
    "better-auth, SQLite behind a cache": 5.0,
}
"""How many times their requests per second ours have to be. better-auth with memory alone keeps no key over its end: it
does less than the others, and is only reported."""
SIZES_TARGET = 1.3
WARM_UP = 2


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench verify", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="per server and round")
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--active", type=int, default=1_000, help="how many of the keys are used, in turn")
    parser.add_argument("--peers", nargs="*", default=list(VERIFYING_PEERS), choices=list(VERIFYING_PEERS))
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000_000], help="keys, to compare the cost")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where to put the databases")
    options = parser.parse_args()
    folder = working_folder(options.folder)
    try:
        found: dict[str, Any] = {"sizes": by_size(folder, options)}
        found |= measure(folder, options)
        found["targets"] = judge(found)
        save("verify", vars(options) | {"pins": pins(), "found": found}, seed=options.seed, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, options: Any) -> dict[str, Any]:
    """All servers under the same load."""
    every = make_secrets(options.keys, options.seed)
    known = every[:: len(every) // options.active][: options.active]
    with ExitStack() as stack:
        ours = stack.enter_context(with_keys(folder / "onepin", options.keys, known, seed=options.seed))
        bare = stack.enter_context(hello(folder / "bare", ours, known[0]))
        asking = {
            name: (server, [as_bytes(server, "GET", WHOAMI, bearer(secret)) for secret in known])
            for name, server in ((OURS, ours), (BARE, bare))
        }
        left_out = {}
        for name in options.peers:
            try:
                asking[name] = VERIFYING_PEERS[name](folder / f"peer-{len(asking)}", every, known)
            except AbsentError as missing:
                left_out[name] = str(missing)
                print(f"  left out: {name} {missing}")
                continue
            stack.enter_context(asking[name][0])
        runs = {
            name: partial(load, server, *requests, clients=options.clients, seconds=options.seconds, status=200)
            for name, (server, requests) in asking.items()
        }
        taking_turns(WARM_UP, runs)
        return {"left_out": left_out, "servers": report(taking_turns(options.rounds, runs))}


def by_size(folder: Path, options: Any) -> dict[str, Any]:
    """CPU time per request with few keys and with many, the same number of them in use.

    Ten million are written in four minutes, and take 4 GB of disk and 3 GB of memory meanwhile.
    """
    if not options.sizes:
        return {}
    known = make_secrets(min([options.active, *options.sizes]), options.seed)
    with ExitStack() as stack:
        runs = {}
        for size in options.sizes:
            server = stack.enter_context(with_keys(folder / f"size-{size}", size, known, seed=options.seed))
            requests = [as_bytes(server, "GET", WHOAMI, bearer(secret)) for secret in known]
            runs[size] = partial(load, server, *requests, clients=options.clients, seconds=options.seconds, status=200)
        os.sync()  # else the system writes gigabytes of new keys beside the rounds
        taking_turns(WARM_UP, runs)
        rounds = taking_turns(options.rounds, runs)
    found = {}
    for size, loads in rounds.items():
        cpu = [one.cpu_us for one in loads]
        ratio = spread(ratios(cpu, [one.cpu_us for one in rounds[options.sizes[0]]]))
        found[str(size)] = {"cpu_us": statistics.median(cpu), "ratio": ratio}
        print(f"  {size:10,} keys: CPU {statistics.median(cpu):6.1f} us  {ratio['median']:.2f}")
    return found


def hello(folder: Path, ours: Server, secret: str) -> Server:
    """The bare server, embedded as onepin is, with the answer of ``ours`` to give."""
    connection = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=30)
    connection.request("GET", WHOAMI, headers=bearer(secret))
    answer = connection.getresponse()
    headers = [pair for pair in answer.getheaders() if pair[0] not in BY_THE_SERVER]
    prepared = {"headers": headers, "body": answer.read().decode()}
    connection.close()
    folder.mkdir()
    (folder / "answer.json").write_text(json.dumps(prepared), "utf-8")
    return peer(folder, "hello:app", embedded=True)


def report(rounds: dict[str, list[Load]]) -> dict[str, Any]:
    """Print what was found, and give it as it is saved."""
    servers = {}
    for name, runs in rounds.items():
        middle = {
            field: statistics.median(getattr(one, field) for one in runs)
            for field in ("per_second", "cpu_us", "p50_ms", "p99_ms")
        }
        per_second = [one.per_second for one in rounds[OURS]], [one.per_second for one in runs]
        cpu = [one.cpu_us for one in runs], [one.cpu_us for one in rounds[OURS]]
        servers[name] = middle | {"onepin_by_this": spread(ratios(*per_second)), "by_cpu": spread(ratios(*cpu))}
        ratio = servers[name]["onepin_by_this"]
        print(
            f"  {name:36} {middle['per_second']:6.0f}/s  CPU {middle['cpu_us']:6.1f} us"
            f"  p50 {middle['p50_ms']:5.2f} ms  p99 {middle['p99_ms']:6.2f} ms"
            f"  onepin/this {ratio['median']:.2f} [{ratio['quartile_1']:.2f} to {ratio['quartile_3']:.2f}]"
            f"  by CPU {servers[name]['by_cpu']['median']:.2f}"
        )
    return servers


def judge(found: dict[str, Any]) -> dict[str, Any]:
    """What was promised of the speed of a check, and whether it holds."""
    measured = {
        name: found["servers"][name]["onepin_by_this"]["median"] for name in TARGETS if name in found["servers"]
    }
    targets = {
        name: {"ratio": at, "at_least": TARGETS[name], "met": at >= TARGETS[name]} for name, at in measured.items()
    }
    for size, one in list(found["sizes"].items())[1:]:
        cost = one["ratio"]["median"]
        targets[f"{int(size):,} keys"] = {"ratio": cost, "at_most": SIZES_TARGET, "met": cost <= SIZES_TARGET}
    for name, target in targets.items():
        print(f"  {'met   ' if target['met'] else 'MISSED'} {name}: {target['ratio']:.2f}")
    return targets


if __name__ == "__main__":
    main()

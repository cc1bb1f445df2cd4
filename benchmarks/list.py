"""The time of a page and its total, in workspaces of a thousand to a million keys, on both databases.

Four workspaces of one database, half of whose keys are paused or revoked in no pattern; a real server asked over HTTP
by one client, and the store asked by itself. What is compared is the same page in a small and in a large workspace.
"""

import argparse
import asyncio
import secrets
import shutil
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from databases import PostgresCluster, migrate
from measure.caller import as_bytes, call, session
from measure.fill import Filling, fill_postgres, fill_sqlite
from measure.plans import plans
from measure.results import save, working_folder
from measure.rounds import load, ratios, spread, taking_turns
from measure.servers import Server, onepin
from onepin.contract.api_keys import ApiKeyListQuery
from onepin.server.clock import SystemClock
from onepin.server.keys.digest import Digester
from onepin.server.keys.service import Defaults, KeyService
from onepin.server.store.store import open_store

STATUSES = ("active", "revoked", "all")
FIRST, HALF = "page 1", "half"
PAGE = 50
FLAT, DEEP, DEEP_AT = 1.5, 5.0, 100_000
Case = tuple[int, str, str]
"""Keys in the workspace, status, which page."""


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench list", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="per page and round, over HTTP")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where to put the databases")
    options = parser.parse_args()
    folder = working_folder(options.folder)
    found = {}
    try:
        for database in options.databases:
            with ExitStack() as stack:
                url = f"sqlite:///{folder / 'onepin.db'}"
                if database == "postgres":
                    url = stack.enter_context(PostgresCluster(fsync=True)).fresh_database()
                    migrate(url)
                print(f"\n{database}: filling")
                found[database] = measure(folder / database, url, options)
        save("list", {"rounds": options.rounds, "databases": found}, seed=options.seed, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not all(target["met"] for one in found.values() for target in one["targets"].values()):
        raise SystemExit("a target was missed")


def measure(folder: Path, url: str, options: Any) -> dict[str, Any]:
    """One database: fill it, ask it, compare."""
    settings = {"ONEPIN_DATABASE_URL": url, "ONEPIN_PEPPER": secrets.token_urlsafe(32)}
    with onepin(folder, settings) as server:
        places = [workspace(server, size) for size in options.sizes]
    fillings = [Filling(ws, user, size, options.seed) for size, (ws, user) in zip(options.sizes, places, strict=True)]
    if url.startswith("sqlite"):
        fill_sqlite(Path(url.removeprefix("sqlite:///")), fillings)
    else:
        fill_postgres(url, fillings)
    with onepin(folder, settings) as server:
        http = over_http(server, fillings, options)
    store = asyncio.run(by_store(url, fillings, options.rounds))
    found = {"http": report("over HTTP", http), "store": report("store alone", store)}
    found["plans"] = plans(url, fillings[-1].workspace_id, fillings[-1].size)
    found["targets"] = judge(http, found["plans"])
    return found


def workspace(server: Server, size: int) -> tuple[UUID, UUID]:
    """A new workspace for ``size`` keys, and who made it."""
    made = call(server, "POST", "/api/v1/workspaces", session(server), {"name": f"{size} keys"})["data"]
    return UUID(made["id"]), UUID(made["created_by"])


def cases(fillings: list[Filling]) -> list[tuple[Case, Filling, int]]:
    """Every page to ask for: of which workspace, from which offset."""
    found = []
    for filling in fillings:
        usable = sum(filling.blocks)
        matching = {"active": usable, "revoked": filling.size - usable, "all": filling.size}
        for status in STATUSES:
            found.append(((filling.size, status, FIRST), filling, 0))
            found.append(((filling.size, status, HALF), filling, matching[status] // 2))
    return found


def over_http(server: Server, fillings: list[Filling], options: Any) -> dict[Case, list[float]]:
    """Milliseconds per page, as one client sees them; one number per round."""
    runs: dict[Case, Callable[[], float]] = {}
    for case, filling, offset in cases(fillings):
        headers = session(server) | {"X-Workspace-Id": str(filling.workspace_id)}
        path = f"/api/v1/api-keys?status={case[1]}&offset={offset}&limit={PAGE}"
        check(call(server, "GET", path, headers), case, filling)
        ask = partial(load, server, as_bytes(server, "GET", path, headers), clients=1, status=200)
        runs[case] = partial(lambda ask: float(ask(seconds=options.seconds).p50_ms), ask)
    return taking_turns(options.rounds, runs)


def check(answer: Any, case: Case, filling: Filling) -> None:
    """The page is the right one, or its time means nothing."""
    usable = sum(filling.blocks)
    total = {"active": usable, "revoked": filling.size - usable, "all": filling.size}[case[1]]
    if len(answer["data"]) != PAGE or answer["pagination"]["total"] != total:
        raise RuntimeError(f"{case}: {len(answer['data'])} keys, {answer['pagination']}")


async def by_store(url: str, fillings: list[Filling], rounds: int) -> dict[Case, list[float]]:
    """Milliseconds per page without HTTP, gate and JSON: the median of 40, one number per round."""
    store = open_store(url)
    await store.observe()
    digester = Digester({1: b"none"}, 1)
    service = KeyService(store, lambda: digester, SystemClock(), Defaults("pk", (), None))
    found: dict[Case, list[float]] = {case: [] for case, _, _ in cases(fillings)}
    for _ in range(rounds):
        for case, filling, offset in cases(fillings):
            query = ApiKeyListQuery(offset=offset, limit=PAGE, status=case[1])  # type: ignore[arg-type]
            waits = []
            for _ in range(40):
                begin = time.perf_counter()
                await service.list(filling.workspace_id, query)
                waits.append(time.perf_counter() - begin)
            found[case].append(1000 * statistics.median(waits))
    await store.close()
    return found


def report(title: str, found: dict[Case, list[float]]) -> dict[str, Any]:
    """Print what was found, and give it as it is saved."""
    sizes = sorted({size for size, _, _ in found})
    print(f"{title}, milliseconds and ratio to {sizes[0]} keys")
    rows = {}
    for status in STATUSES:
        for page in (FIRST, HALF):
            row = {}
            for size in sizes:
                times = found[size, status, page]
                ratio = spread(ratios(times, found[sizes[0], status, page]))["median"]
                row[str(size)] = {"ms": statistics.median(times), "ratio": ratio}
            rows[f"{status}, {page}"] = row
            print(f"  {status + ', ' + page:16}" + "".join(f"{v['ms']:9.2f} ({v['ratio']:4.2f})" for v in row.values()))
    return rows


def judge(http: dict[Case, list[float]], found_plans: dict[str, Any]) -> dict[str, Any]:
    """What was promised of the list, and whether it holds."""
    sizes = sorted({size for size, _, _ in http})

    def worst(pairs: list[tuple[Case, Case]]) -> float:
        return max(spread(ratios(http[a], http[b]))["median"] for a, b in pairs)

    flat = worst([((size, status, FIRST), (sizes[0], status, FIRST)) for size in sizes for status in STATUSES])
    targets = {"page 1 and total, any size": {"ratio": flat, "limit": FLAT, "met": flat <= FLAT}}
    for size in sizes:
        deep = worst([((size, status, HALF), (size, status, FIRST)) for status in STATUSES])
        met = deep <= DEEP or size > DEEP_AT
        targets[f"half of {size}, to its page 1"] = {"ratio": deep, "limit": DEEP, "met": met}
    used = all(plan["through_its_index"] for plan in found_plans.values())
    targets["plans"] = {"met": used}
    for name, target in targets.items():
        print(f"  {'met   ' if target['met'] else 'MISSED'} {name}: {target.get('ratio', float(used)):.2f}")
    return targets


if __name__ == "__main__":
    main()

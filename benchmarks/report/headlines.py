"""All benchmarks in one table, what was promised beside what was found; and the ratios that the README quotes."""

from typing import Any, NamedTuple

from report.sections import number, table

FLAT, DEEP = "page 1 and total, any size", "half of 100000, to its page 1"
Results = dict[str, dict[str, Any]]


class Headline(NamedTuple):
    """One row: ``found`` and ``wanted`` as told, ``met`` where something was promised."""

    measured: str
    found: str
    wanted: str = ""
    met: bool | None = None


def summary(results: Results) -> str:
    """The table."""
    rows = [row for name, headlines in HEADLINES.items() if name in results for row in headlines(results[name])]
    said = {True: "yes", False: "**no**", None: ""}
    return table(("measured", "ratio", "promised", "met"), [(*row[:3], said[row.met]) for row in rows])


def verify(found: dict[str, Any]) -> list[Headline]:
    """Checks per second, beside each server."""
    servers, targets = found["found"]["servers"], found["found"]["targets"]
    rows = [
        promised(f"checks per second ÷ those of {name}", one["onepin_by_this"]["median"], targets.get(name, {}))
        for name, one in servers.items()
        if name != "onepin"
    ]
    sizes = list(found["found"]["sizes"])
    few = f"{int(sizes[0]):,}" if sizes else ""
    rows += [
        promised(f"CPU per check with {name} ÷ with {few}", target["ratio"], target)
        for name, target in targets.items()
        if name.endswith(" keys")
    ]
    return rows


def latency(found: dict[str, Any]) -> list[Headline]:
    """What requests wait for near the knee, and beside bad keys."""
    one, targets = found["found"], found["found"]["targets"]
    wanted = {
        "p99 at 70 %, by bare": "p99 at 70 % of the knee ÷ the bare server's at 70 % of its own",
        "p99 beside bad keys, by alone": "p99 of good requests beside bad keys at half the knee ÷ alone",
    }
    rows = [promised(words, targets[name]["ratio"], targets[name]) for name, words in wanted.items()]
    right = all(target["met"] for name, target in targets.items() if name.startswith("statuses"))
    return [
        *rows,
        Headline("goodput at twice the knee ÷ the knee", number(one["goodput"] / one["knee"]["onepin"])),
        Headline(
            "answers to good keys", "as promised" if right else "others", "200; beyond the knee also 429, 503", right
        ),
    ]


def limiter(found: dict[str, Any]) -> list[Headline]:
    """A decision, beside the peer that promises the same and beside the fastest."""
    busy = {name: one["times_onepin"]["median"] for name, one in found["results"]["a thousand keys"].items()}
    peers = {name: times for name, times in busy.items() if not name.startswith("onepin")}
    fastest = min(peers, key=lambda name: peers[name])
    names = ("limits, moving window", fastest)
    return [Headline(f"CPU per decision of {name} ÷ that of onepin's limiter", number(peers[name])) for name in names]


def create(found: dict[str, Any]) -> list[Headline]:
    """Creates per second."""
    rows = []
    for one in found["results"]:
        ratio, judged = one["ratio"]["median"], one["clients"] == found["at_clients"]
        target = {"at_least": found["target"], "met": ratio >= found["target"]} if judged else {}
        clients = f"{one['clients']} client{'s' if one['clients'] != 1 else ''}"
        rows.append(promised(f"creates per second ÷ a bare route that commits one row, {clients}", ratio, target))
    return rows


def pages(found: dict[str, Any]) -> list[Headline]:
    """Pages of a list; of the deep ones, the deepest about which something was promised."""
    wanted = {FLAT: "first page of a list, any size ÷ of 1,000 keys", DEEP: "page at half of 100,000 keys ÷ the first"}
    return [
        promised(f"{words}, {database}", target["ratio"], {"at_most": target["limit"], "met": target["met"]})
        for database, one in found["databases"].items()
        for name, words in wanted.items()
        if (target := one["targets"].get(name))
    ]


def start(found: dict[str, Any]) -> list[Headline]:
    """Start and memory."""
    one = found["servers"]["onepin, again"]
    return [
        Headline("start to ready ÷ a bare FastAPI application", number(one["seconds_ratio"]["median"])),
        Headline("memory at rest ÷ a bare FastAPI application", number(one["memory_ratio"]["median"])),
    ]


def promised(measured: str, ratio: float, target: dict[str, Any]) -> Headline:
    """A row about a ratio with a ``target`` that has ``at_least`` or ``at_most``, and ``met``; or is empty."""
    wanted = f"≥ {target['at_least']:g}" if "at_least" in target else f"≤ {target['at_most']:g}" if target else ""
    return Headline(measured, number(ratio), wanted, target.get("met"))


def readme(results: Results) -> str:
    """The ratios of the README."""
    servers = results["verify"]["found"]["servers"]
    by = {name: number(one["onepin_by_this"]["median"]) for name, one in servers.items()}
    told = [f"- {words}: **{by[name]} ×**" for name, words in README.items() if name in by]
    return "\n".join(["Checks of a key per second on one core, as a multiple of what these answer:", "", *told])


README = {
    "FastAPI + SQLAlchemy, uvicorn": "FastAPI and SQLAlchemy as their tutorials have it",
    "djangorestframework-api-key, gunicorn": "djangorestframework-api-key on gunicorn",
    "better-auth, SQLite behind a cache": "better-auth's API-key plugin on Node at its best with keys in SQLite",
    "better-auth, memory alone": "the same with nothing but memory, where keys end with the process",
    "bare granian, ASGI": "the bare server that onepin runs on, which looks at nothing",
    "nginx, keys in a map": "nginx with the keys in its configuration, the ceiling in C",
}
HEADLINES = {
    "verify": verify,
    "latency": latency,
    "limiter": limiter,
    "create": create,
    "list": pages,
    "start": start,
}

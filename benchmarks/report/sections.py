"""Each benchmark's result as Markdown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Found = dict[str, Any]


def about(found: Found) -> str:
    """Where the numbers come from."""
    machine, versions = found["machine"], found["versions"]
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"
    if "sync_us" in machine:
        place += f", {machine['file_system']}, {machine['sync_us']:.0f} µs per fsync"
    kept = {name: versions[name] for name in ("python", "granian", "fastapi", "sqlite")} | found.get("pins", {})
    named = [f"{name} {version}" for name, version in kept.items()]
    changed = " and changes to it" if found["uncommitted_changes"] else ""
    return f"{place}; {', '.join(named)}; commit {found['commit'][:10]}{changed}."


def create(found: Found) -> str:
    """Ratios of requests per second."""
    parts = []
    for result in found["results"]:
        clients = f"{result['clients']} client{'s' if result['clients'] != 1 else ''}"
        rows = [
            (name, number(one["ratio_of_onepin"]["median"]), f"{one['cpu_us']:.0f}", f"{one['p50_ms']:.1f}")
            for name, one in result["servers"].items()
        ]
        header = (clients, "onepin ÷ this, requests/s", "CPU µs per request", "median ms")
        parts += [table(header, rows), f"Creates per fsync: {result['creates_per_sync']:.1f}"]
    return "\n\n".join(parts)


def pages(found: Found) -> str:
    """Times of pages, and their growth with the workspace."""
    parts = []
    for database, one in found["databases"].items():
        for source in ("http", "store"):
            rows = one[source]
            sizes = list(next(iter(rows.values())))
            header = (f"{database}, {source}", *(f"{int(size):,} keys" for size in sizes))
            cells = [
                (page, *(f"{at['ms']:.2f} ms ({at['ratio']:.2f})" for at in row.values())) for page, row in rows.items()
            ]
            parts.append(table(header, cells))
    return "\n\n".join(parts)


def start(found: Found) -> str:
    """Seconds and memory."""
    rows = [
        (
            name,
            f"{one['seconds']['median']:.2f} s ({one['seconds_ratio']['median']:.2f})",
            f"{one['memory_mib']:.0f} MiB ({one['memory_ratio']['median']:.2f})",
        )
        for name, one in found["servers"].items()
    ]
    return table(("server", "start to ready", "memory at rest"), rows)


def verify(found: Found) -> str:
    """Ratios to each server, and the cost of many keys."""
    servers, sizes = found["found"]["servers"], found["found"]["sizes"]
    rows = [
        (name, between(one["onepin_by_this"]), between(one["by_cpu"]), f"{one['cpu_us']:.0f}", f"{one['p50_ms']:.2f}")
        for name, one in servers.items()
        if name != "onepin"
    ]
    ours = servers["onepin"]
    rows.insert(0, ("onepin", "1", "1", f"{ours['cpu_us']:.0f}", f"{ours['p50_ms']:.2f}"))
    header = ("server", "onepin ÷ this, requests/s", "this ÷ onepin, CPU", "CPU µs per request", "median ms")
    parts = [table(header, rows)]
    if len(sizes) > 1:
        cells = [(f"{int(size):,}", f"{one['cpu_us']:.0f}", between(one["ratio"])) for size, one in sizes.items()]
        parts.append(table(("keys", "CPU µs per request", "÷ that of the fewest"), cells))
    parts += [f"Left out: {name} {why}." for name, why in found["found"]["left_out"].items()]
    return "\n\n".join(parts)


def latency(found: Found) -> str:
    """Quantiles of each case, and the two ratios."""
    one = found["found"]
    rows = [
        (
            name,
            f"{case['p50_ms']:.2f}",
            f"{case['p99_ms']:.2f}",
            f"{case['late_p99_ms']:.2f}",
            answers(case["statuses"]),
        )
        for name, case in one.items()
        if isinstance(case, dict) and "statuses" in case
    ]
    header = ("case", "median ms", "p99 ms", "the load late, p99 ms", "answers")
    ratios = [(name, between(one[name])) for name in one["targets"] if name in one]
    goodput = ("goodput at twice the knee ÷ the knee", number(one["goodput"] / one["knee"]["onepin"]))
    moved = [(f"knee of {name} at the end ÷ before", number(by)) for name, by in one["steady"]["knee_moved"].items()]
    return table(header, rows) + "\n\n" + table(("ratio", "median [quartiles]"), [*ratios, goodput, *moved])


def answers(statuses: Mapping[str, Mapping[str, int]]) -> str:
    """How many of each status, by stream."""
    told = [f"{stream}: {count:,} × {status}" for stream, one in statuses.items() for status, count in one.items()]
    return ", ".join(told)


def limiter(found: Found) -> str:
    """Nanoseconds per decision, and how many times ours."""
    workloads = found["results"]
    names = list(next(iter(workloads.values())))
    rows = [
        (
            name,
            *(
                f"{one[name]['nanoseconds']:.0f} ({number(one[name]['times_onepin']['median'])})"
                for one in workloads.values()
            ),
        )
        for name in names
    ]
    return table(("CPU nanoseconds per decision", *workloads), rows)


def help_times(found: Found) -> str:
    """Milliseconds, the multiple of a bare interpreter, and how much of the allowance that is."""
    commands = {name: one for name, one in found["commands"].items() if "seconds" in one}
    rows = [
        (name, f"{1000 * one['seconds']['median']:.0f}", number(one["ratio"]["median"]))
        for name, one in commands.items()
    ]
    share = number(found["commands"]["share_of_what_is_allowed"]["median"])
    told = f"`onepin --help` takes {share} of what it may: 1.5 times bare Python, and 60 ms."
    return f"{table(('command', 'milliseconds', '÷ bare Python'), rows)}\n\n{told}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """One Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows))


def number(value: float) -> str:
    """Two significant digits, and none that are made up."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def between(spread: Mapping[str, float]) -> str:
    """Median and quartiles."""
    return f"{number(spread['median'])} [{number(spread['quartile_1'])} to {number(spread['quartile_3'])}]"


SECTIONS: dict[str, Callable[[Found], str]] = {
    "create": create,
    "list": pages,
    "start": start,
    "verify": verify,
    "latency": latency,
    "limiter": limiter,
    "help": help_times,
}

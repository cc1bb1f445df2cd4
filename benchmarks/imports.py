"""How long the SDK takes to import, beside bare Python and the published client.

Every run is a Python of its own. ``first call`` is a client with everything loaded that its first call needs.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure.results import save
from measure.rounds import ratios, spread, taking_turns
from public_client.published import WITH_API_KEYS, environment

BARE = "bare Python"
BUDGET_MS = 30.0
"""Of ``import onepin`` over bare Python."""
CLIENT = "from onepin import OnePinClient; client = OnePinClient(token='t', base_url='http://127.0.0.1:1')"
OURS = {
    BARE: "pass",
    "import onepin": "import onepin",
    "onepin: a client": CLIENT,
    "onepin: first call": f"{CLIENT}; client.api_keys; client._connections._opened()",
    "import pydantic": "import pydantic",
    "import httpx2": "import httpx2",
}
PUBLISHED = {
    f"published {WITH_API_KEYS}: import": "import onepin",
    f"published {WITH_API_KEYS}: a client": "from onepin import OnePinClient; OnePinClient(token='t').api_keys",
}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="scripts/bench imports", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    theirs = environment(WITH_API_KEYS, print) / "python"
    contestants: dict[str, Callable[[], float]] = {
        **{name: timed(Path(sys.executable), code) for name, code in OURS.items()},
        **{name: timed(theirs, code) for name, code in PUBLISHED.items()},
    }
    taking_turns(2, contestants)  # so that everything is compiled and in the cache
    save("imports", {"rounds": options.rounds, "imports": report(taking_turns(options.rounds, contestants))})


def timed(python: Path, code: str) -> Callable[[], float]:
    """A run of ``code``, in milliseconds."""

    def run() -> float:
        begun = time.perf_counter()
        subprocess.run([str(python), "-c", code], check=True)
        return 1e3 * (time.perf_counter() - begun)

    return run


def report(rounds: dict[str, list[float]]) -> dict[str, Any]:
    """Print what was found, and give it as it is saved."""
    found: dict[str, Any] = {}
    for name, times in rounds.items():
        over = [each - bare for each, bare in zip(times, rounds[BARE], strict=True)]
        ratio = spread(ratios(times, rounds[BARE]))
        found[name] = {"ms": spread(times), "over_bare_ms": spread(over), "ratio": ratio}
        print(f"{name:26} {statistics.median(times):6.1f} ms   bare Python × {ratio['median']:.2f}")
    ours = found["import onepin"]["over_bare_ms"]["median"]
    print(f"import onepin costs {ours:.1f} ms over bare Python; the budget is {BUDGET_MS:.0f} ms.")
    return found


if __name__ == "__main__":
    main()

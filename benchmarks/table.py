"""The results of the other benchmarks as Markdown, from benchmarks/results; ``--write`` puts them into the docs.

Between ``<!-- results: NAME -->`` and ``<!-- end of results -->`` in a page stands what this program writes there.
"""

import argparse
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

from measure.results import RESULTS, ROOT
from report.chart import chart
from report.headlines import readme, summary
from report.sections import SECTIONS, about

CHART = ROOT / "docs" / "explanation" / "verification-speed.svg"
PART = re.compile(r"(<!-- results: ([a-z]+) -->\n).*?(<!-- end of results -->)", re.DOTALL)


def main() -> None:
    """Print all, or write it, or compare it with what is written."""
    parser = argparse.ArgumentParser(prog="scripts/bench table", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="into the README, the docs and their chart")
    parser.add_argument("--check", action="store_true", help="end with an error where these say something else")
    options = parser.parse_args()
    results = {
        name: json.loads(path.read_text("utf-8")) for name in SECTIONS if (path := RESULTS / f"{name}.json").exists()
    }
    if options.write or options.check:
        stale = [path for path, text in wanted(results).items() if not path.exists() or path.read_text("utf-8") != text]
        for path in stale:
            print(f"{'written' if options.write else 'not what the results say'}: {path.relative_to(ROOT)}")
            if options.write:
                path.write_text(wanted(results)[path], "utf-8")
        raise SystemExit("Now run: scripts/bench table --write" if stale and options.check else 0)
    print(f"{summary(results)}\n")
    for name, found in results.items():
        print(f"## {name}\n\n{about(found)}\n\n{SECTIONS[name](found)}\n")


def wanted(results: dict[str, Any]) -> dict[Path, str]:
    """The pages that tell of results, and the chart, as they should be."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    texts = {page: page.read_text("utf-8") for page in pages}
    found = {page: PART.sub(partial(filled, results), text) for page, text in texts.items() if PART.search(text)}
    return found | {CHART: chart(results["verify"])}


def filled(results: dict[str, Any], part: re.Match[str]) -> str:
    """A marked part with what belongs there. Raises ``KeyError`` for a name that no result has."""
    begin, name, end = part.groups()
    told = {"summary": summary, "readme": readme}
    text = told[name](results) if name in told else f"{SECTIONS[name](results[name])}\n\n{about(results[name])}"
    return f"{begin}\n{text}\n\n{end}"


if __name__ == "__main__":
    main()

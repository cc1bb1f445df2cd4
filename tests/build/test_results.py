"""What the documents say of speed is what the benchmarks found."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from programs import ROOT


def table(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "table.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_documents_and_their_chart_tell_the_saved_results() -> None:
    checked = table("--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_result_has_a_section() -> None:
    printed = table()
    assert printed.returncode == 0, printed.stderr
    saved = {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    assert set(re.findall(r"^## (\w+)$", printed.stdout, re.MULTILINE)) == saved


def test_the_readme_tells_ratios_and_no_absolute_speed() -> None:
    part = (ROOT / "README.md").read_text("utf-8").split("<!-- results: readme -->")[1].split("<!-- end of")[0]
    assert re.findall(r"[\d.]+ ×", part)
    assert not re.search(r"\d\s*(/s|ms|µs|ns|per second)", part)


def test_the_chart_is_well_formed_and_loads_nothing() -> None:
    chart = ROOT / "docs" / "explanation" / "verification-speed.svg"
    root = ElementTree.fromstring(chart.read_text("utf-8"))  # noqa: S314  # our own file
    assert root.get("role") == "img"
    assert [one.tag for one in root.iter() if one.tag.endswith(("script", "image", "foreignObject"))] == []
    assert "prefers-color-scheme: dark" in chart.read_text("utf-8")


def test_the_code_of_each_peer_is_short() -> None:
    peers: Path = ROOT / "benchmarks" / "peers"
    code = [*peers.glob("*.py"), *peers.glob("*.conf"), *peers.glob("*/server.mjs")]
    assert len(code) > 5
    assert {path.name: lines for path in code if (lines := len(path.read_text("utf-8").splitlines())) > 60} == {}


def test_the_lock_of_a_peer_on_node_pins_contents_and_no_registry() -> None:
    """Otherwise whoever serves the packages could put other code into the comparison, and onto this machine."""
    for lock in (ROOT / "benchmarks" / "peers").glob("*/package-lock.json"):
        text = lock.read_text("utf-8")
        assert '"resolved"' not in text
        assert text.count('"integrity"') == text.count('    "node_modules/')

"""What axe finds on a page, and whether the page fits its window."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
NARROW = ["color-contrast", "target-size", "scrollable-region-focusable"]


async def faults(page: Page, rules: list[str]) -> dict[str, list[str]]:
    """What axe finds on the page, by rule: the elements."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_AXE)
    result: Any = await page.evaluate(
        "(rules) => axe.run(document, rules)", {"runOnly": rules, "resultTypes": ["violations"]}
    )
    return {fault["id"]: [node["html"][:200] for node in fault["nodes"][:3]] for fault in result["violations"]}


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))

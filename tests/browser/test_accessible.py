"""Every page in both themes, for everybody: axe finds nothing, the phone shows all, the keyboard reaches all."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from browser.conftest import Visit
from browser.pages import PAGES, furnish, show
from browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
NARROW = ["color-contrast", "target-size", "scrollable-region-focusable"]


async def faults(ann: Visitor, rules: Any) -> dict[str, list[str]]:
    """What axe finds on the page, by rule: the elements."""
    if not await ann.page.evaluate("() => 'axe' in window"):
        await ann.page.evaluate(AXE)
    result = await ann.page.evaluate(
        "(rules) => axe.run(document, rules)", {"runOnly": rules, "resultTypes": ["violations"]}
    )
    return {fault["id"]: [node["html"][:200] for node in fault["nodes"][:3]] for fault in result["violations"]}


async def overflow(ann: Visitor) -> int:
    """By how many pixels the page is wider than the window."""
    return int(await ann.page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))


async def test_axe_finds_nothing_on_any_page_in_either_theme(visit: Visit) -> None:
    found: dict[str, Any] = {}
    async with visit("axe@example.com") as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            await ann.page.emulate_media(color_scheme="light")
            found[f"{name}, light"] = await faults(ann, EVERYTHING)
            await ann.page.emulate_media(color_scheme="dark")
            found[f"{name}, dark"] = await faults(ann, COLOURS)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


async def test_on_a_small_phone_everything_fits_and_can_be_hit(visit: Visit) -> None:
    found: dict[str, Any] = {}
    async with visit("phone@example.com", PHONE) as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            found[name] = await faults(ann, NARROW)
            assert await overflow(ann) <= 0, name
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


async def test_at_twice_the_size_nothing_is_cut_off(visit: Visit) -> None:
    """As a browser zooms: half as many pixels of the page, each twice as large."""
    async with visit("big@example.com", (640, 400), device_scale_factor=2) as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            assert await overflow(ann) <= 0, name


async def test_the_theme_can_be_chosen_and_is_kept(visit: Visit) -> None:
    async with visit("theme@example.com", color_scheme="light") as ann:
        await ann.sign_in()
        paper = "() => getComputedStyle(document.body).backgroundColor"
        light = await ann.page.evaluate(paper)
        await ann.page.get_by_role("button", name="Account and appearance").click()
        await ann.page.get_by_role("radio", name="Dark").check()
        dark = await ann.page.evaluate(paper)
        assert dark != light
        await ann.page.reload()
        await expect(ann.page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
        assert await ann.page.evaluate(paper) == dark


async def test_tab_goes_through_a_page_in_order_and_dialogs_give_the_focus_back(visit: Visit) -> None:
    async with visit("tab@example.com") as ann:
        await ann.sign_in()
        key = ann.make_key("Tabbed")
        await ann.open(f"#/{ann.slug}/keys/{key['id']}")
        await ann.page.reload()
        await expect(ann.page.get_by_role("heading", name="Tabbed", level=1)).to_be_visible()
        await ann.page.keyboard.press("Tab")
        await expect(ann.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await ann.page.keyboard.press("Enter")
        await ann.page.keyboard.press("Tab")
        await ann.page.keyboard.press("Tab")
        await expect(ann.page.get_by_role("button", name="Pause")).to_be_focused()
        await ann.page.keyboard.press("Enter")
        await expect(ann.page.get_by_role("dialog", name="Pause Tabbed?")).to_be_visible()
        await ann.page.keyboard.press("Escape")
        await expect(ann.page.get_by_role("dialog")).to_have_count(0)
        await expect(ann.page.get_by_role("button", name="Pause")).to_be_focused()

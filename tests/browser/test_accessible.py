"""Every page in both themes, for everybody: axe finds nothing, the phone shows all, the keyboard reaches all."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from browser.conftest import Visit
from browser.pages import PAGES, furnish, show
from browser.visitor import PHONE

pytestmark = pytest.mark.asyncio(loop_scope="module")
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing_on_any_page_in_either_theme(visit: Visit, size: tuple[int, int]) -> None:
    found: dict[str, Any] = {}
    async with visit(f"axe-{size[0]}@example.com", size) as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            if not await ann.page.evaluate("() => 'axe' in window"):
                await ann.page.evaluate(AXE)
            for theme, rules in (("light", RULES), ("dark", COLOURS)):
                await ann.page.emulate_media(color_scheme=theme)
                result = await ann.page.evaluate("(rules) => axe.run(document, rules)", rules)
                for fault in result["violations"]:
                    found[f"{name} {theme} {fault['id']}"] = [node["html"][:200] for node in fault["nodes"][:3]]
            wide = await ann.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px too wide"
    assert found == {}


async def test_at_twice_the_size_nothing_is_cut_off(visit: Visit) -> None:
    """As a browser zooms: half as many pixels of the page, each twice as large."""
    async with visit("big@example.com", (640, 400), device_scale_factor=2) as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            wide = await ann.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px too wide"


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

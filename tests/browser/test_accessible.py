"""Every page in both themes, for everybody: axe finds nothing, the phone shows all, the keyboard reaches all."""

from typing import Any

import pytest
from playwright.async_api import expect

from browser.accessibility import COLOURS, EVERYTHING, NARROW, faults, overflow
from browser.conftest import Visit
from browser.pages import PAGES, furnish, show
from browser.visitor import DESKTOP, PHONE

pytestmark = pytest.mark.asyncio(loop_scope="session")
ZOOMED = (640, 400)
"""What a browser that shows a small laptop's window at twice the size has for the page."""


async def test_every_page_is_for_everybody_in_both_themes_on_a_phone_and_at_twice_the_size(visit: Visit) -> None:
    """Each page is shown once, and looked at in every way."""
    found: dict[str, Any] = {}
    async with visit("axe@example.com") as ann:
        ann.expected += ["401", "404"]
        room = furnish(ann)
        for name in PAGES:
            await show(ann, room, name)
            await ann.page.emulate_media(color_scheme="dark")
            found[f"{name}, dark"] = await faults(ann.page, COLOURS)
            await ann.page.emulate_media(color_scheme="light")
            found[f"{name}, light"] = await faults(ann.page, EVERYTHING)
            await ann.resize(PHONE)
            found[f"{name}, phone"] = await faults(ann.page, NARROW)
            found[f"{name}, phone, wider by"] = max(0, await overflow(ann.page))
            await ann.resize(ZOOMED)
            found[f"{name}, twice the size, wider by"] = max(0, await overflow(ann.page))
            await ann.resize(DESKTOP)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
    assert len(found) == 5 * len(PAGES)


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

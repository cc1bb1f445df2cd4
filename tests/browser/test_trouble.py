"""A slow network, a server that goes away, a nervous hand, the back button."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from browser.visitor import Visitor, visiting
from server_process import start

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def slowly(route: Any) -> None:
    await asyncio.sleep(1)
    await route.continue_()


async def test_a_double_click_makes_one_key(ann: Visitor) -> None:
    """If this failed, a nervous hand would leave keys behind that nobody stored."""
    page = ann.page
    await page.route("**/api/v1/api-keys", slowly)
    await page.get_by_role("link", name="New key").first.click()
    await page.get_by_label("Name").fill("Once")
    await page.get_by_role("button", name="Create key").dblclick()
    await page.get_by_label("Name").press("Enter")
    await expect(page.get_by_role("heading", name="Once is ready")).to_be_visible()
    await page.get_by_role("button", name="I have stored it").dblclick()
    assert len(ann.api("GET", "api-keys")) == 1


async def test_an_answer_that_got_lost_is_asked_for_again_and_is_still_one_key(ann: Visitor) -> None:
    """If this failed, a lost answer would be a lost secret, or a second key."""
    page = ann.page
    ann.expected.append("ERR_FAILED")

    async def lose(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/api/v1/api-keys", lose, times=1)
    await page.get_by_role("link", name="New key").first.click()
    await page.get_by_label("Name").fill("Asked twice")
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("heading", name="Asked twice is ready")).to_be_visible()
    await page.get_by_role("button", name="Reveal").click()
    secret = (await page.get_by_label("Key", exact=True).text_content() or "").strip()
    assert ann.use(secret) == 200
    assert len(ann.api("GET", "api-keys")) == 1


async def test_while_the_network_is_slow_the_page_says_so(ann: Visitor) -> None:
    ann.make_key("Slow")
    await ann.page.route("**/api/v1/**", slowly)
    await ann.page.reload()
    await expect(ann.page.get_by_text("Loading").first).to_be_visible()
    await expect(ann.page.get_by_role("link", name="Slow")).to_be_visible(timeout=20_000)


async def test_back_and_forward_go_where_one_was(ann: Visitor) -> None:
    key = ann.make_key("Visited")
    page = ann.page
    await page.reload()
    await page.get_by_role("link", name="Visited").click()
    await expect(page.get_by_role("heading", name="Visited", level=1)).to_be_visible()
    await ann.to("Audit log")
    await page.go_back()
    await expect(page.get_by_role("heading", name="Visited", level=1)).to_be_visible()
    assert key["id"] in page.url
    await page.go_back()
    await expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    await page.go_forward()
    await expect(page.get_by_role("heading", name="Visited", level=1)).to_be_visible()


async def test_a_server_that_restarts_is_found_again(browser: Browser, tmp_path: Path) -> None:
    server = start(tmp_path / "data")
    try:
        async with visiting(browser, server, "ann@example.com") as ann:
            await ann.sign_in()
            ann.make_key("Survivor")
            ann.expected += ["ERR_CONNECTION", "net::"]
            server.terminate()
            await ann.page.get_by_role("link", name="Overview").click()
            await expect(ann.page.get_by_text("The server can't be reached").first).to_be_visible()
            server = ann.server = start(tmp_path / "data", port=server.port)
            await expect(ann.page.get_by_text("can't be reached")).to_have_count(0, timeout=15_000)
            await ann.to("Keys")
            await expect(ann.page.get_by_role("link", name="Survivor")).to_be_visible()
    finally:
        server.kill()

"""Signing in to the dashboard and staying signed in."""

import shutil
from uuid import uuid4

import pytest
from playwright.async_api import expect

from browser.conftest import Visit
from browser.visitor import Visitor, link

pytestmark = pytest.mark.asyncio(loop_scope="session")
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
REFUSED = "the server responded with a status of 401"


def someone() -> str:
    return f"{uuid4().hex[:8]}@example.com"


async def test_a_link_signs_in_once_and_leaves_the_address(visit: Visit) -> None:
    """If this failed, a link left in a history would sign in whoever reads it."""
    async with visit(someone()) as visitor:
        address = link(visitor.server, visitor.user)
        await visitor.page.goto(address)
        await expect(visitor.page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
        assert "sign-in" not in visitor.page.url
        async with visit(someone()) as thief:
            thief.expected.append(REFUSED)
            await thief.page.goto(address)
            await expect(thief.page.get_by_role("alert")).to_contain_text("onepin sign-in")
            await expect(thief.page.get_by_role("heading", name="Sign in")).to_be_visible()
            assert "sign-in=" not in thief.page.url


async def test_a_reload_keeps_the_person_and_no_script_can_read_why(ann: Visitor) -> None:
    """If this failed, any script on the page could carry the session away."""
    token = ann.server.token(ann.user)
    await ann.page.reload()
    await expect(ann.page.get_by_role("heading", name="Make the first key")).to_be_visible()
    stored = await ann.page.evaluate(STORED)
    assert token[:20] not in stored
    assert "eyJ" not in stored
    [cookie] = await ann.context.cookies(f"{ann.server.base_url}/api/v1/auth/local/token")
    assert cookie.get("httpOnly") is True
    assert cookie.get("sameSite") == "Strict"
    assert cookie.get("value", "?") not in stored
    assert await ann.context.cookies(f"{ann.server.base_url}/api/v1/api-keys") == []


async def test_signing_out_signs_out_every_tab_for_good(ann: Visitor) -> None:
    """If this failed, whoever sits down at the browser next would be somebody else."""
    await ann.to("Overview")
    other = await ann.context.new_page()
    await other.goto(f"{ann.server.base_url}/")
    await expect(other.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    await ann.page.get_by_role("button", name="Account and appearance").click()
    await ann.page.get_by_role("button", name="Sign out").click()
    for page in (ann.page, other):
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await ann.page.go_back()
    await expect(ann.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_link_can_be_pasted_and_half_a_link_is_told(visit: Visit) -> None:
    async with visit(someone()) as visitor:
        await visitor.open()
        await expect(visitor.page.get_by_text("onepin sign-in")).to_be_visible()
        field = visitor.page.get_by_label("Sign-in link")
        await field.fill(link(visitor.server, visitor.user)[:-5])
        await visitor.page.get_by_role("button", name="Sign in").click()
        await expect(visitor.page.get_by_text("This is not the whole link")).to_be_visible()
        await expect(field).to_be_focused()
        await field.fill(link(visitor.server, visitor.user))
        await field.press("Enter")
        await expect(visitor.page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()


async def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(visit: Visit) -> None:
    async with visit(someone()) as visitor:
        await visitor.sign_in()
        page = visitor.page
        await page.get_by_role("link", name="New key").first.click()
        await page.get_by_label("Name").fill("Typed before it ended")
        await page.get_by_label("No limit").check()
        # The server forgets the browser, and takes none of the tokens that it has given to it.
        shutil.rmtree(visitor.server.data_dir / "browsers")
        visitor.expected.append(REFUSED)
        ended = '{"error":{"code":"UNAUTHORIZED","message":"","details":[]},"meta":{"request_id":"x"}}'

        async def refuse(route: object) -> None:
            await route.fulfill(status=401, content_type="application/json", body=ended)  # type: ignore[attr-defined]

        await page.route("**/api/v1/api-keys", refuse, times=1)
        await page.get_by_role("button", name="Create key").click()
        dialog = page.get_by_role("dialog", name="Your session has ended")
        await expect(dialog).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_visible()
        await dialog.get_by_label("Sign-in link").fill(link(visitor.server, visitor.user))
        await dialog.get_by_role("button", name="Sign in", exact=True).click()
        await expect(dialog).not_to_be_visible()
        await expect(page.get_by_label("Name")).to_have_value("Typed before it ended")
        await expect(page.get_by_label("No limit")).to_be_checked()
        await page.get_by_role("button", name="Create key").click()
        await expect(page.get_by_role("heading", name="Typed before it ended is ready")).to_be_visible()
        assert [key["name"] for key in visitor.api("GET", "api-keys")] == ["Typed before it ended"]


async def test_a_page_that_is_opened_before_signing_in_is_there_after_it(visit: Visit) -> None:
    async with visit(someone()) as visitor:
        slug = visitor.api("GET", "workspaces")[0]["slug"]
        await visitor.open(f"#/{slug}/audit")
        await visitor.page.get_by_label("Sign-in link").fill(link(visitor.server, visitor.user))
        await visitor.page.get_by_role("button", name="Sign in").click()
        await expect(visitor.page.get_by_role("heading", name="Audit log")).to_be_visible()

"""Approving a device in the dashboard, and ending its session."""

from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, expect

from browser.conftest import Visit
from browser.visitor import Visitor, link, visiting
from server_process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="session")
MISSING = "the server responded with a status of 404"
SAME = "My own device shows this code, and I started this"


def refused(ann: Visitor, token: str) -> bool:
    """Whether a token is none to the server."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{ann.server.base_url}/api/v1/auth/whoami", headers=headers, timeout=30).status_code == 401


async def test_the_address_that_a_device_shows_leads_to_its_approval(ann: Visitor) -> None:
    page, device = ann.page, ann.start_device("backup on db-1")
    await page.goto(device["verification_uri_complete"])
    await page.get_by_role("link", name="Approve it in the dashboard").click()
    await expect(page.get_by_text(device["user_code"])).to_be_visible()
    await expect(page.get_by_role("definition").filter(has_text="backup on db-1")).to_be_visible()
    await expect(page.get_by_role("definition").filter(has_text="127.0.0.1")).to_be_visible()
    await expect(page.get_by_role("definition").filter(has_text=ann.user)).to_be_visible()
    await page.get_by_label(SAME).check()
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", name="Approved")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="backup on db-1")).to_be_focused()
    token = ann.ask_as(device)["access_token"]
    assert not refused(ann, token)
    await page.get_by_role("link", name="Sessions").click()
    await expect(page.get_by_role("row", name="backup on db-1")).to_contain_text("just now")


async def test_a_link_alone_approves_nothing(ann: Visitor) -> None:
    """If this failed, whoever sends somebody a link, or a nervous hand on it, would be signed in as them."""
    page, device = ann.page, ann.start_device()
    await ann.open(f"#/device/{device['user_code']}")
    approve = page.get_by_role("button", name="Approve")
    await expect(approve).to_be_visible()
    await page.keyboard.press("Enter")
    await approve.dblclick()
    await expect(page.get_by_text("Compare first.")).to_be_visible()
    await approve.click()
    await expect(page.get_by_label(SAME)).to_be_focused()
    await expect(page.get_by_label(SAME)).not_to_be_checked()
    assert ann.ask_as(device)["error"] == "authorization_pending"
    await page.reload()
    await expect(page.get_by_label(SAME)).not_to_be_checked()
    assert ann.api("GET", "auth/sessions") == []


async def test_a_typed_code_is_shown_again_and_can_be_denied(ann: Visitor) -> None:
    page, device = ann.page, ann.start_device("<img src=x onerror=alert(1)>")
    await page.get_by_role("button", name="Account and appearance").click()
    await page.get_by_role("link", name="Approve a device").click()
    field = page.get_by_label("Code on the device")
    await expect(field).to_be_focused()
    await field.fill("WDJB-MJ")
    await field.press("Enter")
    await expect(page.get_by_text("has 8 letters")).to_be_visible()
    await field.fill(device["user_code"].lower().replace("-", " "))
    await field.press("Enter")
    await expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_role("heading", name="Denied")).to_be_visible()
    assert ann.ask_as(device)["error"] == "access_denied"
    ann.expected.append(MISSING)
    await page.reload()
    await expect(page.get_by_role("heading", name="No device waits under this code")).to_be_visible()
    await page.get_by_role("link", name="Type another code").click()
    await expect(field).to_be_focused()


async def test_a_device_that_was_decided_elsewhere_is_told(ann: Visitor) -> None:
    page, device = ann.page, ann.start_device()
    await ann.open(f"#/device/{device['user_code']}")
    await page.get_by_label(SAME).check()
    ann.api("POST", f"auth/approvals/{device['user_code']}", json={"approve": False})
    ann.expected.append(MISSING)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_role("heading", name="No device waits under this code")).to_be_visible()
    assert ann.ask_as(device)["error"] == "access_denied"


async def test_who_is_not_signed_in_yet_comes_to_the_device_after_it(visit: Visit) -> None:
    async with visit("late@example.com") as late:
        device = late.start_device("late one")
        await late.open(f"#/device/{device['user_code']}")
        await late.page.get_by_label("Sign-in link").fill(link(late.server, late.user))
        await late.page.get_by_role("button", name="Sign in").click()
        await expect(late.page.get_by_text("late one")).to_be_visible()
        assert late.ask_as(device)["error"] == "authorization_pending"


async def test_what_is_no_code_is_not_asked_about(ann: Visitor) -> None:
    """If this failed, a link could make the page ask the API whatever it likes."""
    asked: list[str] = []
    ann.page.on("request", lambda request: asked.append(request.url))
    for code in ("%2e%2e%2fsessions", "WDJB-MJHT%3Fa=b", "%E0%A4%A", "<b>", "x" * 300):
        await ann.open("#/device")
        await expect(ann.page.get_by_role("alert")).to_have_count(0)
        await ann.open(f"#/device/{code}")
        await expect(ann.page.get_by_role("alert")).to_contain_text("no whole code")
    assert not [url for url in asked if "/auth/approvals" in url]


async def test_sessions_are_seen_and_ended(ann: Visitor) -> None:
    """If this failed, a lost machine would act as its person for as long as it likes."""
    page = ann.page
    await page.get_by_role("button", name="Account and appearance").click()
    await page.get_by_role("link", name="Sessions").click()
    await expect(page.get_by_role("heading", name="No device is signed in as you")).to_be_visible()
    command = page.get_by_label("Command that signs in")
    await expect(command).to_have_text(f"onepin login --base-url {ann.server.base_url}")
    lost, kept = ann.signed_in_device("lost laptop"), ann.signed_in_device("kept laptop")
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(2)
    await page.get_by_role("button", name="End the session of lost laptop").click()
    dialog = page.get_by_role("dialog", name="End the session of lost laptop?")
    await dialog.get_by_role("button", name="Cancel").click()
    assert len(ann.api("GET", "auth/sessions")) == 2
    await page.get_by_role("button", name="End the session of lost laptop").click()
    await dialog.get_by_role("button", name="End session").click()
    await expect(page.get_by_text("lost laptop is signed out.")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(1)
    assert renewed(ann, lost) == "invalid_grant"
    assert renewed(ann, kept) == ""


def renewed(ann: Visitor, granted: dict[str, str]) -> str:
    """Why a device gets no new token; "" when it does."""
    form = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    answer = httpx.post(f"{ann.server.base_url}/api/v1/auth/device/token", data=form, timeout=30).json()
    return str(answer.get("error", ""))


async def test_one_that_is_over_already_is_ended_all_the_same(ann: Visitor) -> None:
    page = ann.page
    ann.signed_in_device("gone")
    await ann.open("#/sessions")
    await page.get_by_role("button", name="End the session of gone").click()
    [session] = ann.api("GET", "auth/sessions")
    ann.api("DELETE", f"auth/sessions/{session['id']}")
    ann.expected.append(MISSING)
    await page.get_by_role("button", name="End session").click()
    await expect(page.get_by_role("heading", name="No device is signed in as you")).to_be_visible()


async def test_others_sessions_are_not_seen(browser: Browser, server: ServerProcess, ann: Visitor) -> None:
    """If this failed, one customer would see where another one works."""
    ann.signed_in_device("ann's own")
    async with visiting(browser, server, f"eve-{ann.user}") as eve:
        await eve.sign_in()
        await eve.open("#/sessions")
        await expect(eve.page.get_by_role("heading", name="No device is signed in as you")).to_be_visible()


async def test_a_page_outside_the_workspace_opens_once_and_keeps_what_is_loaded(ann: Visitor) -> None:
    """Otherwise each visit would ask for everything twice, and the page would vanish for a moment after it came."""
    await ann.open("#/")
    await expect(ann.page.get_by_role("heading", name="Keys", level=1)).to_be_visible()
    await ann.page.wait_for_load_state("networkidle")
    asked: list[str] = []
    ann.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    await ann.page.evaluate("location.hash = '#/sessions'")
    await expect(ann.page.get_by_role("heading", name="No device is signed in as you")).to_be_visible()
    assert [path for path in asked if path.startswith("/api/")] == ["/api/v1/auth/sessions"]

"""The life of a key at the screen: made, used, seen, rotated, revoked; and its secret, which is seen once."""

import re
import time
from pathlib import Path

import pytest
from playwright.async_api import Dialog, Page, expect

from browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
EVERYWHERE = """() => JSON.stringify([
    document.documentElement.outerHTML, document.title, location.href, {...localStorage}, {...sessionStorage},
    document.cookie, history.state, [...document.querySelectorAll("input,textarea")].map((field) => field.value)])"""


async def make(ann: Visitor, name: str) -> str:
    """Make a key at the screen, up to its secret; returns the secret."""
    page = ann.page
    await page.get_by_role("link", name="New key").first.click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("heading", name=f"{name} is ready")).to_be_visible()
    return await reveal(page)


async def reveal(page: Page) -> str:
    await page.get_by_role("button", name="Reveal").click()
    return (await page.get_by_label("Key", exact=True).text_content() or "").strip()


async def test_a_newcomer_makes_uses_sees_rotates_and_revokes_a_key(ann: Visitor) -> None:
    page = ann.page
    await page.get_by_role("link", name="New key").first.click()
    await page.get_by_label("Name").fill("Billing")
    await page.get_by_role("radio", name="Read-only").check()
    await page.get_by_label("Rate limit, requests per minute").fill("60")
    await page.get_by_role("button", name="Create key").click()
    secret = await reveal(page)
    assert ann.use(secret) == 200
    await page.get_by_role("button", name="I have stored it").click()
    begun = time.monotonic()
    await expect(page.get_by_role("region", name="Requests").get_by_text("Admitted 1")).to_be_visible(timeout=10_000)
    assert time.monotonic() - begun < 10
    await expect(page.get_by_text("60 per minute")).to_be_visible()

    await page.get_by_role("button", name="Rotate").click()
    await page.get_by_role("dialog").get_by_role("button", name="Rotate key").click()
    new = await reveal(page)
    assert new != secret
    assert (ann.use(secret), ann.use(new)) == (200, 200)
    await page.get_by_role("button", name="I have stored it").click()
    await expect(page.get_by_role("heading", name="Billing", level=1)).to_be_visible()
    await expect(page.get_by_text("created the key")).to_be_visible()

    await ann.to("Keys")
    await page.get_by_role("row", name="In grace").get_by_role("link").click()
    await expect(page.get_by_text("Somebody still uses it")).to_be_visible()
    await page.get_by_role("link", name="Open its successor").click()
    await page.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Revoke key").click()
    await expect(dialog.get_by_text("Type Billing to go on.")).to_be_visible()
    await dialog.get_by_label("To confirm").fill("Billing")
    await dialog.get_by_role("button", name="Revoke key").click()
    await expect(page.get_by_text("Revoked", exact=True).first).to_be_visible()
    assert ann.use(new) == 401
    await expect(page.get_by_role("button", name="Rotate")).to_have_count(0)


async def test_a_secret_is_nowhere_once_its_page_is_left(ann: Visitor) -> None:
    """If this failed, the next person at the browser could read a secret that was shown once."""
    said: list[str] = []
    ann.page.on("console", lambda message: said.append(message.text))
    secret = await make(ann, "Seen once")
    hidden = secret[len("pk_live_") + 8 :]
    everywhere = await ann.page.evaluate("() => JSON.stringify([document.title, location.href, {...localStorage}])")
    assert hidden not in everywhere
    await ann.page.get_by_role("button", name="I have stored it").click()
    await expect(ann.page.get_by_role("heading", name="Seen once", level=1)).to_be_visible()
    assert hidden not in await ann.page.evaluate(EVERYWHERE)
    for step in (ann.page.go_back, ann.page.go_forward, ann.page.reload):
        await step()
        await expect(ann.page.get_by_role("heading", level=1)).to_be_visible()
        assert hidden not in await ann.page.evaluate(EVERYWHERE)
    assert not any(hidden in text for text in said)


async def test_leaving_a_secret_is_warned_of_and_can_be_taken_back(ann: Visitor) -> None:
    secret = await make(ann, "Nearly lost")
    warned: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        warned.append(dialog.type)
        await dialog.accept()

    await ann.page.get_by_role("link", name="Overview").click()
    dialog = ann.page.get_by_role("dialog", name="Leave without storing the key?")
    await dialog.get_by_role("button", name="Cancel").click()
    assert (await ann.page.get_by_label("Key", exact=True).text_content() or "").strip() == secret
    await ann.page.go_back()
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(ann.page.get_by_label("Key", exact=True)).to_be_visible()
    ann.page.on("dialog", dismiss)
    await ann.page.reload()
    assert warned == ["beforeunload"]
    await expect(ann.page.get_by_label("Name")).to_have_value("")
    assert secret[16:] not in await ann.page.evaluate(EVERYWHERE)


async def test_a_secret_can_be_copied_downloaded_and_pasted_as_a_command(ann: Visitor, tmp_path: Path) -> None:
    secret = await make(ann, "Carried away")
    await ann.page.get_by_role("button", name="Copy key").click()
    assert await ann.page.evaluate("() => navigator.clipboard.readText()") == secret
    async with ann.page.expect_download() as started:
        await ann.page.get_by_role("button", name="Download .env line").click()
    await (await started.value).save_as(tmp_path / "env")
    assert (tmp_path / "env").read_text() == f"ONEPIN_API_KEY={secret}\n"
    await ann.page.get_by_role("button", name="Hide").click()
    for name in ("curl", "Python", "CLI"):
        await ann.page.get_by_role("radio", name=name).check()
        assert secret not in (await ann.page.get_by_label(f"{name} snippet", exact=True).text_content() or "")
        await ann.page.get_by_role("button", name=f"Copy {name} snippet").click()
        assert secret in await ann.page.evaluate("() => navigator.clipboard.readText()")
    await ann.page.get_by_role("button", name="I have stored it").click()


async def test_what_is_wrong_is_said_beside_the_field(ann: Visitor) -> None:
    page = ann.page
    await page.get_by_role("link", name="New key").first.click()
    await page.get_by_role("button", name="Create key").click()
    name = page.get_by_label("Name")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("Give the key a name")).to_be_visible()
    await name.fill("x" * 121)
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_text("at most 120 characters")).to_be_visible()
    await name.fill("fine")
    await page.get_by_label("Rate limit, requests per minute").fill("1.5")
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_text("A whole number from 1 to 1,000,000.")).to_be_visible()
    await expect(name).to_have_value("fine")


async def test_facts_are_edited_in_place(ann: Visitor) -> None:
    key = ann.make_key("Before")
    await ann.open(f"#/{ann.slug}/keys/{key['id']}")
    page = ann.page
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Name").fill("After")
    await page.get_by_role("radio", name="Custom").check()
    await page.get_by_role("checkbox", name="uploads:write").check()
    await page.get_by_label("No limit").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="After", level=1)).to_be_visible()
    await expect(page.get_by_role("region", name="Facts")).to_contain_text("No limit")
    changed = ann.api("GET", f"api-keys/{key['id']}")
    assert (changed["name"], changed["rate_limit_per_min"]) == ("After", None)
    assert set(changed["scopes"]) == {*key["scopes"], "uploads:write"}
    await expect(page.get_by_text("changed the key")).to_be_visible()


async def test_a_pause_can_be_undone(ann: Visitor) -> None:
    key = ann.make_key("Paused")
    await ann.open(f"#/{ann.slug}/keys/{key['id']}")
    await ann.page.get_by_role("button", name="Pause").click()
    await ann.page.get_by_role("dialog").get_by_role("button", name="Pause key").click()
    await expect(ann.page.get_by_role("button", name="Resume")).to_be_visible()
    assert ann.use(key["api_key"]) == 401
    await ann.page.get_by_role("button", name="Undo").click()
    await expect(ann.page.get_by_role("button", name="Pause")).to_be_visible()
    assert ann.use(key["api_key"]) == 200


async def test_a_refusal_says_why_and_which_request_it_was(ann: Visitor) -> None:
    key = ann.make_key("Gone meanwhile")
    await ann.open(f"#/{ann.slug}/keys/{key['id']}")
    await ann.page.get_by_role("button", name="Edit").click()
    ann.api("DELETE", f"api-keys/{key['id']}")
    ann.expected.append("409")
    await ann.page.get_by_label("Name").fill("Too late")
    async with ann.page.expect_response(lambda answer: answer.request.method == "PATCH") as asked:
        await ann.page.get_by_role("button", name="Save").click()
    request_id = (await asked.value).headers["x-request-id"]
    await expect(ann.page.get_by_role("alert")).to_contain_text(request_id)
    await ann.page.get_by_role("button", name="Copy request id").first.click()
    assert await ann.page.evaluate("() => navigator.clipboard.readText()") == request_id
    await expect(ann.page.get_by_label("Name")).to_have_value("Too late")


async def test_what_the_server_refuses_stands_beside_its_field(ann: Visitor) -> None:
    ann.expected.append("422")
    await ann.page.get_by_role("link", name="New key").first.click()
    await ann.page.get_by_label("Name").fill("from right \u202e to left")
    await ann.page.get_by_role("button", name="Create key").click()
    field = ann.page.get_by_label("Name")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_accessible_description(re.compile("."))
    await expect(field).to_be_focused()


async def test_a_chart_can_be_read_without_seeing_it(ann: Visitor) -> None:
    key = ann.make_key("Charted")
    ann.use(key["api_key"], 3)
    await ann.open(f"#/{ann.slug}/keys/{key['id']}")
    chart = ann.page.get_by_role("group", name="Requests with this key")
    await expect(ann.page.get_by_text("Admitted 3")).to_be_visible()
    await expect(chart).to_have_accessible_name(
        "Requests with this key, 24 hours. Admitted: 3, Over the limit (429): 0, "
        "Lacking a scope (403): 0. Arrow keys go from bar to bar."
    )
    await chart.focus()
    await ann.page.keyboard.press("End")
    await expect(ann.page.get_by_text("3 admitted")).to_be_visible()
    await ann.page.get_by_text("Show as a table").click()
    await expect(ann.page.get_by_role("cell", name="3", exact=True)).to_be_visible()
    for window in ("7 days", "30 days", "12 months"):
        await ann.page.get_by_role("radio", name=window).check()
        await expect(ann.page.get_by_text("Admitted 3")).to_be_visible()

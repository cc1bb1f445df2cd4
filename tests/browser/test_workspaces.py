"""Workspaces, their people, and what happened in them."""

import csv
from pathlib import Path

import pytest
from playwright.async_api import expect

from browser.conftest import Visit
from browser.visitor import Visitor, link

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def make(ann: Visitor, name: str) -> None:
    """Make a workspace at the screen."""
    await ann.page.get_by_role("button", name="Workspace:").click()
    await ann.page.get_by_role("link", name="New workspace …").click()
    await ann.page.get_by_label("Name").fill(name)
    await ann.page.get_by_role("button", name="Create workspace").click()
    await expect(ann.page.get_by_role("button", name=f"Workspace: {name}.")).to_be_visible()


async def test_a_workspace_is_made_changed_left_and_deleted(ann: Visitor) -> None:
    page, home = ann.page, ann.slug
    await make(ann, "Acme")
    await ann.to("Workspace")
    slug = page.get_by_label("Slug")
    await slug.fill("Not a slug")
    await expect(page.get_by_text("Lower-case letters, digits")).to_be_visible()
    await slug.fill(home)
    await expect(page.get_by_text("Another workspace has it.")).to_be_visible()
    await slug.fill(f"{home}-two")
    await expect(page.get_by_text(f"{home}-two is free.")).to_be_visible()
    await page.get_by_label("Name").fill("Acme Two")
    await page.get_by_label("Teal").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Workspace: Acme Two.")).to_be_visible()
    assert ann.slug == f"{home}-two"
    await page.get_by_role("button", name="Workspace:").click()
    await page.get_by_role("navigation", name="Workspaces").get_by_role("link").nth(1).click()
    await expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    assert ann.slug == home
    await page.go_back()
    await page.get_by_role("button", name="Delete workspace").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("To confirm").fill(f"{home}-two")
    await dialog.get_by_role("button", name="Delete workspace").click()
    await expect(page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    assert [one["slug"] for one in ann.api("GET", "workspaces")] == [home]


async def test_somebody_is_invited_accepts_changes_role_and_is_removed(ann: Visitor, visit: Visit) -> None:
    await make(ann, "Team")
    slug = ann.slug
    await ann.to("Members")
    await ann.page.get_by_role("button", name="Invite").click()
    bob = f"bob-{ann.user}"
    dialog = ann.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Make invitation").click()
    await expect(dialog.get_by_text("An e-mail address such as")).to_be_visible()
    await dialog.get_by_label("E-mail address").fill(bob)
    await dialog.get_by_label("Role").select_option("viewer")
    await dialog.get_by_role("button", name="Make invitation").click()
    address = (await ann.page.get_by_label("Invitation link").text_content() or "").strip()
    await ann.page.get_by_role("button", name="Done").click()
    await expect(ann.page.get_by_role("row", name=bob)).to_contain_text("Invited")
    async with visit(bob) as guest:
        await guest.page.goto(address)
        await expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "invite=" not in guest.page.url
        await guest.page.get_by_label("Sign-in link").fill(link(guest.server, bob))
        await guest.page.get_by_role("button", name="Sign in").click()
        await guest.page.get_by_role("button", name="Accept invitation").click()
        await expect(guest.page.get_by_role("button", name="Workspace: Team.")).to_be_visible()
        await expect(guest.page.get_by_role("heading", name="No keys yet")).to_be_visible()
        await expect(guest.page.get_by_role("link", name="New key")).to_have_count(0)
        await ann.page.reload()
        await ann.page.get_by_label(f"Role of {bob}").select_option("Editor")
        await expect(ann.page.get_by_text(f"{bob}: Editor.")).to_be_visible()
        await guest.page.reload()
        await expect(guest.page.get_by_role("link", name="New key").first).to_be_visible()
        team = next(one["id"] for one in guest.api("GET", "workspaces") if one["slug"] == slug)
        guest.make_key("Made by Bob", team)
        await ann.page.get_by_role("button", name=f"Remove {bob}").click()
        await ann.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(ann.page.get_by_role("row", name=bob)).to_have_count(0)
        guest.expected.append("403")
        await guest.to("Overview")
        await expect(guest.page.get_by_text("not a member").first).to_be_visible()
    await ann.to("Keys")
    await expect(ann.page.get_by_role("row", name="Made by Bob")).to_contain_text("Creator left")
    await ann.to("Overview")
    await expect(ann.page.get_by_role("heading", name="Their creator left")).to_be_visible()


async def test_the_audit_log_tells_what_happened_and_can_be_carried_away(ann: Visitor, tmp_path: Path) -> None:
    key = ann.make_key("=cmd()")
    ann.api("PATCH", f"api-keys/{key['id']}", json={"name": 'Commas, "quotes"', "rate_limit_per_min": None})
    ann.api("DELETE", f"api-keys/{key['id']}")
    page = ann.page
    await ann.to("Audit log")
    for text in ("You created the key", "You changed the key", "You revoked the key", "You created the workspace"):
        await expect(page.get_by_role("listitem").filter(has_text=text)).to_have_count(1)
    changed = page.get_by_role("listitem").filter(has_text="You changed the key")
    await changed.get_by_text("Details").click()
    await expect(changed.get_by_text('=cmd() → Commas, "quotes"')).to_be_visible()
    await expect(changed.get_by_text("1,000 → no limit")).to_be_visible()
    await page.get_by_label("What happened").select_option("Revoked the key")
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    await page.get_by_label("What happened").select_option("Everything")
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export CSV").click()
    await (await started.value).save_as(tmp_path / "audit.csv")
    rows = list(csv.DictReader((tmp_path / "audit.csv").read_text("utf-8-sig").splitlines()))
    assert {row["action"] for row in rows} >= {"api_key.created", "api_key.updated", "api_key.revoked"}
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


async def test_the_overview_counts_and_points_at_keys_that_want_attention(ann: Visitor) -> None:
    key = ann.make_key("Unlimited", rate_limit_per_min=None)
    tight = ann.make_key("Tight", rate_limit_per_min=1)
    ann.use(key["api_key"], 3)
    assert ann.use(tight["api_key"], 2) == 429
    await ann.to("Overview")
    page = ann.page
    await expect(page.get_by_role("region", name="Requests").get_by_text("Admitted 4")).to_be_visible()
    await expect(page.get_by_role("region", name="Most used keys").get_by_role("listitem").first).to_contain_text(
        "Unlimited 3"
    )
    await expect(page.get_by_role("region", name="Most refused keys")).to_contain_text("Tight 1")
    attention = page.get_by_role("region", name="Keys that want attention")
    await expect(attention.get_by_role("heading", name="No rate limit")).to_contain_text("1")
    await attention.get_by_role("link", name="Unlimited").click()
    await expect(page.get_by_role("heading", name="Unlimited", level=1)).to_be_visible()

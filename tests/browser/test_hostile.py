"""Text that others wrote, and people who are others."""

import pytest
from playwright.async_api import Dialog, expect

from browser.conftest import Visit
from browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "'-alert(1)-'",
    "${alert(1)}{{alert(1)}}<%= alert(1) %>",
    "</title><script>alert(1)</script>",
    "</textarea><iframe src=//evil.example>",
    "<a href='javascript:alert(1)' autofocus onfocus=alert(1)>x</a>",
    "<style>*{display:none}</style>",
    '{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=alert(1)>"}}',
    "\u05e2\u05d1\u05e8\u05d9\u05ea العربية",
    "a" * 120,
]


async def test_names_are_text_wherever_they_stand(ann: Visitor) -> None:
    """If this failed, whoever may name a key could act as everybody who looks at it."""
    page = ann.page
    alerts: list[str] = []

    async def note(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", note)
    workspace = ann.api("GET", "workspaces")[0]["id"]
    ann.api("PATCH", f"workspaces/{workspace}", json={"name": CORPUS[1] + CORPUS[2]})
    keys = [ann.make_key(name, rate_limit_per_min=None) for name in CORPUS]
    ann.use(keys[0]["api_key"])
    ann.api("PATCH", f"api-keys/{keys[0]['id']}", json={"name": CORPUS[1]})
    ann.api("PATCH", f"api-keys/{keys[0]['id']}", json={"name": CORPUS[0]})
    await page.reload()
    await expect(page.locator("tbody tr")).to_have_count(len(CORPUS))
    assert await page.locator("tbody th a").all_text_contents() == list(reversed(CORPUS))
    await page.get_by_role("searchbox").fill(CORPUS[0])
    await expect(page.locator("tbody tr")).to_have_count(2)
    for name in ("Overview", "Audit log", "Members", "Workspace"):
        await ann.to(name)
        await page.wait_for_load_state("networkidle")
    await ann.to("Audit log")
    for summary in await page.get_by_text("Details").all():
        await summary.click()
    for key in keys[:4]:
        await ann.open(f"#/{ann.slug}/keys/{key['id']}")
        await expect(page.get_by_role("heading", name=key["name"], level=1, exact=True)).to_be_visible()
        await page.get_by_role("button", name="Revoke").click()
        await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    elements = (
        "() => document.querySelectorAll('img, iframe, #app script, #app style, [onerror], [onload], [onfocus]').length"
    )
    assert await page.evaluate(elements) == 0
    assert alerts == []


async def test_addresses_are_text_too(ann: Visitor) -> None:
    """If this failed, a link could run what it says."""
    for fragment in (
        "#/<img src=x onerror=alert(1)>/keys",
        "#/%E0%A4%A/keys",
        "#javascript:alert(1)",
        f"#/{ann.slug}/keys/../../x",
    ):
        ann.expected += ["404", "422", "400"]
        await ann.open(fragment)
        await ann.page.reload()
        await expect(ann.page.get_by_role("heading", level=1)).to_be_visible()


async def test_two_tenants_see_nothing_of_each_other(ann: Visitor, visit: Visit) -> None:
    """If this failed, one customer's keys would be another's to read."""
    key = ann.make_key("Ann's own")
    async with visit(f"eve-{ann.user}") as eve:
        eve.expected += ["404"]
        await eve.sign_in()
        await expect(eve.page.get_by_role("heading", name="Make the first key")).to_be_visible()
        await eve.open(f"#/{eve.slug}/keys/{key['id']}")
        await eve.page.reload()
        await expect(eve.page.get_by_role("heading", name="There is no such key")).to_be_visible()
        await eve.open(f"#/{ann.slug}/keys")
        await eve.page.reload()
        await expect(eve.page.get_by_text("There is no workspace")).to_be_visible()
        assert "Ann's own" not in await eve.page.content()
    await ann.page.reload()
    await expect(ann.page.get_by_role("link", name="Ann's own")).to_be_visible()

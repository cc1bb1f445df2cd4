"""The documentation at /docs, as a reader has it in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from browser.accessibility import COLOURS, EVERYTHING, NARROW, faults, overflow
from browser.conftest import Visit
from browser.visitor import DESKTOP, Visitor, visiting
from proxies.front import free_port
from server_process import ServerProcess, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")
PHONE = (360, 740)
CREATE = "docs/api-reference/api-keys/create-api-key-api-v-1-api-keys-post"
WHOAMI = "docs/api-reference/auth/whoami-api-v-1-auth-whoami-get"
KINDS = (
    "docs",
    "docs/api-reference/api-keys",
    CREATE,
    "docs/how-to/nginx",
    "docs/get-started/introduction",
    "docs/cli/commands",
    "docs/reference/error-codes",
    "docs/changelog",
    "docs/there-is-no-such-page",
)
"""A page of every kind."""
MISSING = "the server responded with a status of 404"
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, history.state])"
PAPER = "() => getComputedStyle(document.body).backgroundColor"
CLIPBOARD = "() => navigator.clipboard.readText()"


@pytest_asyncio.fixture(loop_scope="session")
async def reader(visit: Visit) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in."""
    async with visit("reader@example.com", color_scheme="light") as visitor:
        yield visitor


def addresses(package: Path) -> list[str]:
    """Every page of the site."""
    site = package / "onepin" / "documentation"
    return [path.relative_to(site).with_suffix("").as_posix() for path in sorted(site.rglob("*.html"))]


async def curl(page: Page) -> str:
    """The call that an operation's page shows."""
    return (await page.get_by_role("tabpanel").locator("code").text_content()) or ""


async def test_every_kind_of_page_is_for_everybody_in_both_themes_at_every_width(reader: Visitor) -> None:
    found: dict[str, Any] = {}
    page = reader.page
    reader.expected.append(MISSING)
    for path in KINDS:
        await reader.open(path)
        await expect(page.get_by_role("button", name="Search the documentation")).to_be_visible()
        found[f"{path}, light"] = await faults(page, EVERYTHING)
        await reader.resize(PHONE)
        found[f"{path}, light, phone"] = await faults(page, NARROW)
        await page.emulate_media(color_scheme="dark")
        found[f"{path}, dark, phone"] = await faults(page, COLOURS)
        await reader.resize(DESKTOP)
        if path in (CREATE, "docs"):  # elsewhere the colours are those of the phone
            found[f"{path}, dark"] = await faults(page, COLOURS)
        await page.emulate_media(color_scheme="light")
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


async def test_no_page_is_wider_than_its_window_or_asks_for_what_it_may_not(reader: Visitor, package: Path) -> None:
    """If this failed, a reader's browser would tell another host what is read, or run what the policy forbids."""
    wide: dict[str, int] = {}
    await reader.resize(PHONE)
    pages = [path for path in addresses(package) if path != "missing"]
    assert len(pages) > 90
    for number, path in enumerate(pages):
        await reader.open(path)
        wide[path] = await overflow(reader.page)
        if number % 8 == 0 or path in KINDS:
            await reader.resize(DESKTOP)
            wide[f"{path}, desktop"] = await overflow(reader.page)
            await reader.resize(PHONE)
    assert {path: by for path, by in wide.items() if by > 0} == {}
    assert reader.troubles == []


async def test_the_keyboard_skips_to_the_text_and_shows_where_it_is(reader: Visitor) -> None:
    page = reader.page
    await reader.open("docs/how-to/nginx")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the text")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()
    look = """() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return [document.activeElement.outerHTML.slice(0, 300), `${outlineStyle} ${outlineWidth}`];
    }"""
    seen: dict[str, str] = {}
    for _ in range(8):
        await page.keyboard.press("Tab")
        where, ring = await page.evaluate(look)
        seen[where] = ring
        assert await page.evaluate("() => document.activeElement.closest('main') !== null"), where
    assert {where: ring for where, ring in seen.items() if ring != "solid 2px"} == {}
    assert len(seen) >= 6


async def test_the_search_finds_a_page_by_keyboard_alone_and_asks_no_server(reader: Visitor) -> None:
    page = reader.page
    await reader.open("docs/get-started/quickstart")
    await page.keyboard.press("/")
    dialog = page.get_by_role("dialog", name="Search the documentation")
    field = dialog.get_by_role("searchbox")
    await expect(field).to_be_focused()
    await page.keyboard.type("rotate the pepper")
    await expect(dialog.get_by_role("link").first).to_contain_text("Rotate the pepper")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await field.fill("nothing_is_called_so")
    await expect(dialog.get_by_role("status")).to_have_text("Nothing found. Try fewer words.")
    await field.fill("pepper")
    await expect(dialog.get_by_role("status")).to_contain_text("found")
    assert asked == []
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(dialog.get_by_role("link").nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(field).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await page.keyboard.press("Control+k")
    await field.fill("rotate the pepper")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Rotate the pepper", level=1)).to_be_visible()


async def test_a_chosen_theme_and_language_are_kept(reader: Visitor) -> None:
    page = reader.page
    await reader.open(CREATE)
    light = await page.evaluate(PAPER)
    await page.get_by_role("button", name="Switch to dark").click()
    dark = await page.evaluate(PAPER)
    assert dark != light
    await page.get_by_role("tab", name="curl").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Python")).to_be_focused()
    await expect(page.get_by_role("tabpanel")).to_contain_text("client.api_keys.create")
    await reader.open("docs/api-reference/api-keys/list-api-keys-api-v-1-api-keys-get")
    assert await page.evaluate(PAPER) == dark
    await expect(page.get_by_role("tab", name="Python")).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("tabpanel")).to_contain_text("client.api_keys.list")


async def test_the_base_url_of_the_examples_can_be_changed_and_is_kept(reader: Visitor) -> None:
    page = reader.page
    await reader.open(CREATE)
    assert f"{reader.server.base_url}/api/v1/api-keys" in await curl(page)
    await page.get_by_label("Base URL").fill("not an address")
    assert f"{reader.server.base_url}/api/v1/api-keys" in await curl(page)
    await page.get_by_label("Base URL").fill("https://keys.example.com/")
    assert "POST https://keys.example.com/api/v1/api-keys" in await curl(page)
    await reader.open(WHOAMI)
    assert "https://keys.example.com/api/v1/auth/whoami" in await curl(page)
    await page.get_by_role("tabpanel").hover()
    await page.get_by_role("tabpanel").get_by_role("button", name="Copy").click()
    assert "https://keys.example.com/api/v1/auth/whoami" in await page.evaluate(CLIPBOARD)
    await page.get_by_label("Base URL").fill("")
    assert f"{reader.server.base_url}/api/v1/auth/whoami" in await curl(page)


async def test_an_operation_can_be_tried_with_a_real_key_which_is_kept_nowhere(reader: Visitor) -> None:
    """If this failed, a token that was pasted into the documentation would lie in the browser, or go elsewhere."""
    page = reader.page
    secret = reader.make_key("Tried")["api_key"]
    await reader.open(WHOAMI)
    await page.get_by_text("Try it", exact=True).click()
    token = page.get_by_label("SessionToken or ApiKey")
    await token.fill(secret)
    assert await token.get_attribute("type") == "password"
    form = page.locator(".try form")
    await form.get_by_role("button", name="Send GET").click()
    await expect(form.get_by_role("status")).to_have_text("HTTP 200")
    await expect(form.locator("pre")).to_contain_text('"auth_kind": "api_key"')
    assert secret[8:] not in await page.evaluate(STORED)
    assert await reader.context.cookies() == []
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await page.get_by_label("Base URL").fill("https://keys.example.com")
    await form.get_by_role("button", name="Send GET").click()
    await expect(form.get_by_role("status")).to_contain_text("Nothing was sent")
    assert sent == []
    await page.reload()
    await page.get_by_text("Try it", exact=True).click()
    await expect(token).to_have_value("")
    assert secret[8:] not in await page.evaluate(STORED)


async def test_no_script_of_a_page_can_ask_another_host(reader: Visitor) -> None:
    """If this failed, a mistake in these pages could carry a token away."""
    reader.expected += ["Content Security Policy", "https://keys.example.com/"]
    await reader.open(WHOAMI)
    refused = """() => new Promise((done) => {
        document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        fetch("https://keys.example.com/").catch(() => {});
    })"""
    assert await reader.page.evaluate(refused) == "connect-src"


async def test_a_body_can_be_tried_and_a_refusal_is_shown(reader: Visitor) -> None:
    page = reader.page
    await reader.open(CREATE)
    await page.get_by_text("Try it", exact=True).click()
    form = page.locator(".try form")
    await form.get_by_label("SessionToken").fill(reader.server.token(reader.user))
    await form.get_by_label("Body").fill('{"name": "Made by trying"}')
    await form.get_by_role("button", name="Send POST").click()
    await expect(form.get_by_role("status")).to_have_text("HTTP 201")
    assert "Made by trying" in {key["name"] for key in reader.api("GET", "api-keys")}
    reader.expected.append("422")
    await form.get_by_label("Body").fill('{"name": ""}')
    await form.get_by_role("button", name="Send POST").click()
    await expect(form.get_by_role("status")).to_have_text("HTTP 422")
    await expect(form.locator("pre")).to_contain_text("VALIDATION_ERROR")


async def test_code_and_pages_can_be_copied(reader: Visitor) -> None:
    page = reader.page
    await reader.open("docs/how-to/nginx")
    block = page.locator("div.code").first
    await block.hover()
    await block.get_by_role("button", name="Copy").click()
    assert await page.evaluate(CLIPBOARD) == await block.locator("code").text_content()
    await page.get_by_role("button", name="Copy this page").click()
    await expect(page.get_by_role("button", name="Copied")).to_have_count(2)
    copied = str(await page.evaluate(CLIPBOARD))
    assert "\n# Put nginx in front\n" in copied
    assert "@BASE@" not in copied


async def test_a_page_leads_to_its_parts_to_its_neighbours_and_upwards(reader: Visitor) -> None:
    page = reader.page
    await reader.open("docs/get-started/quickstart")
    contents = page.get_by_role("navigation", name="On this page")
    await contents.get_by_role("link", name="End the key").click()
    await expect(page.get_by_role("heading", name="End the key")).to_be_in_viewport()
    around = page.get_by_role("navigation", name="Previous and next")
    await around.get_by_role("link", name="Next").click()
    await expect(page.get_by_role("heading", name="Authentication", level=1)).to_be_visible()
    await around.get_by_role("link", name="Previous").click()
    await expect(page.get_by_role("heading", name="Quickstart", level=1)).to_be_visible()
    await reader.open(CREATE)
    await contents.get_by_role("link", name="Response").click()
    await expect(page.get_by_role("heading", name="Response", exact=True)).to_be_in_viewport()
    await page.get_by_role("navigation", name="You are here").get_by_role("link", name="API keys").click()
    await expect(page.get_by_role("heading", name="API keys", level=1)).to_be_visible()
    menu = page.get_by_role("navigation", name="Documentation", exact=True)
    for badge in ("GET", "POST", "DEL", "PATCH"):
        for place in (menu, page.get_by_role("main")):
            await expect(place.get_by_text(badge, exact=True).first).to_be_visible()


async def test_the_fields_of_an_answer_are_shown_with_those_inside_them(reader: Visitor) -> None:
    await reader.open("docs/api-reference/api-keys/rotate-api-key-api-v-1-api-keys-key-id-rotate-patch")
    for path in ("grace_seconds", "data", "data.old_key", "data.old_key.scopes", "data.new_key.api_key"):
        await expect(reader.page.locator(f'[data-path="{path}"]')).to_be_visible()


async def test_a_picture_is_shown(reader: Visitor) -> None:
    await reader.open("docs/get-started/introduction")
    picture = reader.page.get_by_role("img", name="The keys of a workspace in the dashboard")
    await picture.scroll_into_view_if_needed()
    assert await picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 500


async def test_without_script_everything_stands_there(visit: Visit) -> None:
    async with visit("reader@example.com", java_script_enabled=False) as reader:
        await reader.open(CREATE)
        for text in ("client.api_keys.create", "await fetch", "curl -X POST"):
            await expect(reader.page.get_by_text(text).first).to_be_visible()
        await expect(reader.page.get_by_role("navigation", name="Documentation", exact=True)).to_be_visible()
        await expect(reader.page.get_by_role("button")).to_have_count(0)


async def test_a_vote_is_counted_where_readers_are_asked(
    browser: Browser, package: Path, tmp_path: Path, reader: Visitor
) -> None:
    await reader.open("docs/how-to/nginx")
    await expect(reader.page.get_by_role("link", name="Next")).to_be_visible()
    await expect(reader.page.get_by_text("Was this page helpful?")).to_have_count(0)
    with serving(tmp_path / "data", package=package, docs_feedback="on") as asking:
        async with visiting(browser, asking, "reader@example.com") as voter:
            await voter.open("docs/how-to/nginx")
            await voter.page.get_by_role("button", name="Yes").click()
            await expect(voter.page.get_by_text("Thank you.")).to_be_visible()
            await expect(voter.page.get_by_role("button", name="No")).to_be_disabled()
            metrics = await (await voter.page.request.get(f"{asking.base_url}/metrics")).text()
    assert 'onepin_docs_votes_total{helpful="yes",page="how-to/nginx"} 1.0' in metrics


async def test_the_dashboard_leads_here_and_back(ann: Visitor) -> None:
    page = ann.page
    await page.get_by_role("banner").get_by_role("link", name="Docs").click()
    await expect(page.get_by_role("heading", name="Documentation", level=1)).to_be_visible()
    await page.get_by_role("banner").get_by_role("link", name="Dashboard").click()
    await page.get_by_role("main").get_by_role("link", name="the first key, step by step").click()
    await expect(page.get_by_role("heading", name="Quickstart", level=1)).to_be_visible()


async def test_behind_a_proxy_with_a_path_everything_leads_there(
    browser: Browser, package: Path, tmp_path: Path
) -> None:
    port = free_port()
    public = f"http://127.0.0.1:{port}/keys"

    async def strip(route: Route) -> None:
        await route.fulfill(response=await route.fetch(url=route.request.url.replace(public, public[:-5], 1)))

    with serving(tmp_path / "data", package=package, port=port, public_url=public) as served:
        async with visiting(browser, served, "reader@example.com") as reader:
            page = reader.page
            await reader.context.route(f"{public}/**", strip)
            await reader.context.route(f"{public}", strip)
            await reader.open("keys/")
            await page.get_by_role("link", name="Docs").click()
            await expect(page).to_have_url(f"{public}/docs")
            await page.get_by_role("button", name="Search the documentation").click()
            await page.keyboard.type("put nginx in front")
            await page.get_by_role("dialog").get_by_role("link").first.click()
            await expect(page).to_have_url(f"{public}/docs/how-to/nginx")
            await reader.open(f"keys/{WHOAMI}")
            assert f"{public}/api/v1/auth/whoami" in await curl(page)
            await page.get_by_text("Try it", exact=True).click()
            await page.get_by_label("SessionToken or ApiKey").fill(served.token())
            await page.get_by_role("button", name="Send GET").click()
            await expect(page.get_by_text("HTTP 200")).to_be_visible()
            await page.get_by_role("banner").get_by_role("link", name="Dashboard").click()
            await expect(page).to_have_url(f"{public}/")
            await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
            await page.wait_for_load_state("networkidle")
            await reader.context.unroute_all(behavior="wait")


async def test_where_the_site_is_not_built_the_dashboard_leads_to_how_to_build_it(
    reader: Visitor, server: ServerProcess, package: Path
) -> None:
    site = package / "onepin" / "documentation"
    reader.expected.append(MISSING)
    away = site.rename(site.with_name("away"))
    try:
        await reader.open()
        await reader.page.get_by_role("link", name="Docs").click()
        await expect(reader.page.get_by_role("heading", name="Not here")).to_be_visible()
        await expect(reader.page.get_by_text("run scripts/docs")).to_be_visible()
        assert await faults(reader.page, EVERYTHING) == {}
        await reader.page.get_by_role("link", name="Dashboard").click()
        await expect(reader.page.get_by_role("heading", name="Sign in")).to_be_visible()
    finally:
        away.rename(site)

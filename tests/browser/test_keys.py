"""The table of keys: finding, ordering, paging, the keyboard, and several keys at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.async_api import expect

from browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


async def names(ann: Visitor) -> list[str]:
    """The names in the table, from the top."""
    return await ann.page.locator("tbody th a").all_text_contents()


async def test_a_key_can_be_found_by_everything_that_is_known_of_it(ann: Visitor) -> None:
    page = ann.page
    used = ann.make_key("Reader", scopes=["voices:read"])
    ann.make_key("Runner")
    paused, revoked = ann.make_key("Sleeper"), ann.make_key("Dead")
    ann.api("PATCH", f"api-keys/{paused['id']}", json={"active": False})
    ann.api("DELETE", f"api-keys/{revoked['id']}")
    ann.use(used["api_key"])
    ann.wait_until_used(used["id"])
    await page.reload()
    await expect(page.get_by_text("4 keys.")).to_be_visible()
    assert await names(ann) == ["Dead", "Sleeper", "Runner", "Reader"]
    search = page.get_by_role("searchbox")
    await search.fill("RE")
    await expect(page.get_by_text("1 of the 4 keys match.")).to_be_visible()
    assert await names(ann) == ["Reader"]
    await search.fill(used["preview"])
    await expect(page.get_by_role("link", name="Reader")).to_be_visible()
    await search.press("Escape")
    await expect(page.get_by_text("4 keys.")).to_be_visible()
    for state, found in (("Active", ["Runner", "Reader"]), ("Paused", ["Sleeper"]), ("Revoked", ["Dead"])):
        await page.get_by_label("State").select_option(state)
        await expect(page.get_by_role("status").filter(has_text=str(len(found))).first).to_be_visible()
        await expect(page.locator("tbody tr")).to_have_count(len(found))
        assert await names(ann) == found
    await page.get_by_label("State").select_option("In grace")
    await page.get_by_role("button", name="Clear search and filters").click()
    await page.get_by_label("Scope").select_option("workflows:run")
    await expect(page.locator("tbody tr")).to_have_count(3)
    await page.get_by_label("Scope").select_option("Any scope")
    await expect(page.get_by_role("row", name="Reader")).to_contain_text("just now")
    await page.get_by_label("Use").select_option("Never used")
    await expect(page.locator("tbody tr")).to_have_count(3)
    await page.get_by_label("Use").select_option("Used or not")
    await page.get_by_label("Order").select_option("By name")
    await expect(page.locator("tbody th a").first).to_have_text("Dead")
    assert await names(ann) == ["Dead", "Reader", "Runner", "Sleeper"]
    await page.reload()
    await expect(page.get_by_label("Order")).to_have_value("name")


async def test_the_keyboard_does_all_of_it(ann: Visitor) -> None:
    for name in ("First", "Second", "Third"):
        ann.make_key(name)
    page = ann.page
    await page.reload()
    await expect(page.get_by_text("3 keys.")).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("n/")  # in a field, letters are letters
    await expect(page.get_by_role("searchbox")).to_have_value("n/")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Third").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("link", name="Second")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("link", name="Third")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Third", level=1)).to_be_focused()
    await page.go_back()
    await expect(page.get_by_text("3 keys.")).to_be_visible()
    await page.keyboard.press("n")
    await expect(page.get_by_label("Name")).to_be_focused()


async def test_several_keys_are_paused_and_revoked_at_once(ann: Visitor) -> None:
    for name in ("One", "Two", "Three"):
        ann.make_key(name)
    page = ann.page
    await page.reload()
    for name in ("One", "Two"):
        await page.get_by_role("checkbox", name=f"Select {name}").check()
    await page.get_by_role("button", name="Pause 2").click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause 2 keys").click()
    await expect(page.get_by_text("2 keys paused.")).to_be_visible()
    await page.get_by_role("checkbox", name="Select all on this page").check()
    await page.get_by_role("button", name="Revoke 3").click()
    dialog = page.get_by_role("dialog", name="Revoke 3 keys?")
    await dialog.get_by_role("button", name="Revoke 3 keys").click()
    await expect(dialog.get_by_text("Type 3 to go on.")).to_be_visible()
    assert len(ann.api("GET", "api-keys?status=active")) == 1
    await dialog.get_by_label("To confirm").fill("3")
    await dialog.get_by_role("button", name="Revoke 3 keys").click()
    await expect(page.get_by_text("3 keys revoked.")).to_be_visible()
    assert ann.api("GET", "api-keys?status=active") == []


async def test_many_keys_come_in_pages(ann: Visitor, pool: ThreadPoolExecutor) -> None:
    list(pool.map(ann.make_key, (f"Key {number:03}" for number in range(120))))
    page = ann.page
    await page.reload()
    await expect(page.get_by_text("1–50 of 120")).to_be_visible()
    await expect(page.get_by_role("button", name="Newer")).to_be_disabled()
    for shown in ("51–100 of 120", "101–120 of 120"):
        await page.get_by_role("button", name="Older").click()
        await expect(page.get_by_text(shown)).to_be_visible()
    await expect(page.get_by_role("button", name="Older")).to_be_disabled()
    await expect(page.locator("tbody tr")).to_have_count(20)
    await page.get_by_role("searchbox").fill("Key 00")
    await expect(page.get_by_text("10 of the 120 keys match.")).to_be_visible()


async def test_a_search_says_how_far_it_looked(ann: Visitor) -> None:
    """With a hundred thousand keys, the newest are searched, and the page says so: it never pretends."""
    page = ann.page
    ann.make_key("Newest")
    [key] = ann.api("GET", "api-keys")
    await page.reload()

    async def answer(route: object, request: object) -> None:
        offset = int(str(request.url).partition("offset=")[2].partition("&")[0])  # type: ignore[attr-defined]
        keys = [key | {"id": f"{offset + n:032x}", "name": f"Key {offset + n}"} for n in range(100)]
        pages = {"next": "more", "prev": None, "limit": 100, "total": 103_412}
        meta = {"request_id": "x", "timestamp": "x"}
        await route.fulfill(json={"data": keys, "pagination": pages, "meta": meta})  # type: ignore[attr-defined]

    await page.route("**/api/v1/api-keys?*", answer)
    await page.get_by_role("searchbox").fill("Key 19")
    await expect(
        page.get_by_text("111 of the newest 2,000 keys match. 101,412 older keys were not searched.")
    ).to_be_visible()
    await page.get_by_role("button", name="Search 2,000 more").click()
    await expect(
        page.get_by_text("of the newest 4,000 keys match. 99,412 older keys were not searched.")
    ).to_be_visible()


async def test_nobody_has_to_know_anything_to_begin(ann: Visitor) -> None:
    await expect(ann.page.get_by_role("heading", name="Make the first key")).to_be_visible()
    command = ann.page.get_by_label("Command that makes a key")
    await expect(command).to_contain_text(f"curl -X POST {ann.server.base_url}/api/v1/api-keys")

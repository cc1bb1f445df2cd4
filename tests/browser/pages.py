"""Every page of the dashboard, furnished as somebody's who uses it: for pictures and for axe."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import expect

from browser.visitor import Visitor

_KEYS: tuple[tuple[str, list[str] | None, int | None, int], ...] = (
    ("Nightly import, staging", ["uploads:write", "workflows:read"], 120, 0),
    ("Support dashboard", ["workspace:read"], 600, 4),
    ("Voice previews, web", ["voices:read", "catalog:read"], 2000, 23),
    ("Zapier connection", None, None, 2),
    ("Android app 4.2", None, 3, 9),
    ("Billing service, production", ["workflows:read", "workflows:run", "voices:read"], 1000, 41),
)


@dataclass(frozen=True)
class Room:
    """What the pages are about."""

    slug: str
    used: str
    grace: str


def furnish(ann: Visitor) -> Room:
    """Keys in every state, some of them used."""
    home = ann.api("GET", "workspaces")[0]
    ann.api("PATCH", f"workspaces/{home['id']}", json={"name": "Acme Voice"})
    ann.api("POST", f"workspaces/{home['id']}/invites", json={"email": "bob@example.com", "role": "editor"})
    made = {}
    for name, scopes, limit, uses in _KEYS:
        body = {"name": name, "rate_limit_per_min": limit} | ({} if scopes is None else {"scopes": scopes})
        made[name] = key = ann.api("POST", "api-keys", json=body)
        ann.use(key["api_key"], uses)
    ids = [key["id"] for key in made.values()]
    ann.api("PATCH", f"api-keys/{ids[0]}", json={"active": False})
    ann.api("DELETE", f"api-keys/{ids[1]}")
    ann.api("PATCH", f"api-keys/{ids[3]}/rotate", json={"grace_seconds": 86_400})
    ann.wait_until_used(ids[5])
    return Room(home["slug"], ids[5], ids[3])


async def _sign_in(ann: Visitor, room: Room) -> None:
    await ann.open()
    await ann.context.clear_cookies()
    await ann.page.evaluate("() => localStorage.clear()")
    await ann.page.reload()
    await expect(ann.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def _secret(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/keys/new")
    await ann.page.get_by_label("Name").fill("Partner portal")
    await ann.page.get_by_role("button", name="Create key").click()
    await ann.page.get_by_role("button", name="I have stored it").wait_for()


async def _store(ann: Visitor) -> None:
    stored = ann.page.get_by_role("button", name="I have stored it")
    if await stored.count():
        await stored.click()


async def _keys(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/keys")
    await expect(ann.page.get_by_role("row", name="Billing service")).to_contain_text("just now")
    await ann.page.wait_for_load_state("networkidle")


async def _key(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/keys/{room.used}")
    await expect(ann.page.get_by_text("Admitted 41")).to_be_visible()


async def _custom(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/keys/new")
    await ann.page.get_by_role("radio", name="Custom").check()
    await ann.page.get_by_role("button", name="Create key").click()


async def _rotate(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/keys/{room.used}")
    await ann.page.get_by_role("button", name="Rotate").click()
    await ann.page.get_by_role("dialog").wait_for()


async def _revoke(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/keys/{room.used}")
    await ann.page.get_by_role("button", name="Revoke").click()
    await ann.page.get_by_role("dialog").wait_for()


async def _invite(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/members")
    await ann.page.get_by_role("button", name="Invite", exact=True).click()
    await ann.page.get_by_role("dialog").wait_for()


async def _device(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/device/{ann.start_device()['user_code']}")
    await ann.page.get_by_role("button", name="Approve").click()
    await expect(ann.page.get_by_text("Compare first")).to_be_visible()


async def _approved(ann: Visitor, room: Room) -> None:
    device = ann.start_device()
    await ann.open(f"#/device/{device['user_code']}")
    await ann.page.get_by_role("checkbox").check()
    await ann.page.get_by_role("button", name="Approve").click()
    await ann.page.get_by_role("heading", name="Approved").wait_for()
    ann.ask_as(device)


async def _sessions(ann: Visitor, room: Room) -> None:
    ann.signed_in_device("Nightly backup on db-1, in the container that nobody has looked into since 2024")
    await ann.open("#/sessions")
    await ann.page.get_by_role("row", name="Nightly backup").wait_for()


async def _end_session(ann: Visitor, room: Room) -> None:
    await ann.page.get_by_role("button", name="End the session of Nightly").click()
    await ann.page.get_by_role("dialog").wait_for()


async def _account(ann: Visitor, room: Room) -> None:
    await ann.open(f"#/{room.slug}/workspace")
    await ann.page.get_by_role("button", name="Account and appearance").click()
    await ann.page.get_by_role("link", name="Sessions").wait_for()


async def _plain_device(ann: Visitor, room: Room) -> None:
    await ann.open("device?user_code=WDJB-MJHT")
    await ann.page.get_by_role("link", name="Approve it in the dashboard").wait_for()


def _plain(fragment: str, heading: str) -> Callable[[Visitor, Room], Awaitable[None]]:
    async def go(ann: Visitor, room: Room) -> None:
        await ann.open(fragment.format(slug=room.slug, grace=room.grace))
        await ann.page.get_by_role("heading", name=heading, level=1).wait_for()
        await ann.page.wait_for_load_state("networkidle")

    return go


PAGES: dict[str, Callable[[Visitor, Room], Awaitable[None]]] = {
    "keys": _keys,
    "new-key": _plain("#/{slug}/keys/new", "New key"),
    "new-key-custom": _custom,
    "secret": _secret,
    "key": _key,
    "key-in-grace": _plain("#/{slug}/keys/{grace}", "Zapier connection"),
    "rotate": _rotate,
    "revoke": _revoke,
    "overview": _plain("#/{slug}/overview", "Overview"),
    "audit-log": _plain("#/{slug}/audit", "Audit log"),
    "members": _plain("#/{slug}/members", "Members"),
    "invite": _invite,
    "workspace": _plain("#/{slug}/workspace", "Workspace"),
    "new-workspace": _plain("#/workspaces/new", "New workspace"),
    "no-such-key": _plain("#/{slug}/keys/0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "There is no such key"),
    "no-sessions": _plain("#/sessions", "Sessions"),
    "device-code": _plain("#/device", "Approve a device"),
    "device": _device,
    "device-approved": _approved,
    "device-unknown": _plain("#/device/BCDF-GHJK", "No device waits under this code"),
    "sessions": _sessions,
    "end-session": _end_session,
    "account": _account,
    "device-without-script": _plain_device,
    "sign-in": _sign_in,
}
"""By name, in an order in which one follows another; the last one signs out."""


async def show(ann: Visitor, room: Room, name: str) -> None:
    """Bring a page to the screen; the first one signs in."""
    if name == next(iter(PAGES)):
        await ann.sign_in()
    await _store(ann)
    if await ann.page.get_by_role("dialog").count():
        await ann.page.keyboard.press("Escape")
    await PAGES[name](ann, room)

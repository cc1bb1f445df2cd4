"""A person at a browser: a window of its own, signed in, with everything that went wrong in it written down."""

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from onepin.contract.device_grants import DEVICE_CODE_GRANT
from onepin.server.clock import SystemClock
from onepin.server.config import LOCAL_ISSUER_URL
from onepin.server.identity.local import LocalIssuer
from server_process import ServerProcess

DESKTOP, PHONE = (1280, 800), (320, 640)


@dataclass
class Visitor:
    """What a test does things with. ``expected``: parts of console lines that the test brings about on purpose."""

    page: Page
    context: BrowserContext
    server: ServerProcess
    user: str
    troubles: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    async def open(self, fragment: str = "") -> None:
        """Go to a page of the dashboard."""
        await self.page.goto(f"{self.server.base_url}/{fragment}")

    async def resize(self, size: tuple[int, int]) -> None:
        """Give the window another size, and the page the time to lay itself out anew."""
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})
        await self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    async def sign_in(self) -> None:
        """Open a one-time link, as ``onepin sign-in`` prints it, and wait for the first page."""
        await self.page.goto(link(self.server, self.user))
        await self.page.get_by_role("heading", name="Keys", exact=True).wait_for()

    async def to(self, name: str) -> None:
        """Follow a link of the navigation."""
        await self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
        await self.page.get_by_role("heading", name=name, level=1).wait_for()

    def api(self, method: str, path: str, workspace: str | None = None, **more: Any) -> Any:
        """Ask the API as the same person, beside the browser; the ``data`` of the answer."""
        headers = self.server.session(self.user, workspace)
        answer = httpx.request(method, f"{self.server.base_url}/api/v1/{path}", headers=headers, timeout=30, **more)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def make_key(self, name: str, workspace: str | None = None, **more: Any) -> Any:
        """A key made beside the browser."""
        return self.api("POST", "api-keys", workspace, json={"name": name} | more)

    def use(self, secret: str, times: int = 1) -> int:
        """Use a key as a program would; the last status."""
        status = 0
        for _ in range(times):
            headers = {"Authorization": f"Bearer {secret}"}
            status = httpx.get(f"{self.server.base_url}/api/v1/auth/whoami", headers=headers, timeout=30).status_code
        return status

    def wait_until_used(self, key_id: str) -> None:
        """Return once the server says that a key was used: it notes that in batches."""
        deadline = time.monotonic() + 15
        while self.api("GET", f"api-keys/{key_id}")["last_used_at"] is None:
            assert time.monotonic() < deadline, "the use of a key was never noted"
            time.sleep(0.1)

    def start_device(self, name: str = "onepin on ann-laptop") -> Any:
        """A program begins to sign in; what it got (RFC 8628 §3.2)."""
        form = {"client_id": "onepin-cli", "device_name": name}
        answer = httpx.post(f"{self.server.base_url}/api/v1/auth/device", data=form, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()

    def ask_as(self, device: Any) -> Any:
        """What the program is told: a token, or why there is none."""
        form = {"grant_type": DEVICE_CODE_GRANT, "device_code": device["device_code"], "client_id": "onepin-cli"}
        return httpx.post(f"{self.server.base_url}/api/v1/auth/device/token", data=form, timeout=30).json()

    def signed_in_device(self, name: str) -> Any:
        """A program that is signed in as the person; its tokens."""
        device = self.start_device(name)
        self.api("POST", f"auth/approvals/{device['user_code']}", json={"approve": True})
        return self.ask_as(device)

    @property
    def slug(self) -> str:
        """Of the workspace that is open."""
        return urlsplit(self.page.url).fragment.split("/")[1].partition("?")[0]

    def watch(self, page: Page) -> None:
        """Write down what goes wrong in a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") or "Content Security Policy" in message.text:
            place = message.location.get("url", "") if message.location else ""
            self.troubles.append(f"{message.type}: {message.text} {place}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.server.base_url).netloc:
            self.troubles.append(f"off-host request: {request.url}")

    def check(self) -> None:
        """Fails with what went wrong in any of the person's pages."""
        wrong = [text for text in self.troubles if not any(part in text for part in self.expected)]
        assert wrong == [], "\n".join(wrong)


def link(server: ServerProcess, user: str) -> str:
    """A one-time sign-in link of a server."""
    issuer = LocalIssuer.load_or_create(server.data_dir, LOCAL_ISSUER_URL)
    return f"{server.base_url}/#sign-in={issuer.new_sign_in_code(user=user, now=SystemClock().now())}"


@contextlib.asynccontextmanager
async def visiting(
    browser: Browser, server: ServerProcess, user: str, size: tuple[int, int] = DESKTOP, **options: Any
) -> AsyncIterator[Visitor]:
    """A window for ``user``, not signed in yet. When it closes, everything must have gone well in it."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce", **options
    )
    context.set_default_timeout(10_000)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor = Visitor(await context.new_page(), context, server, user)
    context.on("page", visitor.watch)
    visitor.watch(visitor.page)
    try:
        yield visitor
        visitor.check()
    finally:
        await context.close()

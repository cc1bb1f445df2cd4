"""Signing in with Clerk: its component comes from the host that the publishable key names. Here that is a stand-in."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from browser.visitor import Visitor, visiting
from issuer import PretendIssuer
from onepin.server.clock import SystemClock
from server_process import ServerProcess, serving
from service import PEPPER

pytestmark = pytest.mark.asyncio(loop_scope="session")
COMPONENT = (Path(__file__).parent / "clerk_stand_in.js").read_bytes()


class StandIn:
    """Clerk's host: its component, its keys, and tokens for whoever asks."""

    def __init__(self) -> None:
        stand_in = self
        self.allowed = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, body = stand_in.answer(self.path)
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Access-Control-Allow-Origin", stand_in.allowed)
                self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.issuer = PretendIssuer(f"http://{self.host}")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str) -> tuple[str, bytes]:
        if path == "/token":
            return "text/plain", self.issuer.token(now=SystemClock().now(), claims={"azp": self.allowed}).encode()
        if path == "/.well-known/jwks.json":
            return "application/json", json.dumps(self.issuer.jwks()).encode()
        return "text/javascript", COMPONENT if path.startswith("/npm/@clerk/clerk-js@") else b""


@pytest.fixture(scope="module")
def clerk() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()


@pytest.fixture(scope="module")
def served(clerk: StandIn, chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clerk.allowed = f"http://127.0.0.1:{port}"
    key = "pk_test_" + base64.b64encode(f"{clerk.host}$".encode()).decode()
    with serving(
        tmp_path_factory.mktemp("clerk") / "data",
        port=port,
        clerk_issuer=clerk.issuer.url,
        clerk_jwks_url=f"{clerk.issuer.url}/.well-known/jwks.json",
        clerk_authorized_parties=clerk.allowed,
        clerk_publishable_key=key,
        sign_up="open",
        pepper=PEPPER,
    ) as started:
        yield started


async def test_clerks_component_signs_in_keeps_the_person_and_signs_out(
    browser: Browser, served: ServerProcess, clerk: StandIn
) -> None:
    async with visiting(browser, served, "ann@example.com") as ann:
        ann.expected.append(f"off-host request: http://{clerk.host}/")
        await enter(ann)
        await ann.page.get_by_role("link", name="New key").first.click()
        await ann.page.get_by_label("Name").fill("With Clerk")
        await ann.page.get_by_role("button", name="Create key").click()
        await expect(ann.page.get_by_role("heading", name="With Clerk is ready")).to_be_visible()
        await ann.page.get_by_role("button", name="I have stored it").click()
        await ann.page.reload()
        await expect(ann.page.get_by_role("heading", name="With Clerk", level=1)).to_be_visible()
        await ann.page.get_by_role("button", name="Account and appearance").click()
        await ann.page.get_by_role("button", name="Sign out").click()
        await expect(ann.page.get_by_role("button", name="Continue with the stand-in")).to_be_visible()


async def enter(ann: Visitor) -> None:
    await ann.open()
    await ann.page.get_by_role("button", name="Continue with the stand-in").click()
    await expect(ann.page.get_by_role("heading", name="Keys", exact=True)).to_be_visible()


async def test_when_clerk_is_away_the_page_says_so(browser: Browser, served: ServerProcess, clerk: StandIn) -> None:
    async with visiting(browser, served, "ann@example.com") as ann:
        ann.expected += [f"off-host request: http://{clerk.host}/", "net::ERR"]
        await ann.page.route(f"http://{clerk.host}/**", lambda route: route.abort())
        await ann.open()
        await expect(ann.page.get_by_text("can't be reached").first).to_be_visible()
        await ann.page.unroute_all()
        await expect(ann.page.get_by_role("button", name="Continue with the stand-in")).to_be_visible(timeout=15_000)

"""The page on which a device is approved: a form that brings its own credential."""

import re
from pathlib import Path

import httpx
import pytest

from answers import data
from devices.flow import Device, denied, sessions, signed_in
from onepin.server.edge.device_page import device_page
from service import Service, config_for
from standing import standing_loop
from tenants import whole_state

pytestmark = standing_loop


def token(service: Service, user: str | None = None) -> str:
    return service.session(user)["Authorization"].removeprefix("Bearer ")


async def send(service: Service, **form: str) -> httpx.Response:
    answer = await service.call("POST", "/device", data=form)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


async def test_the_page_asks_for_the_code_and_a_token_and_says_what_approving_means(service: Service) -> None:
    answer = await service.call("GET", "/device?user_code=WDJB-MJHT")
    assert answer.status_code == 200
    assert 'value="WDJB-MJHT"' in answer.text
    assert "onepin token" in answer.text
    assert "a program that you started yourself" in answer.text
    assert re.findall(r'<(?:input|button)[^>]* name="(\w+)"', answer.text) == [
        *("user_code", "token", "decision", "decision")
    ]
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text


async def test_the_page_leads_to_the_dashboard_with_the_code_as_text(service: Service) -> None:
    answer = await service.http.get("/device", params={"user_code": 'WDJB/../#" x'})
    assert re.findall(r'href="([^"]*)"', answer.text) == ["./#/device/WDJB%2F..%2F%23%22%20x"]


async def test_where_the_dashboard_can_not_be_used_the_page_does_not_lead_there(tmp_path: Path) -> None:
    settings = {
        "clerk_issuer": "https://clerk.example.com",
        "clerk_authorized_parties": "https://app.example.com",
        "sign_up": "open",
    }
    assert "href" not in device_page(config_for(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}", **settings), "WDJB")
    settings["clerk_publishable_key"] = "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k"
    config = config_for(tmp_path, f"sqlite:///{tmp_path / 'onepin.db'}", **settings)
    assert 'href="./#/device/WDJB"' in device_page(config, "WDJB")


@pytest.mark.parametrize("slug", ["device", "sessions", "workspaces", "invites"])
async def test_no_workspace_takes_the_address_of_a_page(service: Service, slug: str) -> None:
    """If this failed, a workspace could stand where people expect to be asked whether a device may act as them."""
    asked = await service.call("GET", f"workspaces/slug-available?slug={slug}", service.session())
    assert data(asked) == {"available": False, "reason": "reserved"}


async def test_the_form_approves_and_denies(service: Service) -> None:
    for decision, said in (("approve", "Approved."), ("deny", "Denied.")):
        device = await Device.start(service)
        code = device.started["user_code"].lower()
        page = await send(service, user_code=code, token=f" {token(service)} ", decision=decision)
        assert said in page.text
        answer = await device.ask()
        assert answer.status_code == 200 if decision == "approve" else denied(answer) == "access_denied"
    assert len(await sessions(service)) == 1


async def test_without_a_good_token_of_ones_own_nothing_is_approved(service: Service) -> None:
    """If this failed, another page could send the form in somebody's name, or anybody could approve for anybody."""
    granted = await signed_in(service)
    device = await Device.start(service)
    code = device.started["user_code"]
    await service.workspace_of(service.user)
    before = await whole_state(service)
    for bad in ("x.y.z", granted["access_token"], granted["refresh_token"], "é", "a b", "\n", "a" * 9000):
        page = await send(service, user_code=code, token=bad, decision="approve")
        assert "Approved" not in page.text
        assert granted["access_token"] not in page.text
    for missing in ("user_code", "token", "decision"):
        form = {"user_code": code, "token": token(service), "decision": "approve"}
        page = await send(service, **{name: value for name, value in form.items() if name != missing})
        assert "Nothing was approved" in page.text
    page = await send(service, user_code="BCDF-GHJK", token=token(service), decision="approve")
    assert "No device waits under this code" in page.text
    assert await whole_state(service) == before
    assert denied(await device.ask()) == "authorization_pending"


async def test_a_session_alone_is_nothing_to_the_page(service: Service) -> None:
    """If this failed, what a browser sends by itself would be enough, and so what another page makes it send."""
    device = await Device.start(service)
    form = {"user_code": device.started["user_code"], "decision": "approve"}
    headers = service.session() | {"Cookie": f"__session={token(service)}"}
    answer = await service.call("POST", "/device", headers, data=form)
    assert "Nothing was approved" in answer.text
    assert denied(await device.ask()) == "authorization_pending"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
async def test_only_a_form_is_read(service: Service, kind: str) -> None:
    answer = await service.call("POST", "/device", {"Content-Type": kind}, content=b'{"decision":"approve"}')
    assert "Nothing was approved" in answer.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'&quot;--><b>"])
async def test_what_is_sent_is_shown_as_text(service: Service, text: str) -> None:
    """If this failed, a link to the page could run what it likes in it, and read the token that is typed there."""
    shown = await service.http.get("/device", params={"user_code": text})
    sent = await send(service, user_code=text, token=token(service), decision="approve")
    for page in (shown.text, sent.text):
        assert text[:20] not in page
        assert not re.search(r"<(script|img|b)\b", page)
    policy = shown.headers["content-security-policy"]
    assert policy.startswith(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; style-src"
    )
    assert data(await service.call("GET", "workspaces", service.session()))

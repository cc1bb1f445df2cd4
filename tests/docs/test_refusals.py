"""Every error code that the pages name for an operation is one that it does answer, in the form that they show.

The other half, that no operation answers a code that its page does not name, ``envelope.check`` sees in every test.
SERVER_ERROR and UNAVAILABLE need something broken: tests/contract/test_unavailable.py and tests/gate ask for those.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from answers import data
from cast import Cast, cast
from devices.flow import Device, signed_in
from openapi_schema import openapi
from openapi_schema import operations as described
from routes import NOBODYS, ROUTES, Route
from service import HOST, Service, bearer, running
from standing import standing_loop
from tenants import join

pytestmark = standing_loop
BROKEN = {"SERVER_ERROR", "UNAVAILABLE"}
LOCAL = "/api/v1/auth/local/"
OTHERS = (Route("check", "GET", "/auth/check", None, scope="workflows:write"),)
TEMPLATES = {(route.method, route.template.partition("?")[0]): route for route in (*ROUTES, *OTHERS)}
BY_ITSELF = {"CONFLICT", "WORKSPACE_SLUG_TAKEN", "GONE", "IDEMPOTENCY_KEY_REUSED"}
"""What depends on the state of things, and has a test of its own below."""
CASES = [
    pytest.param(TEMPLATES[method, path], code, operation, id=f"{operation['operationId'].split('_api_v1')[0]}-{code}")
    for method, path, operation in described()
    for answer in operation["responses"].values()
    for code in answer["content"]["application/json"].get("examples", {})
    if not path.startswith(LOCAL) and code not in BROKEN | BY_ITSELF
]
STATES = [
    (operation["operationId"].split("_api_v1")[0], code)
    for _, _, operation in described()
    for answer in operation["responses"].values()
    for code in answer["content"]["application/json"].get("examples", {})
    if code in BY_ITSELF
]


@dataclass
class Scene:
    """The people, and servers that let nobody in without an invite, or after one failed attempt."""

    service: Service
    people: Cast
    invited: Service
    strict: Service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    def folder_of(name: str) -> Any:
        return tmp_path_factory.mktemp(name)

    one, two, three = folder_of("open"), folder_of("invited"), folder_of("strict")
    async with (
        running(one, f"sqlite:///{one / 'x.db'}") as service,
        running(two, f"sqlite:///{two / 'x.db'}", sign_up="invited") as invited,
        running(three, f"sqlite:///{three / 'x.db'}", failures_per_min="1") as strict,
    ):
        yield Scene(service, await cast(service), invited, strict)


async def provoke(scene: Scene, route: Route, code: str) -> httpx.Response:
    """An answer with ``code``."""
    service, people = scene.service, scene.people
    headers = dict(people.owner) | {"Content-Type": "application/json"}
    if route.name == "check":
        headers |= bearer((await service.create_key(people.owner))["api_key"])
    body = b"" if route.body is None else json.dumps(route.body).encode()
    path = route.at(people.own if route.whose == "workspace" else NOBODYS, people.own)
    match code:
        case "BAD_REQUEST":
            headers |= {f"x-{number}": "x" for number in range(70)}
        case "UNAUTHORIZED":
            headers.pop("Authorization")
        case "INVALID_API_KEY" | "SESSION_REQUIRED" | "INSUFFICIENT_SCOPE" | "WORKSPACE_MISMATCH":
            headers |= await with_key(scene, code)
            path += "?scope=workflows:write" if route.name == "check" else ""
        case "FORBIDDEN":
            return await forbidden(scene, route, headers, body)
        case "NOT_A_MEMBER" if route.role is None or "/workspaces" in route.path:
            headers = scene.invited.session(f"{uuid4().hex}@example.com") | {"Content-Type": "application/json"}
            return await scene.invited.call(route.method, path, headers, content=body)
        case "NOT_A_MEMBER":
            headers |= {"X-Workspace-Id": str(people.other)}
        case "NOT_FOUND":
            path = route.at(NOBODYS, people.own)
        case "PAYLOAD_TOO_LARGE":
            body = b'"' + b"x" * 70_000 + b'"'
        case "UNSUPPORTED_MEDIA_TYPE":
            headers, body = headers | {"Content-Type": "text/plain"}, body or b"{}"
        case "VALIDATION_ERROR" if "name" in (route.body or {}):
            body = b'{"name": " "}'
        case "VALIDATION_ERROR":
            headers |= {"X-Workspace-Id": "not-an-id"}
        case "RATE_LIMITED":
            transport = httpx.ASGITransport(app=scene.strict.app, client=("203.0.113.7", 1234))
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
                asked = http.build_request(route.method, path, headers=bearer("a.b.c"), content=body)
                return [await http.send(asked) for _ in range(2)][-1]
    return await service.call(route.method, path, headers, content=body)


async def with_key(scene: Scene, code: str) -> dict[str, str]:
    """The headers of an API key that meets ``code``."""
    if code == "INVALID_API_KEY":
        return bearer("pk_live_x")
    key = await scene.service.create_key(scene.people.owner, scopes=["catalog:read"])
    other = {"X-Workspace-Id": str(scene.people.other)} if code == "WORKSPACE_MISMATCH" else {}
    return bearer(key["api_key"]) | other


async def forbidden(scene: Scene, route: Route, headers: dict[str, str], body: bytes) -> httpx.Response:
    """What a viewer may not; a device, where it would approve another; somebody who was not invited."""
    service, people = scene.service, scene.people
    path = route.at(people.own if route.whose == "workspace" else NOBODYS, people.own)
    viewer = await join(service, people.own, f"{uuid4().hex}@example.com", "viewer")
    if route.name == "decide about device":
        waiting = await Device.start(service)
        viewer = bearer((await signed_in(service, service.session(f"{uuid4().hex}@x.com")))["access_token"])
        path = f"/api/v1/{waiting.path}"
    if route.name == "accept invite":
        invite = {"email": f"{uuid4().hex}@example.com", "role": "viewer"}
        made = data(await service.call("POST", f"workspaces/{people.own}/invites", people.owner, json=invite), 201)
        path = f"/api/v1/workspaces/invites/{made['token']}/accept"
    return await service.call(route.method, path, headers | viewer, content=body)


@pytest.mark.parametrize(("route", "code", "operation"), CASES)
async def test_an_operation_answers_the_codes_of_its_page(
    scene: Scene, route: Route, code: str, operation: dict[str, Any]
) -> None:
    answer = await provoke(scene, route, code)
    body = answer.json()
    assert body["error"]["code"] == code, answer.text
    response = operation["responses"][str(answer.status_code)]
    reference = response["content"]["application/json"]["examples"][code]["$ref"]
    shown = openapi()["components"]["examples"][reference.rpartition("/")[2]]["value"]
    assert shown.keys() == body.keys()
    if code in ("VALIDATION_ERROR", "UNAUTHORIZED", "INVALID_API_KEY", "SESSION_REQUIRED", "PAYLOAD_TOO_LARGE"):
        assert shown | {"meta": None} == body | {"meta": None}
    for name, header in response.get("headers", {}).items():
        if code in header["examples"]:
            said = header["examples"][code]["value"]
            assert said.partition(" scope=")[0] == answer.headers[name].partition(" scope=")[0] or name == "Retry-After"


async def the_state(scene: Scene, name: str, code: str) -> httpx.Response:
    """An answer with a code that depends on what is there."""
    service, owner, api = scene.service, scene.people.owner, f"{HOST}/api/v1"
    workspace = f"{api}/workspaces/{scene.people.own}"
    key = await service.create_key(owner)
    once = owner | {"Idempotency-Key": uuid4().hex}

    async def send(method: str, url: str, body: Any = None, headers: dict[str, str] = owner) -> httpx.Response:
        return await service.http.request(method, url, headers=headers, json=body)

    me = data(await send("GET", f"{api}/auth/whoami"))["user_id"]
    rotate = f"{api}/api-keys/{key['id']}/rotate"
    match name, code:
        case "create_api_key", "IDEMPOTENCY_KEY_REUSED":
            await send("POST", f"{api}/api-keys", {"name": "a"}, once)
            return await send("POST", f"{api}/api-keys", {"name": "b"}, once)
        case "create_api_key", "CONFLICT":
            made = data(await send("POST", f"{api}/api-keys", {"name": "a"}, once), 201)
            await send("DELETE", f"{api}/api-keys/{made['id']}")
            return await send("POST", f"{api}/api-keys", {"name": "a"}, once)
        case "rotate_api_key", "IDEMPOTENCY_KEY_REUSED":
            await send("PATCH", rotate, {}, once)
            return await send("PATCH", rotate, {"grace_seconds": 1}, once)
        case "update_api_key" | "rotate_api_key", "CONFLICT":
            await send("DELETE", f"{api}/api-keys/{key['id']}")
            url = rotate if name.startswith("rotate") else f"{api}/api-keys/{key['id']}"
            return await send("PATCH", url, {} if name.startswith("rotate") else {"name": "b"})
        case "create_workspace" | "update_workspace", "WORKSPACE_SLUG_TAKEN":
            await send("POST", f"{api}/workspaces", {"name": "a", "slug": "taken-by-us"})
            url, method = (f"{api}/workspaces", "POST") if name.startswith("create") else (workspace, "PATCH")
            return await send(method, url, {"name": "b", "slug": "taken-by-us"})
        case "update_member", _:
            return await send("PATCH", f"{workspace}/members/{me}", {"role": "viewer"})
        case "remove_member", _:
            return await send("DELETE", f"{workspace}/members/{me}")
    return await the_invite(service, owner, f"{workspace}/invites", name)


async def the_invite(service: Service, owner: dict[str, str], invites: str, name: str) -> httpx.Response:
    """What is said about an address that is invited already, and about an invite that was revoked."""
    invite = {"email": f"{uuid4().hex}@example.com", "role": "viewer"}
    made = data(await service.http.post(invites, headers=owner, json=invite), 201)
    if name == "create_invite":
        return await service.http.post(invites, headers=owner, json=invite)
    await service.http.delete(f"{invites}/{made['id']}", headers=owner)
    if name == "update_invite":
        return await service.http.patch(f"{invites}/{made['id']}", headers=owner, json={"role": "editor"})
    return await service.call("POST", f"workspaces/invites/{made['token']}/accept", service.session(invite["email"]))


@pytest.mark.parametrize(("name", "code"), STATES)
async def test_an_operation_answers_the_codes_that_depend_on_what_is_there(scene: Scene, name: str, code: str) -> None:
    assert (await the_state(scene, name, code)).json()["error"]["code"] == code

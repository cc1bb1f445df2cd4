"""A path is what it is, letter for letter, and takes the methods that it takes."""

import re
from collections import defaultdict
from typing import Any

import pytest

from asgi_client import ask
from routes import CHECK, EVERY, NOBODYS, NOBODYS_TOKEN, OPEN, ROUTES, Route, served
from service import Service
from standing import standing_loop

pytestmark = standing_loop
VERBS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", "get"}
SHARED = {"/api/v1/workspaces/slug-available": {"PATCH", "DELETE"}}
"""Methods that a path has because it also reads as another's: there, as an id that is none."""
PATHS = sorted({route.template.partition("?")[0] for route in EVERY} | {path for _, path in OPEN})
DISGUISES = {
    "a trailing slash": lambda path: path + "/",
    "two slashes before": lambda path: "/" + path,
    "two slashes inside": lambda path: path.replace("/v1/", "/v1//"),
    "a dot": lambda path: path.replace("/v1/", "/v1/./"),
    "a dot in code": lambda path: path.replace("/v1/", "/v1/%2e/"),
    "up and down": lambda path: path.replace("/v1/", "/v1/../v1/"),
    "up and down in code": lambda path: path.replace("/v1/", "/v1/%2e%2e/v1/"),
    "up from an open path": lambda path: "/health/.." + path,
    "up from an open path in code": lambda path: "/health/%2e%2e" + path,
    "a slash in code": lambda path: path.replace("/v1/", "/v1%2f/"),
    "a backslash": lambda path: path.replace("/v1/", "/v1\\"),
    "capitals": lambda path: path.replace("/api/", "/API/"),
    "a parameter": lambda path: path + ";x=1",
    "a NUL": lambda path: path + "%00",
    "a space": lambda path: path + "%20",
    "a newline": lambda path: path + "%0a",
    "an extension": lambda path: path + ".json",
    "another host": lambda path: "http://127.0.0.1:8000" + path,
    "a prefix": lambda path: "/x" + path,
    "a query in code": lambda path: path + "%3fa=1",
    "a fragment": lambda path: path + "#x",
    "no slash": lambda path: path[1:],
    "twice in code": lambda path: path.replace("/api/", "/%2561pi/"),
    "wide letters": lambda path: path.replace("/api/", "/%EF%BD%81pi/"),
    "overlong": lambda path: path.replace("/api/", "/%C0%AFapi/"),
}


async def test_every_other_method_is_refused_with_those_that_there_are(service: Service) -> None:
    """If this failed, HEAD or OPTIONS could reach what GET may not."""
    allowed = defaultdict(set)
    for method, path in served(service.api):
        allowed[path].add(method)
    assert sorted(allowed) == PATHS
    del allowed[CHECK.template]  # takes every method
    for path, methods in allowed.items():
        target = re.sub(r"\{\w+_id\}", str(NOBODYS), path).replace("{token}", NOBODYS_TOKEN)
        for verb in sorted(VERBS - methods - SHARED.get(path, set())):
            for headers in ([], list(service.session().items())):
                answer = await ask(service.app, verb, target, headers)
                assert answer.status == 405, (verb, path)
                allow = answer.header("allow") or ""
                assert set(allow.split(", ")) == methods | SHARED.get(path, set()), (verb, path)
                if verb != "HEAD":
                    assert answer.code == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
async def test_a_path_in_disguise_is_no_path(service: Service, disguise: Any) -> None:
    """If this failed, a proxy that guards one spelling of a path could be passed by another."""
    key = await service.create_key()
    for route in ROUTES:
        id_ = key["workspace_id"] if route.whose == "workspace" else key["id"]
        path, _, query = route.at(id_).partition("?")
        target = disguise(path) + (f"?{query}" if query else "")
        for headers in ([], list(service.session().items())):
            answer = await ask(
                service.app, route.method, target, [*headers, ("Content-Type", "application/json")], b"{}"
            )
            expected = {404, 405, 422} if headers else {404, 401}
            assert answer.status in expected, (route.name, target)
            assert answer.header("location") is None
    answer = await ask(service.app, "GET", f"/api/v1/api-keys/{key['id']}", list(service.session().items()))
    assert answer.json()["data"]["revoked_at"] is None
    assert answer.json()["data"]["name"] == "a key"


@pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
async def test_a_letter_in_code_is_the_letter_and_behind_the_same_gate(service: Service, route: Route) -> None:
    """If this failed, the router and the gate would disagree about which path a request is for."""
    coded = route.at().replace("/api/v1/", "/%61pi/v%31/")
    assert (await ask(service.app, route.method, coded)).status == 401


async def test_there_are_no_websockets(service: Service) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    for path in ("/", "/api/v1/api-keys", "/nothing"):
        headers = [(b"host", b"127.0.0.1:8000"), (b"sec-websocket-protocol", b"\x80\xff")]
        await service.app({"type": "websocket", "path": path, "headers": headers}, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"] * 3

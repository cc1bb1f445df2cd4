"""docs/how-to/protect-a-python-app.md: its programs run as they stand there, against a real server."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from owner import Owner, bearer
from programs import ROOT
from server_process import serving
from service import lifespan

PAGE = ROOT / "docs" / "how-to" / "protect-a-python-app.md"
SERVER, WORKSPACE = "http://127.0.0.1:8000", "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"


def program(name: str, owner: Owner) -> dict[str, Any]:
    """What the page's program defines, with nothing changed but the server's address and the workspace's id."""
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    code = dict(blocks)[name]
    for old, new in ((SERVER, owner.server.base_url), (WORKSPACE, owner.workspace_id)):
        assert old in code
        code = code.replace(old, new)
    namespace: dict[str, Any] = {"__name__": name.removesuffix(".py")}
    exec(compile(code, name, "exec"), namespace)  # noqa: S102 - our own page
    return namespace


@asynccontextmanager
async def calling(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with lifespan(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as http:
        yield http


async def test_the_fastapi_program(owner: Owner) -> None:
    key = owner.key(rate_limit_per_min=2)
    made = program("fastapi_app.py", owner)
    url = "/workflows/report/run"
    async with calling(made["app"]) as http:
        assert (await http.post(url)).status_code == 401
        assert (await http.post(url, headers=bearer(key))).json() == {"ran": "report", "for": "ci"}
        lacking = await http.post(url, headers=bearer(owner.key(scopes=["voices:read"])))
        assert (lacking.status_code, lacking.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
        assert 'scope="workflows:run"' in lacking.headers["www-authenticate"]
        other = await http.post(url, headers=bearer(Owner(owner.server).key()))
        assert (other.status_code, other.json()["error"]["code"]) == (403, "WORKSPACE_MISMATCH")
        assert (await http.post(url, headers=bearer(key))).status_code == 200
        limited = await http.post(url, headers=bearer(key))
        assert (limited.status_code, limited.json()["error"]["code"]) == (429, "RATE_LIMITED")
        assert 1 <= int(limited.headers["retry-after"]) <= 60
        assert limited.headers["ratelimit-policy"] == '"default";q=2;w=60'
        assert (await http.get("/openapi.json")).json()["components"]["securitySchemes"]["APIKey"]["scheme"] == "bearer"
        await made["require"].aclose()


async def test_the_asgi_program(owner: Owner) -> None:
    key = owner.key(name="nightly · ci", scopes=[])
    async with calling(program("asgi_app.py", owner)["app"]) as http:
        assert (await http.get("/health")).text == "well"
        assert (await http.get("/")).status_code == 401
        assert (await http.get("/", headers=bearer(key))).text == "hello nightly · ci"
        assert (await http.get("/", headers=bearer(Owner(owner.server).key()))).status_code == 403


def test_the_plain_program(owner: Owner) -> None:
    key = owner.key()
    made = program("wsgi_app.py", owner)
    with httpx.Client(transport=httpx.WSGITransport(made["app"]), base_url="http://app") as http, made["guard"]:
        assert http.get("/").headers["www-authenticate"] == "Bearer"
        assert http.get("/", headers=bearer(key)).text == "hello ci"
        unknown = http.get("/", headers={"Authorization": "Bearer pk_live_" + "x" * 38})
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (401, "INVALID_API_KEY")


def test_a_revoked_key_is_refused_from_the_next_request_on(owner: Owner) -> None:
    """Otherwise a stolen key would go on working after it was revoked."""
    key = owner.key()
    made = program("wsgi_app.py", owner)
    with httpx.Client(transport=httpx.WSGITransport(made["app"]), base_url="http://app") as http, made["guard"]:
        assert http.get("/", headers=bearer(key)).status_code == 200
        owner.revoke(key)
        assert http.get("/", headers=bearer(key)).status_code == 401


def test_a_server_that_stopped_lets_nobody_in(tmp_path: Path) -> None:
    """Otherwise stopping the key server would open every application behind it."""
    with serving(tmp_path / "data") as server:
        owner = Owner(server)
        key = owner.key()
        made = program("wsgi_app.py", owner)
        with httpx.Client(transport=httpx.WSGITransport(made["app"]), base_url="http://app") as http, made["guard"]:
            assert http.get("/", headers=bearer(key)).status_code == 200
            server.terminate()
            stopped = http.get("/", headers=bearer(key))
    assert (stopped.status_code, stopped.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert stopped.headers["retry-after"] == "1"

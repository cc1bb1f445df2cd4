"""``Depends(require("…"))`` in a FastAPI application."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket

from guard.stub import Key, Stub
from onepin.guard import ANY_WORKSPACE, Principal
from onepin.guard.fastapi import REFUSALS, Require


@pytest.fixture
def app() -> FastAPI:
    return FastAPI(responses=REFUSALS)


@pytest.fixture
async def require(stub: Stub, app: FastAPI) -> AsyncIterator[Require]:
    require = Require(stub.base_url, workspace=ANY_WORKSPACE, app=app)

    @app.get("/run")
    async def run(caller: Annotated[Principal, Depends(require("workflows:run"))]) -> dict[str, Any]:
        return {"key": str(caller.key_id), "scopes": sorted(caller.scopes)}

    @app.get("/block")
    def block(caller: Annotated[Principal, Depends(require())]) -> str:
        return caller.name

    @app.websocket("/ws")
    async def ws(websocket: WebSocket, caller: Annotated[Principal, Depends(require("workflows:run"))]) -> None:
        await websocket.accept()
        await websocket.send_text(caller.name)
        await websocket.close()

    yield require
    await require.aclose()


async def get(app: FastAPI, path: str, key: Key | None = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://app") as http:
        return await http.get(path, headers={"Authorization": f"Bearer {key.secret}"} if key else {})


@pytest.mark.usefixtures("require")
class TestRequire:
    async def test_a_route_gets_a_typed_principal(self, stub: Stub, app: FastAPI) -> None:
        key = stub.key("workflows:run", "voices:read")
        answer = await get(app, "/run", key)
        assert answer.json() == {"key": str(key.key_id), "scopes": ["voices:read", "workflows:run"]}

    async def test_a_route_that_blocks_does_too(self, stub: Stub, app: FastAPI) -> None:
        assert (await get(app, "/block", stub.key(name="mine"))).json() == "mine"

    async def test_a_refusal_is_the_servers_own(self, stub: Stub, app: FastAPI) -> None:
        answer = await get(app, "/run", stub.key("voices:read"))
        assert answer.status_code == 403
        assert set(answer.json()) == {"error", "meta"}
        assert answer.json()["error"]["code"] == "INSUFFICIENT_SCOPE"
        assert 'scope="workflows:run"' in answer.headers["www-authenticate"]

    async def test_a_limit_says_when_to_come_back(self, stub: Stub, app: FastAPI) -> None:
        answer = await get(app, "/block", stub.key(limited=True))
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert answer.headers["ratelimit"] == '"default";r=0;t=7'

    async def test_no_key_is_a_401(self, app: FastAPI) -> None:
        answer = await get(app, "/run")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")

    async def test_nobody_gets_in_while_the_server_is_down(self, stub: Stub, app: FastAPI) -> None:
        """Otherwise stopping the key server would open the application."""
        key = stub.key("workflows:run")
        stub.stop()
        answer = await get(app, "/run", key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")

    async def test_two_authorization_headers_are_refused(self, stub: Stub, app: FastAPI) -> None:
        """Otherwise the guard could ask about one key and the application read the other."""
        good = f"Bearer {stub.key('workflows:run').secret}"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://app") as http:
            answer = await http.get("/run", headers=[("Authorization", good), ("Authorization", good)])
        assert answer.status_code == 400

    @pytest.mark.parametrize("good", [True, False])
    async def test_a_websocket_needs_a_key_too(self, stub: Stub, app: FastAPI, good: bool) -> None:
        """Otherwise a WebSocket would be the way around the guard."""
        key = stub.key(*(["workflows:run"] if good else []), name="mine")
        sent: list[Any] = []

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {key.secret}".encode())]
        await app({"type": "websocket", "path": "/ws", "headers": headers, "query_string": b""}, receive, send)
        if good:
            assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
        else:
            assert [(message["type"], message.get("code")) for message in sent] == [("websocket.close", 1008)]

    def test_openapi_shows_the_bearer_scheme_the_scopes_and_the_refusals(self, app: FastAPI) -> None:
        document = app.openapi()
        assert document["components"]["securitySchemes"]["APIKey"]["type"] == "http"
        assert document["components"]["securitySchemes"]["APIKey"]["scheme"] == "bearer"
        run = document["paths"]["/run"]["get"]
        assert run["security"] == [{"APIKey": ["workflows:run"]}]
        assert "parameters" not in run
        assert {"200", "401", "403", "429", "503"} <= set(run["responses"])
        reference = run["responses"]["429"]["content"]["application/json"]["schema"]["$ref"]
        assert reference.endswith("/ErrorEnvelope")
        assert document["paths"]["/block"]["get"]["security"] == [{"APIKey": []}]


async def test_equal_scopes_are_one_dependency_that_asks_once_in_a_request(stub: Stub, require: Require) -> None:
    router = APIRouter(dependencies=[Depends(require("workflows:run"))])

    @router.get("/twice")
    async def twice(caller: Annotated[Principal, Depends(require("workflows:run"))]) -> str:
        return caller.name

    app = FastAPI()
    app.include_router(router)
    assert (await get(app, "/twice", stub.key("workflows:run"))).status_code == 200
    assert len(stub.asked) == 1


async def test_a_test_of_the_application_puts_a_principal_in_its_place(
    stub: Stub, app: FastAPI, require: Require
) -> None:
    someone = Principal(uuid4(), uuid4(), None, "in a test", frozenset({"workflows:run"}))
    app.dependency_overrides[require("workflows:run")] = lambda: someone
    assert (await get(app, "/run")).json()["key"] == str(someone.key_id)
    assert stub.asked == []


async def test_where_it_is_not_installed_status_and_headers_are_right_all_the_same(stub: Stub) -> None:
    require, app = Require(stub.base_url, workspace=ANY_WORKSPACE), FastAPI()
    app.get("/", dependencies=[Depends(require())])(lambda: "in")
    answer = await get(app, "/", stub.key(limited=True))
    await require.aclose()
    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (429, "7", {"detail": "No."})


def test_a_scope_that_is_none_stops_the_start(require: Require) -> None:
    with pytest.raises(ValueError, match="not a scope"):
        require("workflows run")

"""``GuardMiddleware`` in front of an application that tells what reached it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from guard.stub import Key, Stub
from onepin.guard import ANY_WORKSPACE, GuardMiddleware, Principal, principal_of
from service import lifespan

Scope = dict[str, Any]


class Application:
    """Answers 200 to what reaches it, and keeps the scopes."""

    def __init__(self) -> None:
        self.reached: list[Scope] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(scope)
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def application() -> Application:
    return Application()


Guarded = Callable[..., GuardMiddleware]


@pytest.fixture
async def guarded(stub: Stub, application: Application) -> AsyncIterator[Guarded]:
    made: list[GuardMiddleware] = []

    def make(**options: Any) -> GuardMiddleware:
        made.append(GuardMiddleware(application, stub.base_url, **{"workspace": ANY_WORKSPACE} | options))
        return made[-1]

    yield make
    for middleware in made:
        await middleware._guard.aclose()


async def never() -> Any:
    raise AssertionError("nothing of the body is read")


async def nowhere(_: Any) -> None:
    raise AssertionError("nothing is sent")


async def call(app: Any, path: str = "/x", key: Key | None = None, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1))
    if key is not None:
        headers["Authorization"] = f"Bearer {key.secret}"
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        return await http.get(path, headers=headers)


async def connect(app: Any, headers: list[tuple[bytes, bytes]], **more: Any) -> list[Any]:
    """Opens a WebSocket; what the application or the guard sent."""
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app({"type": "websocket", "path": "/ws", "headers": headers, "client": None} | more, receive, send)
    return sent


async def test_a_good_key_reaches_the_application_with_its_principal(
    stub: Stub, guarded: Guarded, application: Application
) -> None:
    key = stub.key("workflows:run")
    answer = await call(guarded(scopes=["workflows:run"], workspace=key.workspace_id), key=key)
    assert (answer.status_code, answer.text) == (200, "hello")
    principal = principal_of(application.reached[0])
    assert isinstance(principal, Principal)
    assert principal.key_id == key.key_id


@pytest.mark.parametrize(
    ("status", "code"), [(401, "INVALID_API_KEY"), (403, "INSUFFICIENT_SCOPE"), (429, "RATE_LIMITED")]
)
async def test_a_refusal_is_the_servers_and_the_application_is_not_reached(
    stub: Stub, guarded: Guarded, application: Application, status: int, code: str
) -> None:
    """Otherwise the application would work for callers without a key."""
    key = stub.key(limited=status == 429)
    if status == 401:
        del stub.keys[key.secret]
    answer = await call(guarded(scopes=["a:b"] if status == 403 else []), key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert ("retry-after" in answer.headers) == (status == 429)
    assert ("www-authenticate" in answer.headers) == (status != 429)
    assert application.reached == []


async def test_nobody_gets_in_while_the_server_is_down(stub: Stub, guarded: Guarded, application: Application) -> None:
    """Otherwise stopping the key server would open every application behind it."""
    app, key = guarded(), stub.key()
    stub.stop()
    answer = await call(app, key=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    assert application.reached == []


async def test_two_authorization_headers_are_refused(guarded: Guarded, application: Application, stub: Stub) -> None:
    """Otherwise the guard could ask about one key and the application read the other."""
    good = f"Bearer {stub.key().secret}"
    transport = httpx.ASGITransport(app=guarded())
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        answer = await http.get("/", headers=[("Authorization", good), ("authorization", "Bearer other")])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    assert application.reached == []
    assert stub.asked == []


@pytest.mark.parametrize("public", [True, False])
async def test_headers_that_look_like_the_servers_never_reach_the_application(
    stub: Stub, guarded: Guarded, application: Application, public: bool
) -> None:
    """Otherwise a caller could say in a header whose key they hold, and be believed."""
    forged = dict.fromkeys(
        ["X-OnePin-Workspace-Id", "x-onepin-key-id", "X_OnePin_Scopes", "X-ONEPIN_Anything"], "forged"
    )
    app = guarded(public_paths=["/x"] if public else [])
    assert (await call(app, key=stub.key(), Accept="text/plain", **forged)).status_code == 200
    names = {name.lower() for name, _ in application.reached[0]["headers"]}
    assert names & {b"accept", b"host"} == {b"accept", b"host"}
    assert not [name for name in names if b"onepin" in name]
    assert "x-onepin-workspace-id" not in (stub.asked[0].headers if stub.asked else {})


async def test_a_principal_from_outside_is_not_believed(guarded: Guarded, application: Application) -> None:
    """Otherwise whatever sits outside of the guard could hand a stranger on as somebody."""
    app = guarded(public_paths=["/x"])

    async def outside(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"onepin.principal": Principal(uuid4(), uuid4(), None, "", frozenset())}, receive, send)

    await call(outside)
    with pytest.raises(LookupError):
        principal_of(application.reached[0])


async def test_a_public_path_is_not_asked_about(stub: Stub, guarded: Guarded, application: Application) -> None:
    app = guarded(public_paths=["/health"])
    assert (await call(app, "/health")).status_code == 200
    assert (await call(app, "/health/more")).status_code == 401
    assert stub.asked == []
    assert len(application.reached) == 1


@pytest.mark.parametrize("path", ["/api/x", "/api//x", "/x/../api/x", "/%61pi/x", "//api/x"])
async def test_a_guarded_path_is_guarded_however_it_is_written(guarded: Guarded, path: str) -> None:
    """Otherwise '/%61pi/x' would pass as something else."""
    app = guarded(paths=["/api/*"])
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    decoded = path.replace("%61", "a")
    await app({"type": "http", "path": decoded, "raw_path": path.encode(), "headers": []}, never, send)
    assert sent[0]["status"] == 401


async def test_the_callers_address_is_passed_on_to_the_server(stub: Stub, guarded: Guarded) -> None:
    await call(guarded(), key=stub.key(), **{"X-Forwarded-For": "1.1.1.1"})
    assert stub.asked[0].headers["x-forwarded-for"] == "203.0.113.9"


async def test_a_websocket_needs_a_key_too(stub: Stub, guarded: Guarded, application: Application) -> None:
    """Otherwise a WebSocket would be the way around the guard."""
    app, key = guarded(), stub.key()
    assert await connect(app, []) == [{"type": "websocket.close", "code": 1008, "reason": "UNAUTHORIZED"}]
    assert application.reached == []
    assert await connect(app, [(b"authorization", f"Bearer {key.secret}".encode())]) == [{"type": "websocket.accept"}]
    assert principal_of(application.reached[0]).key_id == key.key_id


async def test_a_refused_websocket_is_told_why_where_the_server_can(guarded: Guarded) -> None:
    sent = await connect(guarded(), [], extensions={"websocket.http.response": {}})
    assert [message["type"] for message in sent] == ["websocket.http.response.start", "websocket.http.response.body"]
    assert sent[0]["status"] == 401
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]


async def test_a_kind_of_connection_that_it_does_not_know_is_not_served(
    guarded: Guarded, application: Application
) -> None:
    """Otherwise a protocol of the future would be the way around the guard."""
    with pytest.raises(ValueError, match="webtransport"):
        await guarded()({"type": "webtransport", "path": "/", "headers": []}, never, nowhere)
    assert application.reached == []


async def test_the_applications_shutdown_ends_the_connections(stub: Stub, guarded: Guarded) -> None:
    app, key = guarded(), stub.key()
    async with lifespan(app):
        await call(app, key=key)
        assert stub._open
    for _ in range(100):
        if not stub._open:
            break
        await asyncio.sleep(0.02)
    assert not stub._open


@pytest.mark.parametrize("options", [{"scopes": "a:b"}, {"scopes": [""]}, {"public_paths": "/x"}, {"paths": ["x"]}])
def test_a_mistake_in_its_arguments_stops_the_start(application: Application, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"scope|path"):
        GuardMiddleware(application, "http://127.0.0.1", workspace=ANY_WORKSPACE, **options)

"""The application under test: ``create_app``, as served, in this process, on a database of the test's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from onepin.server.app import create_app
from onepin.server.clock import ManualClock
from onepin.server.config import Config
from onepin.server.identity.local import LocalIssuer

HOST = "http://127.0.0.1:8000"
PEPPER = "v1:" + "cGVwcGVyIGZvciB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE="


@dataclass
class Service:
    """A started application and what a test needs to talk to it."""

    app: Any
    config: Config
    clock: ManualClock
    http: httpx.AsyncClient
    issuer: LocalIssuer
    people: dict[str, dict[str, str]] = field(default_factory=dict)

    def session(self, user: str = "ann@example.com", workspace: UUID | str | None = None) -> dict[str, str]:
        """The headers of a signed-in person, with a token that is fresh by the test's clock."""
        now = self.clock.now()
        token, _ = self.issuer.mint(user=user, ttl_seconds=3600, now=now, azp=self.config.local_issuer_url)
        headers = {"Authorization": f"Bearer {token}"}
        return headers if workspace is None else headers | {"X-Workspace-Id": str(workspace)}

    async def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """One request below ``/api/v1`` (a path that begins with ``/`` is taken as it is)."""
        url = path if path.startswith("/") else f"/api/v1/{path}"
        return await self.http.request(method, url, headers=headers, **more)

    async def create_key(self, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
        """A key made as a person would; its ``data``."""
        answer = await self.call("POST", "api-keys", headers or self.session(), json={"name": "a key"} | body)
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def whoami(self, secret: str) -> httpx.Response:
        """What the server says to the holder of a secret."""
        return await self.call("GET", "auth/whoami", bearer(secret))

    async def workspace_of(self, user: str) -> UUID:
        """The personal workspace of a person, made by their first call if need be."""
        listed = await self.call("GET", "workspaces", self.session(user))
        return UUID(listed.json()["data"][-1]["id"])


def bearer(token: str) -> dict[str, str]:
    """The header that carries a credential."""
    return {"Authorization": f"Bearer {token}"}


def config_for(folder: Path, database_url: str, **settings: str) -> Config:
    """The configuration of a test: a pepper of its own, everything else the default."""
    return Config.load({}, {"data_dir": str(folder), "database_url": database_url, "pepper": PEPPER} | settings)


@contextlib.asynccontextmanager
async def running(
    folder: Path, database_url: str, clock: ManualClock | None = None, **settings: str
) -> AsyncIterator[Service]:
    """Start the application, give it to the test, stop it; start-up failures come out as they are."""
    config = config_for(folder, database_url, **settings)
    clock = clock or ManualClock()
    app = create_app(config, clock=clock)
    async with lifespan(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
            issuer = LocalIssuer.load_or_create(folder, config.local_issuer_url)
            yield Service(app, config, clock, http, issuer)


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Run an ASGI application's start-up and shutdown around the body."""
    receive: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.create_task(
        app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive.get, sent.put)
    )
    await receive.put({"type": "lifespan.startup"})
    started = await sent.get()
    if started["type"] != "lifespan.startup.complete":
        await task
        raise RuntimeError(started.get("message"))
    try:
        yield
    finally:
        await receive.put({"type": "lifespan.shutdown"})
        await sent.get()
        await task

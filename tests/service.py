"""The application under test: the one that is served, in this process, on a database of the test's own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from envelope import check_response
from onepin.server.app import assemble
from onepin.server.clock import ManualClock
from onepin.server.config import Config
from onepin.server.identity.local import LocalIssuer
from onepin.server.keys.usage import Usage
from onepin.server.store.store import Store

HOST = "http://127.0.0.1:8000"
PEPPER = "v1:" + "cGVwcGVyIGZvciB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE="


@dataclass(repr=False)
class Service:
    """A started application and what a test needs to talk to it. Every answer is checked (``envelope.py``)."""

    app: Any
    config: Config
    clock: ManualClock
    http: httpx.AsyncClient
    issuer: LocalIssuer
    api: FastAPI
    store: Store
    usage: Usage
    user: str = "ann@example.com"
    tokens: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def anew(self) -> "Service":
        """The same application for another test: whoever is signed in has never been here before."""
        return replace(self, user=f"{uuid4().hex[:12]}@example.com", tokens={})

    def session(self, user: str | None = None, workspace: UUID | str | None = None) -> dict[str, str]:
        """The headers of a signed-in person (``self.user``), with a token that is fresh by the test's clock."""
        now, who = self.clock.now(), user or self.user
        if who not in self.tokens or self.tokens[who][0] != now:
            token, _ = self.issuer.mint(user=who, ttl_seconds=3600, now=now, azp=self.config.local_issuer_url)
            self.tokens[who] = now, token
        headers = {"Authorization": f"Bearer {self.tokens[who][1]}"}
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
    folder: Path, database_url: str, clock: ManualClock | None = None, *, store: Store | None = None, **settings: str
) -> AsyncIterator[Service]:
    """Start the application, give it to the test, stop it; start-up failures come out as they are.

    ``store``: one of the test's own, around that of ``database_url``.
    """
    config = config_for(folder, database_url, **settings)
    clock = clock or ManualClock()
    issuer = LocalIssuer.load_or_create(folder, config.local_issuer_url)
    parts = assemble(config, local=issuer if config.local_issuer else None, clock=clock, store=store)
    app = parts.asgi
    async with lifespan(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        checked: Any = {"response": [check_response]}
        async with httpx.AsyncClient(transport=transport, base_url=HOST, event_hooks=checked) as http:
            yield Service(app, config, clock, http, issuer, parts.api, parts.store, parts.usage)


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

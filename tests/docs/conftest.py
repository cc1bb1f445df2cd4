"""The site, built once from this checkout, and the application that serves it."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from docsite.build import build
from envelope import check_response
from onepin.server.app import assemble
from service import HOST, config_for

Reading = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("site") / "documentation"
    build(folder)
    return folder


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Open a client on an application that serves a folder; the database is never opened. Every answer is checked."""

    @contextlib.asynccontextmanager
    async def open_at(folder: Path, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
        config = config_for(tmp_path, f"sqlite:///{tmp_path}/x.db", **settings)
        app = assemble(config, local=None, documentation=folder).asgi
        transport = httpx.ASGITransport(app=app)
        base = re.sub(r"(?<=[^/])/[^/]+$", "", settings.get("public_url", HOST))
        async with httpx.AsyncClient(
            transport=transport, base_url=base, event_hooks={"response": [check_response]}
        ) as http:
            yield http

    return open_at

"""A real server, people on it, and the ways to call it."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from client.answering import Answering, Asked, Reply, answering
from client.clients import KINDS, Called
from client.command_line_way import CommandLine
from client.fault_proxy import FaultProxy, spoiling
from client.ways import WAYS, Caller, Way
from server_process import ServerProcess, serving

Make = Callable[..., Called]
"""Makes a client for ``user`` of either kind; arguments go to its constructor."""
Enter = Callable[..., Way]
"""Makes a way for a caller: ``enter()`` for ``user``, ``enter(api_key=…)``, ``enter(token=…)``."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("client") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither variables nor a credentials file of whoever runs the tests."""
    for name in ("API_KEY", "TOKEN", "BASE_URL", "WORKSPACE_ID", "PROFILE"):
        monkeypatch.delenv(f"ONEPIN_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def user() -> str:
    """A person whom no other test knows."""
    return f"{uuid4().hex[:12]}@example.com"


ALL_WAYS: dict[str, Callable[[Caller], Way]] = {**WAYS, "command line": CommandLine}


@pytest.fixture(params=list(ALL_WAYS))
def enter(request: pytest.FixtureRequest, server: ServerProcess, user: str) -> Iterator[Enter]:
    made: list[Way] = []

    def make(*, api_key: str | None = None, token: str | None = None, workspace_id: str | None = None) -> Way:
        token = token if token or api_key else server.token(user)
        made.append(ALL_WAYS[request.param](Caller(server.base_url, token, api_key, workspace_id)))
        return made[-1]

    yield make
    for way in made:
        way.close()


@pytest.fixture
def way(enter: Enter) -> Way:
    """A way for ``user``, signed in."""
    return enter()


@pytest.fixture(scope="session")
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    with spoiling(server.port) as running:
        yield running


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, user: str) -> Iterator[Make]:
    made: list[Called] = []

    def client(**options: Any) -> Called:
        if "base_url" not in options or not {"token", "api_key"} & set(options):
            server: ServerProcess = request.getfixturevalue("server")
            options = {"base_url": server.base_url, **options}
            if not {"token", "api_key"} & set(options):
                options["token"] = server.token(user)
        made.append(Called(request.param, **options))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.fixture
def echo() -> Iterator[str]:
    """The address of a server that fails with a page that shows the request, as debugging proxies do."""

    def reply(asked: Asked) -> Reply:
        return 500, {"Content-Type": "text/html"}, f"<pre>{asked.path} {asked.headers}</pre>".encode()

    with answering(reply) as server:
        yield server.base_url


@pytest.fixture
def slow() -> Iterator[Answering]:
    """A server that takes longer than a test waits."""

    def reply(asked: Asked) -> Reply:
        time.sleep(0.4)
        return 200, {}, b"{}"

    with answering(reply) as server:
        yield server

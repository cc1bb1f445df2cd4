"""Each proxy in front of an application, asking a real server, or one that misbehaves."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from owner import Owner
from proxies.echo import Echo, echoing
from proxies.front import FRONTS, Front
from server_process import ServerProcess, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("onepin") / "data", trusted_proxies="127.0.0.0/8") as running:
        yield running


@pytest.fixture(scope="session")
def owner(server: ServerProcess) -> Owner:
    """Whose keys the proxies let in."""
    return Owner(server)


@pytest.fixture(scope="session")
def echo() -> Iterator[Echo]:
    with echoing() as application:
        yield application


@pytest.fixture
def application(echo: Echo) -> Echo:
    echo.reached.clear()
    return echo


@pytest.fixture(params=sorted(FRONTS), scope="session")
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def front(
    kind: str, server: ServerProcess, owner: Owner, echo: Echo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """The proxy as its page has it, asking the real server."""
    onepin = server.base_url.removeprefix("http://")
    with FRONTS[kind](tmp_path_factory.mktemp(kind), onepin, echo.address, owner.workspace_id) as running:
        yield running


@pytest.fixture
def front_of(kind: str, owner: Owner, echo: Echo, tmp_path: Path) -> Iterator[Callable[[str], Front]]:
    """Starts the proxy so that it asks at another address."""
    with ExitStack() as stack:

        def start(address: str) -> Front:
            running = FRONTS[kind](tmp_path, address, echo.address, owner.workspace_id)
            return stack.enter_context(running)

        yield start

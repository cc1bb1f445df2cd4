"""A server that brands its keys as the published command line wants them, and the published clients beside it."""

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from public_client.called import Caller, Client, MakeClient
from public_client.published import NEWEST, WITH_API_KEYS, environment_or_skip
from server_process import ServerProcess, serving

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says something to whoever waits for the tests, past pytest's capturing."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", file=sys.stderr, flush=True)

    return say


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("server"), key_prefix="op") as running:
        yield running


@pytest.fixture
def user() -> str:
    """A person whom no other test knows."""
    return f"person-{next(numbers)}@example.com"


@pytest.fixture(scope="session")
def caller(tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str], None]) -> Iterator[Caller]:
    """A process of the last release that has ``api_keys``."""
    with Caller(environment_or_skip(WITH_API_KEYS, tell), tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="session")
def newest_caller(tmp_path_factory: pytest.TempPathFactory, tell: Callable[[str], None]) -> Iterator[Caller]:
    """A process of the newest release."""
    with Caller(environment_or_skip(NEWEST, tell), tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(params=["OnePinClient", "AsyncOnePinClient"])
def constructor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def make(caller: Caller, server: ServerProcess, constructor: str) -> MakeClient:
    """Makes clients: ``make(token)``, sync and async; further arguments go to the client's constructor."""

    def client(token: str | None, base_url: str = server.base_url, **options: object) -> Client:
        return Client(caller, constructor, base_url, token, options)

    return client


@pytest.fixture
def client(make: MakeClient, server: ServerProcess, user: str) -> Client:
    """A client of ``user``, signed in; it gives up at the first refusal, so that refusals take no time."""
    return make(server.token(user), max_retries=0)


@pytest.fixture(params=[WITH_API_KEYS, NEWEST])
def command(request: pytest.FixtureRequest, tell: Callable[[str], None]) -> Path:
    """The published ``onepin`` command."""
    return environment_or_skip(request.param, tell) / "onepin"

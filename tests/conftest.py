"""Fixtures that many suites share: databases and programs."""

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import databases
import programs
from owner import Owner
from server_process import ServerProcess, serving


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much: the everyday run is short."""
    parser.addoption(
        "--dose", choices=("short", "long"), default="short", help="how many cases the models and faults try"
    )
    parser.addoption("--kills", type=int, default=12, help="how often the kill tests kill each server (200: a release)")


@pytest.fixture(scope="session")
def dose(request: pytest.FixtureRequest) -> str:
    """``short`` or ``long``."""
    return str(request.config.getoption("dose"))


@pytest.fixture(scope="session")
def kills(request: pytest.FixtureRequest) -> int:
    """How often to kill."""
    return int(request.config.getoption("kills"))


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background of a script; children inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A real server of the module's own, as it comes."""
    with serving(tmp_path_factory.mktemp("onepin") / "data") as running:
        yield running


@pytest.fixture
def owner(server: ServerProcess) -> Owner:
    """Somebody new there, with a workspace of their own."""
    return Owner(server)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[databases.PostgresCluster]:
    """The PostgreSQL of this run, one for all workers, started when the first test asks for it."""
    with databases.shared_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without rows, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "onepin.db"
    databases.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, migrated, without rows; the test runs once on each kind."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "onepin.db")
        yield f"sqlite:///{tmp_path / 'onepin.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.fresh_database(server.template("migrated", databases.migrate))
        yield url
        server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def unmigrated_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As ``database_url``, but without any table: for tests of migrations and of a first start."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'onepin.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.fresh_database()
        yield url
        server.drop_database(url)


@pytest.fixture(scope="session")
def need_program() -> Callable[..., Path]:
    """``programs.need_program``: the path of a program, or a skip (a failure under CI) that says how to get it."""
    return programs.need_program

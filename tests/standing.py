"""One running application on each database for many tests: each test gets it with a person who is new there."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

import databases
from service import Service, running

standing_loop = pytest.mark.asyncio(loop_scope="session")
"""For modules whose tests use ``service``: they run on the loop that the application runs on."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing_sqlite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("standing-sqlite")
    async with running(folder, f"sqlite:///{folder / 'onepin.db'}") as started:
        yield started


@pytest.fixture(scope="session")
def standing_database(postgres_server: databases.PostgresCluster) -> Iterator[str]:
    url = postgres_server.fresh_database(postgres_server.template("migrated", databases.migrate))
    yield url
    postgres_server.drop_database(url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def standing_postgres(tmp_path_factory: pytest.TempPathFactory, standing_database: str) -> AsyncIterator[Service]:
    async with running(tmp_path_factory.mktemp("standing-postgres"), standing_database) as started:
        yield started


@pytest.fixture(params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Service:
    """The standing application; the test's clock may run ahead, its people and workspaces are the test's own."""
    standing: Service = request.getfixturevalue(f"standing_{request.param}")
    return standing.anew()


@pytest.fixture
def both(standing_sqlite: Service, standing_postgres: Service) -> tuple[Service, Service]:
    """The application on both databases, to compare their answers."""
    return standing_sqlite.anew(), standing_postgres.anew()

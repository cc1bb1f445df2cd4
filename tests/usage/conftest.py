"""A store and clock of the test's own, and the running service on each database."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from onepin.server.clock import ManualClock
from onepin.server.store.store import Store, open_store
from standing import service, standing_database, standing_postgres, standing_sqlite

__all__ = ["service", "standing_database", "standing_postgres", "standing_sqlite"]


@pytest_asyncio.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = open_store(database_url)
    await opened.start(migrate=False)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()

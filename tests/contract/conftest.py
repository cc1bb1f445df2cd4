"""A running service, on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from service import Service, running


@pytest_asyncio.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    async with running(tmp_path, database_url) as started:
        yield started

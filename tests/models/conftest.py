"""The application for models, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.host import Host


@pytest.fixture
def host(tmp_path: Path, database_url: str) -> Iterator[Host]:
    started = Host(tmp_path, database_url)
    yield started
    started.close()

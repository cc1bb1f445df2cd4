"""Servers that may be broken."""

from collections.abc import Iterator

import pytest

from faults.servers import Nursery, nursery


@pytest.fixture(scope="module")
def born() -> Iterator[Nursery]:
    with nursery() as started:
        yield started

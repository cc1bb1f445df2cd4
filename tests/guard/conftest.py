"""The guard in both its forms, and something to ask."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from guard.stub import Stub
from onepin.guard import ANY_WORKSPACE, AsyncGuard, Guard, Principal


class Asker:
    """One guard, called the same way whichever kind it is."""

    def __init__(self, kind: str, base_url: str, **options: Any) -> None:
        options.setdefault("workspace", ANY_WORKSPACE)
        self.kind = kind
        self._runner = asyncio.Runner()
        self.guard = (Guard if kind == "sync" else AsyncGuard)(base_url, **options)

    def check(self, authorization: str | None, *scopes: str, client: str | None = None) -> Principal:
        if isinstance(self.guard, Guard):
            return self.guard.check(authorization, *scopes, client=client)
        return self._runner.run(self.guard.check(authorization, *scopes, client=client))

    def close(self) -> None:
        if isinstance(self.guard, Guard):
            self.guard.close()
        else:
            self._runner.run(self.guard.aclose())

    def end(self) -> None:
        self.close()
        self._runner.close()


Ask = Callable[..., Asker]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as server:
        yield server


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, stub: Stub) -> Iterator[Ask]:
    """Makes guards of the stub (or of ``base_url``), of both kinds in turn."""
    made: list[Asker] = []

    def make(base_url: str | None = None, **options: Any) -> Asker:
        made.append(Asker(request.param, base_url or stub.base_url, **options))
        return made[-1]

    yield make
    for asker in made:
        asker.end()

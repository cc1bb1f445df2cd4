"""The application, run from code that is not asynchronous, as Hypothesis wants it."""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from onepin.server.clock import ManualClock
from service import Service, running

T = TypeVar("T")


class Host:
    """A started application on a loop of its own; it can be restarted."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._folder, self._url = folder, database_url
        self._clock = ManualClock()
        self._runner = asyncio.Runner()
        self._stack = contextlib.AsyncExitStack()
        self.service = self._start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for ``work``."""
        return self._runner.run(work)

    def restart(self) -> None:
        """Stop and start on the same database; the clock goes on."""
        user = self.service.user
        self.run(self._stack.aclose())
        self.service = self._start()
        self.service.user = user

    def _start(self) -> Service:
        return self.run(self._stack.enter_async_context(running(self._folder, self._url, self._clock)))

    def newcomer(self) -> None:
        """Whoever is signed in from now on has never been here before."""
        self.service = self.service.anew()

    def close(self) -> None:
        """Stop for good."""
        self.run(self._stack.aclose())
        self._runner.close()

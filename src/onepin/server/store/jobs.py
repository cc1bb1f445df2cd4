"""A transaction that waits for a writer thread, and the one who waits for it on the event loop."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from onepin.server.store.query import Tx
from onepin.server.store.store import Work


class Job:
    """``work`` to be run in a transaction, and the future that hears of it once ``result`` or ``error`` is final."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Work[Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, tx: Tx) -> Any:
        """What ``work`` returns, in any thread: its coroutine never suspends, so it is driven to its end by hand."""
        coroutine: Coroutine[Any, Any, Any] = self.work(tx)  # type: ignore[assignment]
        try:
            coroutine.send(None)
        except StopIteration as stop:
            return stop.value
        coroutine.close()
        raise RuntimeError("a transaction waited for something other than its database")


def settle(batch: list[Job]) -> None:
    """On the loop: tell each who waits, unless they left."""
    for job in batch:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)

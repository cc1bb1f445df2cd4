"""A transaction that waits for a writer thread, and the one who waits for it on the event loop."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from onepin.server.store.query import Tx
from onepin.server.store.store import Work

T = TypeVar("T")


class Job:
    """``work`` to be run in a transaction, and the future that hears of it once ``result`` or ``error`` is final."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Work[Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, tx: Tx) -> Any:
        """What ``work`` returns."""
        return drive(self.work(tx))


def drive(awaitable: Awaitable[T]) -> T:
    """What a coroutine that never suspends returns, in any thread: it is driven to its end by hand."""
    coroutine: Coroutine[Any, Any, T] = awaitable  # type: ignore[assignment]
    try:
        coroutine.send(None)
    except StopIteration as stop:
        done: T = stop.value
        return done
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

"""How far every write has come, noted where a killed server leaves it: in a file that both processes map.

The server's own parts are wrapped, not changed: its store and its ASGI application note each step.
"""

import contextvars
import itertools
import mmap
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from onepin.server.store.query import Query, Tx
from onepin.server.store.store import Store, Work

R = TypeVar("R")
T = TypeVar("T")
SLOTS = 4096
FREE, RECEIVED, IN_TRANSACTION, COMMITTED = range(4)
STEPS = ("idle", "before BEGIN", "in the transaction", "after COMMIT, before the response")
_slot: contextvars.ContextVar[int | None] = contextvars.ContextVar("slot", default=None)


class Board:
    """A byte for each write under way."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(SLOTS))
        with path.open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), SLOTS)
        self._next = itertools.cycle(range(SLOTS))

    def take(self) -> int:
        """A slot for a write that just arrived."""
        slot = next(self._next)
        self.note(slot, RECEIVED)
        return slot

    def note(self, slot: int, step: int) -> None:
        """The write in ``slot`` has come this far."""
        self._bytes[slot] = step

    def under_way(self) -> Counter[int]:
        """How many writes stand at each step."""
        return Counter(step for step in self._bytes[:] if step != FREE)

    def clear(self) -> None:
        """Forget them all, before another server begins."""
        self._bytes[:] = bytes(SLOTS)


class MarkedStore:
    """A store that notes on the board when a transaction begins and when its commit was heard of."""

    def __init__(self, inner: Store, board: Board) -> None:
        self._inner = inner
        self._board = board
        self.exclusive = inner.exclusive

    async def start(self, *, migrate: bool, beside: bool = False) -> None:
        """As the store within."""
        await self._inner.start(migrate=migrate, beside=beside)

    async def observe(self) -> None:
        """As the store within."""
        await self._inner.observe()

    async def migrate(self) -> list[str]:
        """As the store within."""
        return await self._inner.migrate()

    async def close(self) -> None:
        """As the store within."""
        await self._inner.close()

    async def ping(self) -> None:
        """As the store within."""
        await self._inner.ping()

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """As the store within."""
        return await self._inner.one(query, **params)

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """As the store within."""
        return await self._inner.all(query, **params)

    async def survey(self, query: Query[R], **params: Any) -> list[R]:
        """As the store within."""
        return await self._inner.survey(query, **params)

    async def read(self, work: Work[T]) -> T:
        """As the store within."""
        return await self._inner.read(work)

    async def write(self, work: Work[T]) -> T:
        """As the store within. ``work`` is called once BEGIN is through; the return means that COMMIT is."""
        slot = _slot.get()
        if slot is None:
            return await self._inner.write(work)

        async def noted(tx: Tx) -> T:
            self._board.note(slot, IN_TRANSACTION)
            return await work(tx)

        result = await self._inner.write(noted)
        self._board.note(slot, COMMITTED)
        return result


def marked(app: Callable[..., Any], board: Board) -> Callable[..., Any]:
    """The ASGI application, noting when a write arrives and when it is answered."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":
            await app(scope, receive, send)
            return
        slot = board.take()
        token = _slot.set(slot)
        try:
            await app(scope, receive, send)
        finally:
            _slot.reset(token)
            board.note(slot, FREE)

    return serve

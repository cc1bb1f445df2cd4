"""A store around a store, to be told what happens, or to make something happen in between."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from onepin.server.store.key_queries import KEY_BY_DIGEST
from onepin.server.store.query import Query
from onepin.server.store.store import Store, Work

R = TypeVar("R")
T = TypeVar("T")


class WrappedStore:
    """Passes everything on."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.exclusive = inner.exclusive

    async def start(self, *, migrate: bool, beside: bool = False) -> None:
        """As the store within."""
        await self.inner.start(migrate=migrate, beside=beside)

    async def observe(self) -> None:
        """As the store within."""
        await self.inner.observe()

    async def migrate(self) -> list[str]:
        """As the store within."""
        return await self.inner.migrate()

    async def close(self) -> None:
        """As the store within."""
        await self.inner.close()

    async def ping(self) -> None:
        """As the store within."""
        await self.inner.ping()

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """As the store within."""
        return await self.inner.one(query, **params)

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """As the store within."""
        return await self.inner.all(query, **params)

    async def survey(self, query: Query[R], **params: Any) -> list[R]:
        """As the store within."""
        return await self.inner.survey(query, **params)

    async def read(self, work: Work[T]) -> T:
        """As the store within."""
        return await self.inner.read(work)

    async def write(self, work: Work[T]) -> T:
        """As the store within."""
        return await self.inner.write(work)


class InterruptedStore(WrappedStore):
    """Lets something happen just before the n-th look-up of a key by its digest."""

    def __init__(self, inner: Store, before: int, happen: Callable[[], Awaitable[None]]) -> None:
        super().__init__(inner)
        self.lookups = 0
        self._before = before
        self._happen = happen

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """As the store within, after what happens."""
        if query is KEY_BY_DIGEST:
            self.lookups += 1
            if self.lookups == self._before:
                await self._happen()
        return await super().one(query, **params)

"""The store: what the rest of the service may ask of a database, whichever it is."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine import make_url

from onepin.server.store.query import Query, Tx

R = TypeVar("R")
T = TypeVar("T")
Work = Callable[[Tx], Awaitable[T]]


class Store(Protocol):
    """A database. ``work`` passed to ``write`` must be free of side effects: it may run again after a conflict."""

    exclusive: bool
    """Whether one server alone can use it, so that what this one decides holds for all."""

    async def start(self, *, migrate: bool, beside: bool = False) -> None:
        """Open connections, bringing the schema up to date first if ``migrate``.

        ``beside``: for an operator's command that writes a row or two, also while a server uses a database that it has
        for itself alone; each waits for the other's transactions. Never together with ``migrate``.

        Raises ``StoreError`` if the database can't serve.
        """
        ...

    async def observe(self) -> None:
        """Open for reading only, also beside a running server. Raises ``StoreError`` if there is nothing to read."""
        ...

    async def migrate(self) -> list[str]:
        """Bring the schema up to date, without starting. Returns the revisions applied."""
        ...

    async def close(self) -> None:
        """Let running work finish, then close."""
        ...

    async def ping(self) -> None:
        """Raises ``Refused`` (UNAVAILABLE) if the database does not answer."""
        ...

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """Read one row, outside a transaction."""
        ...

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Read rows, outside a transaction."""
        ...

    async def survey(self, query: Query[R], **params: Any) -> list[R]:
        """Read what takes long to add up, beside the requests: only the caller waits for it."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Read several things from one snapshot."""
        ...

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in a transaction; when this returns, what it wrote is on disk.

        Raises what ``work`` raises (nothing is written then), or ``Refused`` (UNAVAILABLE) when the database fails.
        """
        ...


class StoreError(Exception):
    """The database can't be used at all; the text says what to do. Raised at start, never during a request."""


class InUse(StoreError):
    """Another process holds a database that only one may."""


def open_store(database_url: str) -> Store:
    """The store for ``sqlite:///…`` or ``postgresql://…``. Opens nothing yet; call ``start``."""
    if make_url(database_url).get_backend_name() == "sqlite":
        from onepin.server.store.sqlite import SqliteStore

        return SqliteStore(database_url)
    from onepin.server.store.postgres import PostgresStore

    return PostgresStore(database_url)

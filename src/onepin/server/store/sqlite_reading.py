"""Reading from SQLite on the event loop, and what reading and writing share: driver, connection, transaction."""

import asyncio
import contextlib
import sqlite3 as stdlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite as sa_sqlite

from onepin.server.errors import unavailable
from onepin.server.store.query import Compiled, Query, Row
from onepin.server.store.store import Work

try:
    from pysqlite3 import dbapi2 as driver
except ImportError:  # no wheel for this platform: the standard library's, if it is new enough
    driver = stdlib

__all__ = ["Reader", "SqliteTx", "connect", "driver", "ours", "translated"]

R = TypeVar("R")
T = TypeVar("T")
BUSY_SECONDS = 5.0
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000")
_DIALECT: Dialect = sa_sqlite.dialect(paramstyle="qmark")


class SqliteTx:
    """A transaction on one connection. Nothing in it ever suspends."""

    def __init__(self, connection: Any, compiled: dict[Query[Any], Compiled[Any]]) -> None:
        self._execute: Callable[..., Any] = connection.cursor().execute
        self._compiled = compiled

    def fetch(self, query: Query[R], params: dict[str, Any]) -> tuple[Compiled[R], list[Row]]:
        """Execute, and give the rows as the driver has them."""
        compiled = self._compiled.get(query)
        if compiled is None:
            compiled = self._compiled[query] = Compiled(query, _DIALECT)
        return compiled, self._execute(compiled.text, compiled.arguments(params)).fetchall()

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Every row."""
        compiled, rows = self.fetch(query, params)
        return [compiled.record(row) for row in rows]

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """The first row, or None."""
        compiled, rows = self.fetch(query, params)
        return compiled.record(rows[0]) if rows else None

    async def run(self, query: Query[Any], **params: Any) -> None:
        """Execute."""
        self.fetch(query, params)


class Reader:
    """The connection that reads on the event loop, outside the writer's transactions.

    All reads of one turn of the loop share a transaction, for beginning one costs half as much as a look-up. Nobody
    reads what is too old: the end of the transaction is queued before the first read fixes what is seen, so whoever
    learns of a later commit, and every request sent after one, has their turn behind that end.
    """

    def __init__(self, path: Path, compiled: dict[Query[Any], Compiled[Any]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._connection = connect(path, "query_only=1")
        self._execute: Callable[..., Any] = self._connection.cursor().execute
        self._tx = SqliteTx(self._connection, compiled)
        self._begun = False

    def close(self) -> None:
        """Close the connection, and with it what was begun."""
        self._connection.close()

    def ping(self) -> None:
        """Read one page."""
        with ours():
            self._execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()

    def fetch(self, query: Query[R], params: dict[str, Any]) -> tuple[Compiled[R], list[Row]]:
        """Execute, and give the rows as the driver has them."""
        try:
            if not self._begun:
                self._begin()
            return self._tx.fetch(query, params)
        except driver.Error as error:  # not ``ours``, which costs a request more
            raise translated(error) from None

    async def read(self, work: Work[T]) -> T:
        """Run ``work``; it never suspends, so nothing comes between."""
        with ours():
            if not self._begun:
                self._begin()
            return await work(self._tx)

    def _begin(self) -> None:
        self._loop.call_soon(self._end)
        self._execute("BEGIN")  # fails if an end has failed: better no answer than an old one
        self._begun = True

    def _end(self) -> None:
        self._begun = False
        with contextlib.suppress(driver.Error):  # closed by now, or an error of a read has ended it already
            self._execute("COMMIT")


@contextlib.contextmanager
def ours() -> Iterator[None]:
    """Within it, an error of the driver is raised as ``translated``."""
    try:
        yield
    except driver.Error as error:
        raise translated(error) from None


def translated(error: BaseException) -> BaseException:
    """What to raise instead of an error of the driver: ``Refused`` (UNAVAILABLE), unless the mistake is ours."""
    if isinstance(error, driver.OperationalError | driver.DatabaseError) and not isinstance(
        error, driver.IntegrityError | driver.ProgrammingError
    ):
        return unavailable(f"sqlite: {type(error).__name__}: {error}")
    return error


def connect(path: Path, *pragmas: str) -> Any:
    """A connection as this product uses SQLite: WAL, every commit synced, foreign keys on, explicit transactions."""
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    for pragma in (*PRAGMAS, *pragmas):
        connection.execute(f"PRAGMA {pragma}")
    return connection

"""SQLite: one writer thread, one reader connection on the event loop.

Reads run where they are asked for: a look-up takes about 10 µs, an executor hop 80. Writes queue up for a single
thread that owns the only writing connection; those that wait together share one transaction and one fsync, and each is
acknowledged only after the commit. One that is refused does not touch its neighbours (docs/decisions/0005).
"""

import asyncio
import contextlib
import logging
import queue
import sqlite3 as stdlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, NullPool, create_engine
from sqlalchemy.dialects import sqlite as sa_sqlite
from sqlalchemy.engine import make_url

from onepin.server.errors import unavailable
from onepin.server.store.file_lock import exclusive
from onepin.server.store.jobs import Job, drive, settle
from onepin.server.store.migrate import apply, check
from onepin.server.store.query import Compiled, Query, Row
from onepin.server.store.store import StoreError, Work

try:
    from pysqlite3 import dbapi2 as driver
except ImportError:  # no wheel for this platform: the standard library's, if it is new enough
    driver = stdlib

R = TypeVar("R")
T = TypeVar("T")
SAFE_VERSION = (3, 51, 3)  # older ones can corrupt the WAL when several connections write (sqlite.org, "WAL-reset bug")
BATCH = 64
BUSY_SECONDS = 5.0
_DIALECT: Dialect = sa_sqlite.dialect(paramstyle="qmark")
_IOERR = 10  # SQLITE_IOERR; which of its kinds, a failed fsync among them, pysqlite3 does not tell
log = logging.getLogger("onepin.store")


class SqliteTx:
    """A transaction, or the reader between transactions, on one connection. Nothing in it ever suspends."""

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


class SqliteStore:
    """A SQLite database that this process alone serves; a lock file beside it keeps a second server away."""

    exclusive = True

    def __init__(self, database_url: str) -> None:
        self.path = Path(make_url(database_url).database or "").absolute()
        self._jobs: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._queued: list[Job] = []
        self._compiled: dict[Query[Any], Compiled[Any]] = {}
        self._lock: contextlib.ExitStack | None = None
        self._thread: threading.Thread | None = None
        self._reading: Any = None
        self._stopped: str | None = None

    async def migrate(self) -> list[str]:
        """Migrate while holding the lock, so never under a running server."""
        with exclusive(self.path):
            return await asyncio.to_thread(self._with_sqlalchemy, apply)

    async def start(self, *, migrate: bool, beside: bool = False) -> None:
        """Take the lock unless ``beside``, see to the schema, open both connections, start the writer.

        Beside a server, its transactions and ours exclude each other (BEGIN IMMEDIATE, the busy timeout).
        """
        if driver.sqlite_version_info < SAFE_VERSION:
            raise StoreError(
                f"SQLite {driver.sqlite_version} can corrupt a database that is written and read at once (fixed in "
                "3.51.3). Install pysqlite3, use a newer Python, or set ONEPIN_DATABASE_URL to a PostgreSQL."
            )
        if beside:
            self._need_a_file()
        self._lock = contextlib.ExitStack() if beside else exclusive(self.path)
        try:
            await asyncio.to_thread(self._with_sqlalchemy, apply if migrate else check)
        except BaseException:
            self._lock.close()
            raise
        self._loop = asyncio.get_running_loop()
        self._writing = connect(self.path)
        self._read_from(connect(self.path))
        self._thread = threading.Thread(target=self._write_forever, name="onepin-writer", daemon=True)
        self._thread.start()

    def _with_sqlalchemy(self, work: Callable[[Connection], T]) -> T:
        """Run schema work in a transaction of its own; the only place that executes through SQLAlchemy."""
        engine = create_engine("sqlite://", module=driver, creator=lambda: connect(self.path), poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            done = work(connection)
            connection.commit()
        return done

    async def observe(self) -> None:
        """Open the reader alone, without the lock."""
        self._need_a_file()
        self._read_from(connect(self.path))

    def _need_a_file(self) -> None:
        if not self.path.exists():
            raise StoreError(f"There is no database at {self.path} yet. Start one with: onepin serve")

    def _read_from(self, connection: Any) -> None:
        self._reading = connection
        self._reading.execute("PRAGMA query_only=1")
        self._reader = SqliteTx(self._reading, self._compiled)

    async def close(self) -> None:
        """Finish what is queued, checkpoint, close, release the lock."""
        if self._thread is not None:
            self._hand_over()
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
            self._writing.close()
        if self._reading is not None:
            self._reading.close()
            self._reading = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def ping(self) -> None:
        """Read one page. A store that writes no more is as good as away: something has to restart it."""
        if self._stopped is not None:
            raise unavailable(self._stopped)
        try:
            self._reading.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
        except driver.Error as error:
            raise _translated(error) from None

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """Read one row, on the loop."""
        try:
            compiled, rows = self._reader.fetch(query, params)
        except driver.Error as error:
            raise _translated(error) from None
        return compiled.record(rows[0]) if rows else None

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Read rows, on the loop."""
        try:
            return await self._reader.all(query, **params)
        except driver.Error as error:
            raise _translated(error) from None

    async def survey(self, query: Query[R], **params: Any) -> list[R]:
        """Read rows in a thread, on a connection of their own."""

        def work() -> list[R]:
            with contextlib.closing(connect(self.path)) as connection:
                connection.execute("PRAGMA query_only=1")
                found: list[R] = drive(SqliteTx(connection, self._compiled).all(query, **params))
                return found

        try:
            return await asyncio.to_thread(work)
        except driver.Error as error:
            raise _translated(error) from None

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` in a read transaction, on the loop; it never suspends, so nothing comes between."""
        try:
            self._reading.execute("BEGIN")
            try:
                return await work(self._reader)
            finally:
                self._reading.execute("COMMIT")
        except driver.Error as error:
            raise _translated(error) from None

    async def write(self, work: Work[T]) -> T:
        """Hand ``work`` to the writer and wait for its commit."""
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._queued:
            self._loop.call_soon(self._hand_over)
        self._queued.append(Job(work, future))
        return await future

    def _hand_over(self) -> None:
        """Once per turn of the loop: waking the writer costs as much as a job."""
        if self._queued:
            self._jobs.put(self._queued)
            self._queued = []

    def _write_forever(self) -> None:
        tx = SqliteTx(self._writing, self._compiled)
        while (batch := self._jobs.get()) is not None:
            while len(batch) < BATCH and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    self._jobs.put(None)
                    break
                batch += following
            self._commit_together(tx, batch)
            self._loop.call_soon_threadsafe(settle, batch)

    def _commit_together(self, tx: SqliteTx, batch: list[Job]) -> None:
        execute = self._writing.execute
        try:
            if self._stopped is not None:
                raise unavailable(self._stopped)
            execute("BEGIN IMMEDIATE")
            if not self._run(tx, batch, apart=False):
                execute("ROLLBACK")
                execute("BEGIN IMMEDIATE")
                self._run(tx, batch, apart=True)
            execute("COMMIT")
        except Exception as error:
            # nothing of this batch counts, nor what its jobs concluded from each other: all get a 503, may try again
            with contextlib.suppress(driver.Error):
                if self._writing.in_transaction:
                    execute("ROLLBACK")
            if _disk_failed(error):
                # After a failed fsync the system may have dropped what it could not write, and say yes to the next;
                # only a fresh start reads what is really on disk (LWN 752063, "PostgreSQL's fsync() surprise").
                self._stopped = f"sqlite: no writes until a restart, for the disk failed to keep one: {error}"
                log.critical("%s", self._stopped)
            for job in batch:
                job.error = _translated(error)

    def _run(self, tx: SqliteTx, batch: list[Job], *, apart: bool) -> bool:
        """Run all jobs, ``apart`` in a savepoint each. False if one was refused after it had written, with nothing to
        roll it back to: all have to run again then, apart.
        """
        for job in batch:
            if apart:
                self._writing.execute("SAVEPOINT job")
            before, job.error = self._writing.total_changes, None
            try:
                job.result = job.run(tx)
            except Exception as error:
                if apart:
                    self._writing.execute("ROLLBACK TO job")
                elif not self._writing.in_transaction or _disk_failed(error):
                    raise
                elif self._writing.total_changes != before:
                    return False
                job.error = _translated(error)
            if apart:
                self._writing.execute("RELEASE job")
        return True


def _disk_failed(error: BaseException | None) -> bool:
    while error is not None and getattr(error, "sqlite_errorcode", 0) & 0xFF != _IOERR:
        error = error.__context__  # what SQLite said first, before a rollback found nothing left to undo
    return error is not None


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, driver.OperationalError | driver.DatabaseError) and not isinstance(
        error, driver.IntegrityError | driver.ProgrammingError
    ):
        return unavailable(f"sqlite: {type(error).__name__}: {error}")
    return error


def connect(path: Path) -> Any:
    """A connection as this product uses SQLite: WAL, every commit synced, foreign keys on, explicit transactions."""
    connection = driver.connect(str(path), isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection

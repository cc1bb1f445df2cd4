"""PostgreSQL, by asyncpg."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection, Dialect, NullPool
from sqlalchemy.dialects.postgresql.asyncpg import dialect as make_dialect
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from onepin.contract.codes import Code
from onepin.server.errors import Refused, unavailable
from onepin.server.store.migrate import apply, check
from onepin.server.store.query import Compiled, Query, Row
from onepin.server.store.store import StoreError, Work

R = TypeVar("R")
T = TypeVar("T")
_DIALECT: Dialect = make_dialect()  # type: ignore[no-untyped-call]
_RETRIES = 5
_MIGRATION_LOCK = 0x6F6E6570696E  # "onepin"
POOL = 20
WRITERS = 16  # at once; the connections beyond them are for reading, which must not wait for somebody's locks
WAIT_SECONDS = 5.0
LOCK_MILLISECONDS = "4500"  # less than WAIT_SECONDS, so that it is the database that says what it waits for
_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
_ENDED = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's word for using a connection between its FATAL and its end
    asyncpg.OperatorInterventionError,
)
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresIOError,
    asyncpg.InvalidAuthorizationSpecificationError,
)


class _Ended(Refused):
    """A 503, for the connection ended under a statement."""


class PostgresTx:
    """A transaction on one connection."""

    def __init__(self, connection: Any, compiled: dict[Query[Any], Compiled[Any]]) -> None:
        self._connection = connection
        self._compiled = compiled

    async def _fetch(self, query: Query[R], params: dict[str, Any]) -> tuple[Compiled[R], list[Row]]:
        compiled = self._compiled.get(query)
        if compiled is None:
            compiled = self._compiled[query] = Compiled(query, _DIALECT)
        rows = await self._connection.fetch(compiled.text, *compiled.arguments(params), timeout=WAIT_SECONDS)
        return compiled, rows

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Every row."""
        compiled, rows = await self._fetch(query, params)
        return [compiled.record(row) for row in rows]

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """The first row, or None."""
        compiled, rows = await self._fetch(query, params)
        return compiled.record(rows[0]) if rows else None

    async def run(self, query: Query[Any], **params: Any) -> None:
        """Execute."""
        await self._fetch(query, params)


class PostgresStore:
    """A PostgreSQL database that any number of servers share."""

    exclusive = False

    def __init__(self, database_url: str) -> None:
        self._dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._compiled: dict[Query[Any], Compiled[Any]] = {}
        self._pool: Any = None
        self._writers = asyncio.Semaphore(WRITERS)

    async def migrate(self) -> list[str]:
        """Migrate; two at once wait for each other on an advisory lock."""
        return await self._with_sqlalchemy(apply)

    async def start(self, *, migrate: bool, beside: bool = False) -> None:
        """See to the schema and open the pool. There is room for everybody, so ``beside`` changes nothing."""
        try:
            await self._with_sqlalchemy(apply if migrate else check)
        except (*_ENDED, *_AWAY) as error:
            raise StoreError(f"PostgreSQL does not answer: {type(error).__name__}: {error}") from None
        await self._open_pool()

    async def observe(self) -> None:
        """The same as starting; reading disturbs nobody."""
        await self.start(migrate=False)

    async def _open_pool(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=POOL,
            timeout=WAIT_SECONDS,
            command_timeout=WAIT_SECONDS,
            server_settings={"application_name": "onepin", "lock_timeout": LOCK_MILLISECONDS, "timezone": "UTC"},
        )

    async def _with_sqlalchemy(self, work: Callable[[Connection], T]) -> T:
        """Run schema work in a transaction of its own; the only place that executes through SQLAlchemy."""
        url = make_url(self._dsn).set(drivername="postgresql+asyncpg")
        engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": WAIT_SECONDS})
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Wait for running work, then close."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), WAIT_SECONDS)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    async def ping(self) -> None:
        """A round trip."""
        await self._reading(lambda connection: connection.fetchval("SELECT 1"))

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """Read one row."""
        return await self._reading(lambda connection: PostgresTx(connection, self._compiled).one(query, **params))

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Read rows."""
        return await self._reading(lambda connection: PostgresTx(connection, self._compiled).all(query, **params))

    async def survey(self, query: Query[R], **params: Any) -> list[R]:
        """Read rows; nobody else waits for a connection of the pool."""
        return await self.all(query, **params)

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on one snapshot."""

        async def on_snapshot(connection: Any) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await work(PostgresTx(connection, self._compiled))

        return await self._reading(on_snapshot)

    async def _reading(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Read; once more if PostgreSQL ended the connection, which it may have done long before we noticed.

        It may have ended the others too, as a failover does, so the second time is on a new one.
        """
        with contextlib.suppress(_Ended):
            async with self._connection() as connection:
                return await work(connection)
        await self._pool.expire_connections()
        async with self._connection() as connection:
            return await work(connection)

    async def write(self, work: Work[T]) -> T:
        """Run ``work`` in a transaction, again after a deadlock, a serialization failure, or a row that
        somebody else was quicker to write: the next run sees it.
        """
        for attempt in range(_RETRIES):
            try:
                async with self._writing(), self._connection() as connection, connection.transaction():
                    return await work(PostgresTx(connection, self._compiled))
            except _AGAIN as error:
                if isinstance(error, asyncpg.UniqueViolationError) and attempt == _RETRIES - 1:
                    raise  # nobody's race, a mistake of ours
                await asyncio.sleep(0.01 * 2**attempt)
        raise unavailable("postgres: gave up after repeated conflicts")

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with self._pool.acquire(timeout=WAIT_SECONDS) as connection:
                yield connection
        except asyncpg.LockNotAvailableError:
            busy = "Another request is changing the same thing. Try again shortly."
            raise Refused(Code.CONFLICT, busy, headers={"Retry-After": "1"}, reason="postgres: lock timeout") from None
        except _ENDED as error:
            # also a COMMIT whose answer got lost: never a 200, never a 500; the caller's retry finds out
            reason = f"postgres: {type(error).__name__}: {error}"
            raise _Ended(Code.UNAVAILABLE, headers={"Retry-After": "1"}, reason=reason) from None
        except _AWAY as error:
            raise unavailable(f"postgres: {type(error).__name__}: {error}") from None

    @contextlib.asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        """One of the turns to write."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._writers.acquire()
        except TimeoutError:
            raise unavailable("postgres: too many changes are waiting") from None
        try:
            yield
        finally:
            self._writers.release()

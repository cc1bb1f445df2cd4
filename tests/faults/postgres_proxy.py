"""A TCP proxy before PostgreSQL that can lose the answer to a COMMIT."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes both ways; when ``lose_next_commit`` is set, PostgreSQL commits and the client never hears of it."""

    def __init__(self, database_url: str) -> None:
        self._target = urlsplit(database_url)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.lose_next_commit = False
        self.lost = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        at = self._target
        self.url = at._replace(netloc=f"{at.username}:{at.password}@127.0.0.1:{port}").geturl()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        async with _closing(writer):
            upstream, to_server = await asyncio.open_connection(self._target.hostname, self._target.port)
            async with _closing(to_server):
                losing = asyncio.Event()
                both = [
                    asyncio.ensure_future(self._ask(reader, to_server, losing)),
                    asyncio.ensure_future(self._answer(upstream, writer, losing)),
                ]
                try:
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for one in both:
                        one.cancel()
                    await asyncio.gather(*both, return_exceptions=True)
        self._connections.discard(task)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while sent := await reader.read(65536):
            if self.lose_next_commit and b"COMMIT" in sent:
                self.lose_next_commit = False
                losing.set()
            writer.write(sent)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while received := await reader.read(65536):
            if losing.is_set():  # it is done; what it says goes down with the connection
                self.lost += 1
                return
            writer.write(received)
            await writer.drain()


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

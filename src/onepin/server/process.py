"""The server process: granian in this very process, the drain before a stop, and an exit that nothing can delay.

Why one process and granian's embedded server: docs/decisions/0004-server-process.md.
"""

import asyncio
import gc
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from types import FrameType
from typing import Any, Protocol

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.embed import Server

from onepin.server.config import Config
from onepin.server.listener import CannotListen, explain

HEADER_READ_MS = 5000
"""From the first byte of a request, or from the last answer on a kept connection, to the end of the next header."""
HEADER_BYTES = 32 * 1024
BACKLOG = 1024
CONNECTIONS = 8192
"""At once; more wait in the backlog. Fewer where the system allows fewer open files."""
SPARE_FILES = 128
EXIT_SECONDS = 10.0
"""From the signal to the exit, drain included, unless the drain is set longer than half of it."""
CLOSE_SECONDS = 3.0
"""For the application to write what it still holds and to close; less when requests took the time."""

Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

logger = logging.getLogger("onepin.process")


class AppFactory(Protocol):
    """Makes the application that is served."""

    def __call__(self, config: Config, *, draining: Callable[[], bool]) -> Asgi:
        """``draining`` says whether a stop was asked for: readiness is over then, everything else goes on."""
        ...


class StartFailed(Exception):
    """The application said that it can't start; the text is its reason."""


def run(config: Config, create_app: AppFactory, listener: socket.socket, *, ready: Callable[[], None]) -> int:
    """Serve until SIGTERM or SIGINT, then drain and stop. A second signal ends the process at once.

    Args:
        config: The configuration, its port the one of ``listener``.
        create_app: Makes the ASGI application; its lifespan runs around the serving.
        listener: A bound socket; it belongs to the server from here on.
        ready: Called once, when the first connection would be answered.

    Returns:
        The exit code: 0 after a stop that was asked for, 1 when the server ended by itself.

    Raises:
        CannotListen: Somebody else has begun to listen on the same address.
        StartFailed: The application said no. Whatever else it raises while it starts is passed on.
    """
    with listener:
        return asyncio.run(_serve(config, create_app, listener, ready))


async def _serve(config: Config, create_app: AppFactory, listener: socket.socket, ready: Callable[[], None]) -> int:
    stop = Stop(config.drain_seconds)
    app = create_app(config, draining=stop.asked)
    lifespan = Lifespan(app)
    await lifespan.startup()
    gc.freeze()  # what was built so far stays, so the collector need not look at it again and again
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        await lifespan.shutdown()
        raise CannotListen(explain(error, config.host, config.port)) from None
    server = _Granian(app, listener, stop)
    stop.listen_for_signals(asyncio.get_running_loop(), server.stop)
    ready()
    await server.serve()
    await _end(lifespan, cut=server.cut, seconds=max(1.0, min(CLOSE_SECONDS, stop.seconds_left())))
    if not stop.asked():
        logger.critical("the HTTP server ended by itself")
        return 1
    logger.info("stopped")
    return 0


async def _end(lifespan: "Lifespan", *, cut: bool, seconds: float) -> None:
    try:
        await asyncio.wait_for(lifespan.shutdown(), timeout=seconds)
    except TimeoutError:
        logger.warning("the application did not finish its shutdown within %.0f s", seconds)
    if cut:
        # Connections that hang still belong to granian's threads, which an orderly exit would wait for.
        logger.warning("stopped; requests that had not ended by then were cut off")
        _exit_now()


def _exit_now() -> None:
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


class Stop:
    """From the first signal on: draining for a while, then the stop, and an exit at the latest when time is up."""

    def __init__(self, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._total = max(EXIT_SECONDS, drain_seconds + EXIT_SECONDS / 2)
        self._at: float | None = None
        # SimpleQueue.put is the one wake-up call that the documentation allows inside a signal handler.
        self._alarm: queue.SimpleQueue[None] = queue.SimpleQueue()

    def asked(self) -> bool:
        """Whether a signal has come."""
        return self._at is not None

    def seconds_left(self) -> float:
        """For requests that are still being answered; what comes after them needs the rest."""
        since = 0.0 if self._at is None else time.monotonic() - self._at
        return max(0.0, self._total - 2.0 - since)

    def listen_for_signals(self, loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
        """Call ``stop`` on ``loop`` when the drain after the first SIGTERM or SIGINT is over."""

        def begin() -> None:
            logger.info("draining for %g s, then stopping", self._drain_seconds)
            loop.call_later(self._drain_seconds, stop)

        def handle(_number: int, _frame: FrameType | None) -> None:
            if self._at is None:
                self._at = time.monotonic()
                self._alarm.put(None)
                loop.call_soon_threadsafe(begin)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)  # the second one is the kernel's: at once, whatever hangs here

        threading.Thread(target=self._exit_when_time_is_up, name="exit", daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handle)

    def _exit_when_time_is_up(self) -> None:
        self._alarm.get()
        time.sleep(self._total - 0.5)
        logger.error("something hangs: leaving without waiting for it")
        _exit_now()


class Lifespan:
    """The application's lifespan (ASGI 3, lifespan protocol 2.0), run around the server instead of by it.

    So a start that fails says why before anything is promised to clients, and a hanging client can't keep the
    application from closing its database.
    """

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._task: asyncio.Future[None] | None = None

    async def startup(self) -> None:
        """Start the application. Whatever it raises is passed on.

        Raises:
            StartFailed: It answered that it can't.
        """
        scope: Message = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        self._task = asyncio.ensure_future(self._app(scope, self._inbox.get, self._outbox.put))
        answer = await self._ask("lifespan.startup")
        if answer["type"] != "lifespan.startup.complete":
            await asyncio.wait({self._task}, timeout=1.0)
            if self._task.done():
                self._task.result()  # what it raised says more than the traceback that Starlette answers with
            raise StartFailed(str(answer.get("message", "")) or "the application failed to start")

    async def shutdown(self) -> None:
        """Let the application close what it holds. It failing to is logged, for there is nobody left to tell."""
        try:
            answer = await self._ask("lifespan.shutdown")
        except Exception:
            logger.exception("the application failed while it shut down")
            return
        if answer["type"] != "lifespan.shutdown.complete":
            logger.error("the application failed to shut down: %s", answer.get("message", ""))

    async def _ask(self, what: str) -> Message:
        assert self._task is not None  # noqa: S101
        await self._inbox.put({"type": what})
        answer = asyncio.ensure_future(self._outbox.get())
        either: set[asyncio.Future[Any]] = {answer, self._task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        self._task.result()
        return {"type": f"{what}.failed", "message": "the application's lifespan ended too early"}


class _Granian(Server):
    """granian's embedded server on a socket of ours, with an end to its patience."""

    def __init__(self, app: Asgi, listener: socket.socket, stop: Stop) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=_connections(),
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_MS, max_buffer_size=HEADER_BYTES),
            log_access=False,
            log_level=LogLevels.error,
            # Without "incremental", granian would take the handlers of everybody else away.
            log_dictconfig={"version": 1, "incremental": True, "formatters": {}, "handlers": {}, "loggers": {}},
        )
        self._listener = listener
        self._seconds_left = stop.seconds_left
        self.cut = False

    def _init_shared_socket(self) -> None:
        descriptor = self._listener.detach()
        # The holder's signature differs by platform; it closes the descriptor when the accepting ends.
        parts = (descriptor, False, BACKLOG) if sys.platform == "linux" else (descriptor, False)
        self._shd = SocketHolder(*parts)  # type: ignore[assignment]

    async def _stop_workers(self) -> None:
        for worker in self.wrks:
            worker.terminate()  # type: ignore[no-untyped-call]
            try:
                await worker.join(self._seconds_left())  # type: ignore[no-untyped-call]
            except TimeoutError:
                self.cut = True
        self.wrks.clear()


def _connections() -> int:
    """How many connections fit once the soft limit of open files, 1024 by tradition, is raised towards the hard one."""
    try:
        import resource
    except ImportError:
        return CONNECTIONS  # not a POSIX system
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= CONNECTIONS + SPARE_FILES:
        return CONNECTIONS
    wanted = CONNECTIONS + SPARE_FILES if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + SPARE_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(1, wanted - SPARE_FILES)

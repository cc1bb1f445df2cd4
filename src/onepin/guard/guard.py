"""The plain function: may this caller in? Once for code that blocks, once for asyncio."""

import logging
import ssl
from types import TracebackType
from typing import Self

from onepin.guard.answer import Answer, NoAnswer, verdict
from onepin.guard.connections import AsyncConnections, Connections
from onepin.guard.memory import Memory
from onepin.guard.principal import Principal
from onepin.guard.question import Question, Questions, Server, Workspaces
from onepin.guard.refusal import Refusal, Refused, Unavailable, unavailable

log = logging.getLogger("onepin.guard")


class _Judge:
    """What both guards share: everything but the I/O."""

    def __init__(self, server: Server, workspace: Workspaces, cache_seconds: float | None) -> None:
        self._server = server
        self._questions = Questions(server, workspace)
        self._memory = None if cache_seconds is None else Memory(cache_seconds)
        self._trouble: str | None = None

    def question(self, authorization: str | None, scopes: tuple[str, ...], client: str | None) -> Question:
        return self._questions.about(authorization, scopes, client)

    def recall(self, question: Question) -> Principal | Refusal | None:
        return None if self._memory is None else self._memory.recall(question)

    def now(self) -> float:
        return 0.0 if self._memory is None else self._memory.now()

    def judge(self, question: Question, answer: Answer, asked_at: float) -> Principal | Refusal:
        made = verdict(question, answer)
        if self._trouble is not None:
            self._trouble = None
            log.warning("%s://%s answers again", self._server.scheme, self._server.authority)
        if self._memory is not None:
            self._memory.remember(question, made, asked_at)
        return made

    def no_answer(self, problem: NoAnswer) -> Unavailable:
        """The refusal when nothing is known; said once in the log, not with every request."""
        if str(problem) != self._trouble:
            self._trouble = str(problem)
            log.error("nobody is let in: asked %s://%s, %s", self._server.scheme, self._server.authority, self._trouble)
        return Unavailable(unavailable(problem.retry_after))


def _admitted(made: Principal | Refusal) -> Principal:
    if isinstance(made, Refusal):
        raise Refused(made)
    return made


class Guard:
    """Asks a onepin server about each caller; for code that blocks. Threads may share one; make one per process."""

    def __init__(
        self,
        base_url: str,
        *,
        workspace: Workspaces,
        timeout: float = 2.0,
        cache_seconds: float | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Nothing is opened yet: the first check connects.

        Args:
            base_url: The server, for example ``http://127.0.0.1:8000``.
            workspace: Whose keys are let in: the id of a workspace, several, or ``ANY_WORKSPACE``.
            timeout: Seconds for a whole check, more than 0, at most 60; then the caller gets a 503.
            cache_seconds: Remember answers for so long, more than 0, at most 3600. That much later a revocation is
                seen, and remembered requests are not counted against the key's limit. None, the default: ask each time.
            ssl_context: For a certificate authority of your own; by default the system's are trusted.

        Raises:
            ValueError: one of these is out of its range.
        """
        server = Server.at(base_url)
        self._judge = _Judge(server, workspace, cache_seconds)
        self._connections = Connections(server, timeout, ssl_context)

    def check(self, authorization: str | None, *scopes: str, client: str | None = None) -> Principal:
        """Who calls, if they may.

        Args:
            authorization: The value of the caller's Authorization header, None if there is none.
            scopes: What the key must hold, all of it; without any, every good key may pass.
            client: The caller's IP address, so that the server limits failures by caller. It believes it only if this
                application's address is among its trusted proxies.

        Raises:
            Refused: they may not; ``refusal`` is the answer to give.
            Unavailable: the server could not be asked.
            ValueError: one of ``scopes`` is no scope.
        """
        question = self._judge.question(authorization, scopes, client)
        made = self._judge.recall(question)
        if made is None:
            try:
                asked_at = self._judge.now()
                made = self._judge.judge(question, self._connections.ask(question), asked_at)
            except NoAnswer as problem:
                raise self._judge.no_answer(problem) from problem
        return _admitted(made)

    def close(self) -> None:
        """End the connections; a later check opens new ones."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncGuard:
    """As ``Guard``, for asyncio. Tasks may share one."""

    def __init__(
        self,
        base_url: str,
        *,
        workspace: Workspaces,
        timeout: float = 2.0,
        cache_seconds: float | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """As ``Guard``."""
        server = Server.at(base_url)
        self._judge = _Judge(server, workspace, cache_seconds)
        self._connections = AsyncConnections(server, timeout, ssl_context)

    async def check(self, authorization: str | None, *scopes: str, client: str | None = None) -> Principal:
        """As ``Guard.check``."""
        question = self._judge.question(authorization, scopes, client)
        made = self._judge.recall(question)
        if made is None:
            try:
                asked_at = self._judge.now()
                made = self._judge.judge(question, await self._connections.ask(question), asked_at)
            except NoAnswer as problem:
                raise self._judge.no_answer(problem) from problem
        return _admitted(made)

    async def aclose(self) -> None:
        """End the running event loop's connections; a later check opens new ones."""
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

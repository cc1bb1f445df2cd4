"""The access log: which answers get a line, and how many lines strangers can make us write."""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from onepin.server.errors import Refused

log = logging.getLogger("onepin.access")
LINES_PER_SECOND = 100
"""Of answers that anybody can provoke. A line costs as much as checking a key, so beyond this they are only counted."""
_PROVOKED = frozenset({401, 429})


class AccessLog:
    """Lines about answers, on one event loop.

    Args:
        which: ``all``, ``errors`` (every answer that is not 2xx, and every request but GET) or ``off``.
        monotonic: Seconds that never go back.
    """

    def __init__(self, which: Literal["all", "errors", "off"], monotonic: Callable[[], float]) -> None:
        self._which = which
        self._monotonic = monotonic
        self._second = float("-inf")
        self._lines = 0
        self._unlisted = 0

    def note(self, method: str, path: str, status: int, seconds: float, refused: Refused | None) -> None:
        """Write a line about one answer, if it is to have one. With ``errors``, 401 and 429 have at most
        ``LINES_PER_SECOND``, and one more line says how many others there were.
        """
        if self._which == "off" or (self._which == "errors" and status < 400 and method == "GET"):
            return
        if not log.isEnabledFor(logging.INFO):
            return
        if status in _PROVOKED and self._which == "errors" and not self._has_room():
            return
        why = "" if refused is None else f" {refused.code.value}{f' ({refused.reason})' if refused.reason else ''}"
        # Not log.info: it would look for the calling line on the stack, each time this one.
        facts = (method, path, status, seconds * 1000, why)
        log.handle(logging.LogRecord(log.name, logging.INFO, __file__, 0, "%s %s %d %.1fms%s", facts, None))

    def _has_room(self) -> bool:
        now = self._monotonic()
        if now - self._second >= 1:
            self._second, self._lines = now, 0
        self._lines += 1
        if self._lines <= LINES_PER_SECOND:
            return True
        if not self._unlisted:
            asyncio.get_running_loop().call_later(1, self._tell)
        self._unlisted += 1
        return False

    def _tell(self) -> None:
        listing = "ONEPIN_ACCESS_LOG=all lists them"
        log.warning("%d more answers were 401 or 429 within a second; %s", self._unlisted, listing)
        self._unlisted = 0

"""Answers remembered for a moment, where that was asked for."""

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from onepin.guard.principal import Principal
from onepin.guard.question import Question
from onepin.guard.refusal import Refusal

ENTRIES: Final = 10_000
LARGEST_BODY: Final = 4096
_REMEMBERED: Final = frozenset({401, 403})  # not 429: after Retry-After the next request has to be admitted


class Memory:
    """The last verdicts, each for ``seconds`` at most, ``entries`` of them at most; threads may share it.

    Until an entry ends, a key that was revoked meanwhile passes and one that was made good is refused. Secrets are not
    kept: an entry is found by a digest, keyed anew in every process.
    """

    def __init__(self, seconds: float, entries: int = ENTRIES, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not 0 < seconds <= 3600:
            raise ValueError("cache_seconds must be more than 0 and at most 3600")
        self._seconds = seconds
        self._entries = entries
        self._monotonic = monotonic
        self._key = os.urandom(32)
        self._held: OrderedDict[bytes, tuple[float, Principal | Refusal]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, question: Question) -> Principal | Refusal | None:
        """The verdict on an equal question, unless it is too old."""
        digest = self._digest(question)
        with self._lock:
            until, verdict = self._held.get(digest, (0.0, None))
            if verdict is None:
                return None
            if self._monotonic() >= until:
                del self._held[digest]
                return None
            self._held.move_to_end(digest)
            return verdict

    def remember(self, question: Question, verdict: Principal | Refusal, asked_at: float) -> None:
        """Keep a verdict, counted from when its question was asked: an answer may have been long under way."""
        if isinstance(verdict, Refusal) and (verdict.status not in _REMEMBERED or len(verdict.body) > LARGEST_BODY):
            return
        digest = self._digest(question)
        with self._lock:
            self._held[digest] = (asked_at + self._seconds, verdict)
            self._held.move_to_end(digest)
            while len(self._held) > self._entries:
                self._held.popitem(last=False)

    def now(self) -> float:
        """The time by which entries end."""
        return self._monotonic()

    def __len__(self) -> int:
        """How many entries are held."""
        return len(self._held)

    def _digest(self, question: Question) -> bytes:
        authorization = dict(question.headers)["Authorization"]
        text = f"{question.target}\n{authorization}".encode()
        return hashlib.blake2b(text, digest_size=32, key=self._key).digest()

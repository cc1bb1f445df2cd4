"""Answers that come twice, as from a proxy that repeats them."""

from typing import Any
from weakref import WeakKeyDictionary


class LastAnswers:
    """The id of the last answer on each connection.

    An HTTP client keeps what comes unasked, takes a repeated answer for the one to the next request, and from then on
    every answer on that connection for the one after it. Every answer of the server has an id of its own.
    """

    def __init__(self) -> None:
        self._last: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def repeats(self, connection: Any, request_id: str | None) -> bool:
        """Whether the answer that begins is the one that came last on ``connection``, which is then to be ended.

        Args:
            connection: The network stream. None where there is none, as in tests of an application.
            request_id: The answer's ``X-Request-Id``.
        """
        if connection is None or request_id is None:
            return False
        if self._last.get(connection) == request_id:
            return True
        self._last[connection] = request_id
        return False

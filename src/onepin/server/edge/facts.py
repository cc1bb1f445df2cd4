"""What is known of a request from its first moment: its id, when it came, and under which address it was asked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from onepin.server.ids import microseconds, uuid7_text
from onepin.server.limits.address import client_address
from onepin.server.setting_values import Network


class Facts:
    """Put into the ASGI scope by ``edge/asgi.py``, read by everything that answers.

    ``id``: the request's id as text; ``timestamp``: ``received_at`` as it stands in answers (RFC 3339, UTC, ``Z``,
    milliseconds). Both are on every answer, so they are made as text at once.
    """

    __slots__ = ("_host", "_public_url", "_scheme", "id", "received_at", "timestamp")

    def __init__(self, received_at: datetime, public_url: str | None, scheme: str, host: bytes) -> None:
        micros = microseconds(received_at)
        self.id = uuid7_text(micros)
        self.received_at = received_at
        self.timestamp = f"{_to_the_second(micros // 1_000_000)}.{micros // 1000 % 1000:03d}Z"
        self._public_url, self._scheme, self._host = public_url, scheme, host

    @property
    def base_url(self) -> str:
        """The address of the service, without a slash at the end: as configured, else as this request has it."""
        return self._public_url or f"{self._scheme}://{self._host.decode('latin-1').lower()}"

    @classmethod
    def of(cls, scope: Any) -> "Facts":
        """The facts of the request that ``scope`` belongs to."""
        facts: Facts = scope["onepin"]
        return facts


def requester(scope: Any, trusted: Sequence[Network]) -> str:
    """The address of the client, as our proxies (``trusted``) name it."""
    peer = (scope.get("client") or ("",))[0]
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return client_address(peer, forwarded, trusted)


@lru_cache(4)
def _to_the_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:-6]

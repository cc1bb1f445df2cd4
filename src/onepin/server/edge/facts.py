"""What is known of a request from its first moment: its id, when it came, and under which address it was asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Facts:
    """Put into the ASGI scope by ``edge/asgi.py``, read by everything that answers."""

    request_id: UUID
    received_at: datetime
    base_url: str

    @classmethod
    def of(cls, scope: Any) -> "Facts":
        """The facts of the request that ``scope`` belongs to."""
        facts: Facts = scope["onepin"]
        return facts

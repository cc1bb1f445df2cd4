"""Who calls: the key that a request was admitted with."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """An API key that is good now, as the server knows it. It never holds the secret.

    Attributes:
        key_id: The key; the same over its whole life, a rotation makes a new one.
        workspace_id: Whose key it is. Keep your customers' data apart by this.
        creator: The person who made the key, if known. Not necessarily the one who uses it.
        name: What people called the key.
        scopes: What the key may do.
    """

    key_id: UUID
    workspace_id: UUID
    creator: UUID | None
    name: str
    scopes: frozenset[str]

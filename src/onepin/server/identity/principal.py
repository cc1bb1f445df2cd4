"""Who is calling, made once by the gate and carried on as a value."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from onepin.server.identity.session import SessionClaims
from onepin.server.records import KeyRecord
from onepin.server.workspaces import Person


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller: a person by session, or an API key."""

    kind: Literal["clerk", "api_key"]
    user_id: UUID | None
    claims: SessionClaims | None = None
    person: Person | None = None
    key: KeyRecord | None = None

"""Who is calling, made once by the gate and carried on as a value."""

from typing import Literal, NamedTuple
from uuid import UUID

from onepin.server.identity.session import SessionClaims
from onepin.server.people import Person
from onepin.server.records import PresentedKey


class Principal(NamedTuple):
    """A verified caller: a person by session, or an API key."""

    kind: Literal["clerk", "api_key"]
    user_id: UUID | None
    claims: SessionClaims | None = None
    person: Person | None = None
    key: PresentedKey | None = None

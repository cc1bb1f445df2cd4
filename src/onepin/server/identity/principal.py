"""Who is calling, made once by the gate and carried on as a value."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from onepin.server.audit import Actor
from onepin.server.identity.session import SessionClaims
from onepin.server.records import KeyRecord, MembershipRecord
from onepin.server.workspaces import Person


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller: a person by session, or an API key."""

    kind: Literal["clerk", "api_key"]
    user_id: UUID | None
    claims: SessionClaims | None = None
    person: Person | None = None
    key: KeyRecord | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a handler gets: the caller, their place in the workspace if the route has one, and the request's id."""

    principal: Principal
    membership: MembershipRecord | None
    named_workspace: UUID | None
    request_id: UUID
    base_url: str

    @property
    def workspace_id(self) -> UUID:
        """The workspace the request acts in."""
        assert self.membership is not None, "the route needs a workspace, so the gate found one"  # noqa: S101
        return self.membership.workspace_id

    @property
    def user_id(self) -> UUID:
        """The person behind a session."""
        assert self.principal.user_id is not None, "a session always has a user"  # noqa: S101
        return self.principal.user_id

    @property
    def actor(self) -> Actor:
        """For the audit log."""
        claims = self.principal.claims
        return Actor("user", str(self.principal.user_id), self.request_id, claims.actor if claims else None)

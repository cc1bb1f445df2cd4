"""Who is calling, and is the service up."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from onepin.contract.envelopes import OPEN, WireModel


class WhoAmI(WireModel):
    """The caller as the server sees it."""

    auth_kind: Annotated[Literal["clerk", "api_key"], OPEN] = Field(
        description="`clerk`: a session token. `api_key`: a key."
    )
    user_id: UUID | None = Field(description="The person; for a key, the one who made it.")
    workspace_id: UUID | None = Field(description="A key's workspace; for a session, what X-Workspace-Id says.")
    api_key_id: UUID | None = Field(description="The key, null for a session.")
    scopes: list[str] = Field(description="Sorted. A key's scopes; for a session, those its role may grant.")


class Health(WireModel):
    """The process runs."""

    status: Literal["ok"]
    version: str


class Readiness(WireModel):
    """Whether the process should get traffic, and why not."""

    status: Literal["ready", "unavailable"]
    reasons: list[str] = Field(description="What it waits for: `draining`, `database`, `session_keys`, `pepper`.")


class SignInCode(WireModel):
    """A session made from a one-time sign-in link."""

    token: str = Field(description="A session token, good for one hour at most.")
    expires_at: str = Field(description="When it ends, RFC 3339 in UTC.")

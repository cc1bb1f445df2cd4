"""Who is calling, and is the service up."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from onepin.contract.envelopes import OPEN, RequestModel, WireModel


class WhoAmI(WireModel):
    """The caller as the server sees it."""

    auth_kind: Annotated[Literal["clerk", "api_key"], OPEN] = Field(
        description="`clerk`: a session token. `api_key`: a key."
    )
    user_id: UUID | None = Field(
        description="The signed-in person; for a key, whoever made it, null where that is not known."
    )
    workspace_id: UUID | None = Field(
        description="A key's workspace; for a session what X-Workspace-Id says, null without it."
    )
    api_key_id: UUID | None = Field(description="The key, null for a session.")
    scopes: list[str] = Field(
        description="Sorted. A key's scopes; for a session those its role in the workspace may grant, for a viewer "
        "those that end in `:read`."
    )


class Health(WireModel):
    """The process runs."""

    status: Literal["ok"] = Field(description="Always `ok`: a process that does not run can't answer.")
    version: str = Field(description="The version of the server.")


class Readiness(WireModel):
    """Whether the process should get traffic, and why not."""

    status: Literal["ready", "unavailable"] = Field(
        description="`ready`: send traffic here (200). `unavailable`: send it elsewhere for now (503)."
    )
    reasons: list[str] = Field(
        description="What it waits for: `draining`, `database`, `session_keys`, `pepper`. Empty when ready."
    )


class SignInLink(RequestModel):
    """The one-time link that somebody signs in with."""

    code: str = Field(description="What follows `#sign-in=` in the link: 43 characters, good for 10 minutes and once.")


class SignInCode(WireModel):
    """A session made from a one-time sign-in link."""

    token: str = Field(description="A session token: an hour after a sign-in link, 5 minutes after a refresh.")
    expires_at: str = Field(description="When the token ends (RFC 3339, UTC).")

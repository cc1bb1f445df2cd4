"""Verification on the wire: a service asks about a key that it holds in its hand."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from onepin.contract.envelopes import OPEN, RequestModel, WireModel

COST_MAX = 1_000_000


class VerifyCode(StrEnum):
    """What is to be said about a key; ``VALID`` alone means that the request may go on."""

    VALID = "VALID"
    INVALID_API_KEY = "INVALID_API_KEY"
    PAUSED = "PAUSED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    RATE_LIMITED = "RATE_LIMITED"
    WORKSPACE_MISMATCH = "WORKSPACE_MISMATCH"


class VerifyRequest(RequestModel):
    """A key to verify, and what it is to be used for."""

    api_key: str = Field(description="What your customer sent as their key, whatever it is: what is no key is invalid.")
    scopes: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list, max_length=50, description="Scopes the key must hold, all of them. Absent or empty: none."
    )
    cost: int = Field(
        default=1, ge=0, le=COST_MAX, description="How much of the key's limit to use. 0 looks without using any."
    )


class RateLimitState(WireModel):
    """Where a key with a limit stands."""

    limit: int = Field(description="Requests per minute.")
    remaining: int = Field(description="How many more would be admitted now.")
    reset_after: int = Field(description="Whole seconds until more are free again.")
    retry_after: int = Field(description="Whole seconds to wait before this request would be admitted; 0 when it was.")


_UNKNOWN = "null for `INVALID_API_KEY`"


class Verification(WireModel):
    """The verdict. A key that is not within your reach is `INVALID_API_KEY`, and nothing else is said of it."""

    valid: bool = Field(description="Whether the request may go on: true for `VALID` alone.")
    code: Annotated[VerifyCode, OPEN] = Field(
        description="The verdict. `INVALID_API_KEY` is also said of a key that is not within your reach."
    )
    api_key_id: UUID | None = Field(description=f"The id of the key; {_UNKNOWN}.")
    workspace_id: UUID | None = Field(description=f"The workspace that the key belongs to; {_UNKNOWN}.")
    name: str | None = Field(description=f"What people call the key; {_UNKNOWN}.")
    scopes: list[str] = Field(description="What the key may do; empty for `INVALID_API_KEY`.")
    rate_limit: RateLimitState | None = Field(
        description="Where the key stands with its limit. null for a key without one, and for one that is unknown, "
        "paused, revoked or expired."
    )

"""Signing in on a device that has no browser (RFC 8628), and the sessions that come of it, on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from onepin.contract.envelopes import RequestModel, Timestamp, WireModel

# -- bodies of the RFC, without our envelope; requests are forms (application/x-www-form-urlencoded)


class DeviceAuthorization(BaseModel):
    """What a device shows to its person, and what it asks with (RFC 8628 §3.2)."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int = Field(description="Seconds.")
    interval: int = Field(description="Seconds to wait between questions.")


class DeviceToken(BaseModel):
    """A session token, and the first time the secret that gets new ones (RFC 6749 §5.1)."""

    access_token: str = Field(description="A session token.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds.")
    refresh_token: str | None = Field(default=None, description="`pk_session_…`; only in the answer that made it.")


DeviceErrorCode = Literal[
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
    "invalid_request",
    "invalid_grant",
    "unsupported_grant_type",
]


class DeviceError(BaseModel):
    """Why there is no token (RFC 6749 §5.2, RFC 8628 §3.5)."""

    error: DeviceErrorCode
    error_description: str


# -- our own: the person's side


class DeviceRequest(WireModel):
    """A device that waits for its person."""

    user_code: str
    client: str = Field(description="What the program on the device calls itself; anybody can claim any name.")
    address: str | None = Field(description="The network address it asked from, as far as the server can tell.")
    created_at: Timestamp
    expires_at: Timestamp


class DeviceDecision(RequestModel):
    """What the person says."""

    approve: bool


class DeviceDecided(WireModel):
    """What was decided."""

    status: Literal["approved", "denied"]


class Session(WireModel):
    """A device that is signed in."""

    id: UUID
    client: str
    created_at: Timestamp
    last_used_at: Timestamp = Field(description="When it last got a session token.")
    expires_at: Timestamp = Field(description="30 days after that.")
    current: bool = Field(description="Whether it is the one that asks.")

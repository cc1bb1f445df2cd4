"""Signing in on a device that has no browser (RFC 8628), and the sessions that come of it, on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from onepin.contract.envelopes import CreatedAt, RequestModel, Timestamp, WireModel

# -- bodies of the RFC, without our envelope; requests are forms (application/x-www-form-urlencoded)


class DeviceAuthorization(BaseModel):
    """What a device shows to its person, and what it asks with (RFC 8628 §3.2)."""

    device_code: str = Field(description="What the device asks for its token with. A secret of the device.")
    user_code: str = Field(description="What the person types or compares, such as `WDJB-MJHT`.")
    verification_uri: str = Field(description="The page to type the code on.")
    verification_uri_complete: str = Field(description="The same page with the code in it.")
    expires_in: int = Field(description="For how many seconds both codes are good.")
    interval: int = Field(description="Seconds to wait between questions.")


class DeviceToken(BaseModel):
    """A session token, and the first time the secret that gets new ones (RFC 6749 §5.1)."""

    access_token: str = Field(description="A session token.")
    token_type: Literal["Bearer"] = Field(default="Bearer", description="How to send it: `Authorization: Bearer …`.")
    expires_in: int = Field(description="For how many seconds the access token is good.")
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

    error: DeviceErrorCode = Field(description="Why, for programs.")
    error_description: str = Field(description="Why, for people.")


# -- our own: the person's side


DeviceClient = Annotated[
    str, Field(description="What the program on the device calls itself; anybody can claim any name.")
]


class DeviceRequest(WireModel):
    """A device that waits for its person."""

    user_code: str = Field(description="The code that the device shows to its person, such as `WDJB-MJHT`.")
    client: DeviceClient
    address: str | None = Field(description="The network address it asked from, null where the server can't tell.")
    created_at: CreatedAt
    expires_at: Timestamp = Field(description="Until when it can be approved: 10 minutes after it began to wait.")


class DeviceDecision(RequestModel):
    """What the person says."""

    approve: bool = Field(description="true: it signs in as you. false: it is refused.")


class DeviceDecided(WireModel):
    """What was decided."""

    status: Literal["approved", "denied"] = Field(description="What the device is told when it asks next.")


class Session(WireModel):
    """A device that is signed in."""

    id: UUID = Field(description="The id of the session.")
    client: DeviceClient
    created_at: CreatedAt
    last_used_at: Timestamp = Field(description="When it last got a session token (RFC 3339, UTC).")
    expires_at: Timestamp = Field(description="When it ends unless it is used before: 30 days after `last_used_at`.")
    current: bool = Field(description="Whether it is the one that asks.")

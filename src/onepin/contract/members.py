"""The people of a workspace, and those invited to it, on the wire."""

import re
import unicodedata
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from onepin.contract.envelopes import OPEN, RequestModel, Timestamp, WireModel
from onepin.contract.workspaces import Role

EMAIL_MAX = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_UNFIT = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}


def _email(value: str) -> str:
    """In lower case, without outer white space. Only its owner's mail server could say whether it exists."""
    email = unicodedata.normalize("NFC", value.strip()).lower()
    if len(email) > EMAIL_MAX or not _EMAIL.fullmatch(email) or any(unicodedata.category(c) in _UNFIT for c in email):
        raise ValueError("must be an e-mail address such as ann@example.com")
    return email


Email = Annotated[
    str,
    AfterValidator(_email),
    Field(
        description="The address of the person to invite; case does not matter.",
        json_schema_extra={"format": "email", "minLength": 3, "maxLength": EMAIL_MAX},
        examples=["ann@example.com"],
    ),
]


class MemberUpdate(RequestModel):
    """A change of a member's role. Absent and null leave it as it is."""

    role: Role | None = None


class InviteCreate(RequestModel):
    """Who is invited, and as what."""

    email: Email
    role: Role


class InviteUpdate(RequestModel):
    """A change of the role that an invite promises. Absent and null leave it as it is."""

    role: Role | None = None


class WorkspaceMember(WireModel):
    """A member, or somebody whose invite is pending."""

    id: UUID = Field(description="The member's id, which is their user id; for an invite, the id of the invite.")
    email: str = Field(description="Empty when it is not known.")
    role: Annotated[Role, OPEN]
    status: Annotated[Literal["active", "invited"], OPEN]
    user_id: UUID | None = Field(description="null for an invite.")
    first_name: str | None
    last_name: str | None
    image_url: str | None
    last_active_at: Timestamp | None = Field(description="When they last did something in this workspace.")


class Invite(WireModel):
    """An invite to a workspace."""

    id: UUID
    email: str
    role: Annotated[Role, OPEN]
    status: Annotated[Literal["pending", "accepted", "revoked", "expired"], OPEN]
    expires_at: Timestamp = Field(description="14 days after it was made.")
    invited_by: UUID = Field(description="The user who made it.")
    created_at: Timestamp


class InviteCreated(Invite):
    """An invite just made, with its token: the only answer that ever carries it."""

    token: str = Field(repr=False, description="What accepting takes. Returned exactly once.")
    link: str = Field(repr=False, description="The link to send to the person: no mail is sent. Holds the token.")


class InviteAccepted(WireModel):
    """Where the caller is a member now."""

    workspace_id: UUID

"""The people of a workspace, and those invited to it, on the wire."""

import re
import unicodedata
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from onepin.contract.envelopes import OPEN, CreatedAt, RequestModel, Timestamp, WireModel
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


_ROLES = "`viewer` reads keys, `editor` also makes and changes them, `admin` also manages people and the workspace."
_AS_TOLD = "as their sign-in tells it; null where it does not."


class MemberUpdate(RequestModel):
    """A change of a member's role. Absent and null leave it as it is."""

    role: Role | None = Field(default=None, description=f"What the member is from now on. null: as it is. {_ROLES}")


class InviteCreate(RequestModel):
    """Who is invited, and as what."""

    email: Email
    role: Role = Field(description=f"What the person will be. {_ROLES}")


class InviteUpdate(RequestModel):
    """A change of the role that an invite promises. Absent and null leave it as it is."""

    role: Role | None = Field(default=None, description=f"What the person will be. null: as it is. {_ROLES}")


class WorkspaceMember(WireModel):
    """A member, or somebody whose invite is pending."""

    id: UUID = Field(description="The member's id, which is their user id; for an invite, the id of the invite.")
    email: str = Field(description="Their e-mail address, empty when it is not known.")
    role: Annotated[Role, OPEN] = Field(description=f"What they are; for an invite, what they will be. {_ROLES}")
    status: Annotated[Literal["active", "invited"], OPEN] = Field(
        description="`active`: a member. `invited`: their invite is pending."
    )
    user_id: UUID | None = Field(description="The id of the person; null for an invite.")
    first_name: str | None = Field(description=f"Their first name, {_AS_TOLD}")
    last_name: str | None = Field(description=f"Their last name, {_AS_TOLD}")
    image_url: str | None = Field(description=f"Their picture, {_AS_TOLD}")
    last_active_at: Timestamp | None = Field(
        description="When they last did something in this workspace, to the minute (RFC 3339, UTC); null: never."
    )


class Invite(WireModel):
    """An invite to a workspace."""

    id: UUID = Field(description="The id of the invite.")
    email: str = Field(description="The address that was invited, in lower case.")
    role: Annotated[Role, OPEN] = Field(description=f"What the person will be. {_ROLES}")
    status: Annotated[Literal["pending", "accepted", "revoked", "expired"], OPEN] = Field(
        description="`pending`: can be accepted. `accepted`, `revoked` and `expired` are final."
    )
    expires_at: Timestamp = Field(description="Until when it can be accepted: 14 days after it was made.")
    invited_by: UUID = Field(description="The user who made it.")
    created_at: CreatedAt


class InviteCreated(Invite):
    """An invite just made, with its token: the only answer that ever carries it."""

    token: str = Field(repr=False, description="What accepting takes. Returned exactly once.")
    link: str = Field(repr=False, description="The link to send to the person: no mail is sent. Holds the token.")


class InviteAccepted(WireModel):
    """Where the caller is a member now."""

    workspace_id: UUID = Field(description="The workspace that the caller is a member of now.")

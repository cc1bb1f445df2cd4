"""Workspaces on the wire."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from onepin.contract.envelopes import OPEN, CreatedAt, QueryInt, RequestModel, UpdatedAt, WireModel
from onepin.contract.text import clean_name, name_field

Role = Literal["admin", "editor", "viewer"]
WORKSPACE_NAME_MAX = 200
SLUG_MAX = 50
SLUG_IS = "Names the workspace in addresses; unique in the deployment."
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _name(value: str) -> str:
    return clean_name(value, longest=WORKSPACE_NAME_MAX)


def _slug(value: str) -> str:
    if len(value) > SLUG_MAX or not SLUG.fullmatch(value):
        raise ValueError(f"must be 1 to {SLUG_MAX} lower-case letters, digits and single hyphens between them")
    return value


Name = Annotated[
    str,
    AfterValidator(_name),
    name_field("workspace", longest=WORKSPACE_NAME_MAX),
]
Slug = Annotated[
    str,
    AfterValidator(_slug),
    Field(
        description=SLUG_IS,
        json_schema_extra={"minLength": 1, "maxLength": SLUG_MAX, "pattern": f"^{SLUG.pattern}$"},
    ),
]
COLOR_IS = "Which of seven colours the workspace is shown in."
ColorIdx = Annotated[int, Field(ge=0, le=6, description=COLOR_IS)]


class WorkspaceCreate(RequestModel):
    """A new workspace; its creator becomes owner and admin."""

    name: Name
    slug: Slug | None = Field(default=None, description=f"{SLUG_IS} Absent or null: made from the name.")
    color_idx: ColorIdx = 0


class WorkspaceUpdate(RequestModel):
    """Changes to a workspace. Absent and null leave a field as it is."""

    name: Name | None = Field(default=None, description="What to call the workspace from now on. null: as it is.")
    slug: Slug | None = Field(default=None, description=f"{SLUG_IS} null: as it is.")
    color_idx: ColorIdx | None = Field(default=None, description=f"{COLOR_IS} null: as it is.")


class WorkspaceListQuery(RequestModel):
    """Which page of workspaces."""

    offset: QueryInt = Field(default=0, ge=0, le=2**53 - 1, description="How many workspaces to skip.")
    limit: QueryInt = Field(default=20, ge=1, le=100, description="How many workspaces on a page.")


class SlugQuery(RequestModel):
    """A slug to ask about."""

    slug: str = Field(max_length=200, description="The slug to ask about. What can't be one is answered, not refused.")


class Workspace(WireModel):
    """A workspace: the home of keys and the people who manage them."""

    id: UUID = Field(description="The id of the workspace.")
    name: str = Field(description="What people call the workspace.")
    slug: str = Field(description=SLUG_IS)
    color_idx: int = Field(description=f"{COLOR_IS} 0 to 6.")
    created_by: UUID = Field(description="The user who made it.")
    created_at: CreatedAt
    updated_at: UpdatedAt
    organization_id: str | None = Field(description="Reserved; null.")
    routing_price_sensitivity: float = Field(description="Reserved; 0.5. Never null: clients type it so.")
    routing_llm_fit: bool = Field(description="Reserved; false. Never null: clients type it so.")


class WorkspaceSettings(WireModel):
    """What a workspace prefers; the same for all its members."""

    default_language: str | None = Field(description="A language tag such as `en-US`; null until one is set.")
    theme: str | None = Field(description="How the dashboard looks; null until one is set.")


class SlugAvailability(WireModel):
    """Whether a slug can be taken, and if not, why."""

    available: bool = Field(description="Whether a workspace can have this slug now. Nothing is reserved by asking.")
    reason: Annotated[Literal["invalid", "reserved", "taken"], OPEN] | None = Field(
        description="Why not: `invalid` can't be a slug, `reserved` is kept for the service, `taken` is another "
        "workspace's. null when it is available."
    )

"""Workspaces on the wire."""

import re
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from onepin.contract.envelopes import OPEN, QueryInt, RequestModel, Timestamp, WireModel
from onepin.contract.text import clean_name

Role = Literal["admin", "editor", "viewer"]
WORKSPACE_NAME_MAX = 200
SLUG_MAX = 50
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _name(value: str) -> str:
    return clean_name(value, longest=WORKSPACE_NAME_MAX)


def _slug(value: str) -> str:
    if len(value) > SLUG_MAX or not SLUG.fullmatch(value):
        raise ValueError(f"must be 1 to {SLUG_MAX} lower-case letters, digits and single hyphens between them")
    return value


Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"minLength": 1, "maxLength": WORKSPACE_NAME_MAX})]
Slug = Annotated[
    str,
    AfterValidator(_slug),
    Field(
        description="Names the workspace in addresses; unique in the deployment.",
        json_schema_extra={"minLength": 1, "maxLength": SLUG_MAX, "pattern": f"^{SLUG.pattern}$"},
    ),
]
ColorIdx = Annotated[int, Field(ge=0, le=6, description="Which of seven colours the workspace is shown in.")]


class WorkspaceCreate(RequestModel):
    """A new workspace; its creator becomes owner and admin."""

    name: Name
    slug: Slug | None = Field(default=None, description="Derived from the name when absent.")
    color_idx: ColorIdx = 0


class WorkspaceUpdate(RequestModel):
    """Changes to a workspace. Absent and null leave a field as it is."""

    name: Name | None = None
    slug: Slug | None = None
    color_idx: ColorIdx | None = None


class WorkspaceListQuery(RequestModel):
    """Which page of workspaces."""

    offset: QueryInt = Field(default=0, ge=0, le=2**53 - 1)
    limit: QueryInt = Field(default=20, ge=1, le=100)


class SlugQuery(RequestModel):
    """A slug to ask about."""

    slug: str = Field(max_length=200)


class Workspace(WireModel):
    """A workspace: the home of keys and the people who manage them."""

    id: UUID
    name: str
    slug: str
    color_idx: int
    created_by: UUID
    created_at: Timestamp
    updated_at: Timestamp
    organization_id: str | None = Field(description="Reserved; null.")
    routing_price_sensitivity: float = Field(description="Reserved; 0.5. Never null: clients type it so.")
    routing_llm_fit: bool = Field(description="Reserved; false. Never null: clients type it so.")


class WorkspaceSettings(WireModel):
    """What a workspace prefers; the same for all its members."""

    default_language: str | None = Field(description="A language tag such as `en-US`; null until somebody sets one.")
    theme: str | None = Field(description="null until somebody sets one.")


class SlugAvailability(WireModel):
    """Whether a slug can be taken, and if not, why."""

    available: bool
    reason: Annotated[Literal["invalid", "reserved", "taken"], OPEN] | None

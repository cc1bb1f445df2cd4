"""API keys on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from onepin.contract.envelopes import QueryInt, RequestModel, Timestamp, WireModel
from onepin.contract.scopes import DEFAULT_SCOPES, SCOPES
from onepin.contract.text import clean_name

NAME_MAX = 120
RATE_LIMIT_MAX = 1_000_000
DEFAULT_RATE_LIMIT_PER_MIN = 1000
GRACE_MAX = 604_800
OFFSET_MAX = 2**53 - 1
PAGE_MAX, PAGE_DEFAULT = 100, 50
KEY_TYPE_NOTE = "Phase 1 supports live keys only; `test` and `public` are reserved."


def _name(value: str) -> str:
    return clean_name(value, longest=NAME_MAX)


def _key_type(value: str) -> str:
    if value in ("test", "public"):
        raise ValueError(f"{value} is reserved and not available yet; use live")
    if value != "live":
        raise ValueError("must be live")
    return value


def _scopes(value: list[str], info: ValidationInfo) -> list[str]:
    """De-duplicated, order kept. The deployment's scopes come as ``context={"scopes": …}``; without, any are taken."""
    allowed = (info.context or {}).get("scopes")
    for position, scope in enumerate(value):
        if allowed is not None and scope not in allowed:
            raise ValueError(f"item {position} is not a scope of this deployment; choose from {', '.join(allowed)}")
    return list(dict.fromkeys(value))


def _drop_nulls_in_schema(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Name = Annotated[
    str,
    AfterValidator(_name),
    Field(
        description="What people call the key. Outer white space is cut and the text is normalised (NFC).",
        json_schema_extra={"minLength": 1, "maxLength": NAME_MAX},
        examples=["Production key"],
    ),
]
Scopes = Annotated[
    list[str],
    AfterValidator(_scopes),
    Field(
        max_length=200,
        description="What the key may do. An empty list is a key that may only ask who it is.",
        json_schema_extra={"items": {"type": "string", "enum": list(SCOPES)}},
    ),
]
RateLimit = Annotated[
    int,
    Field(ge=1, le=RATE_LIMIT_MAX, description="Requests per minute. null: no limit."),
]
KeyType = Annotated[
    str,
    AfterValidator(_key_type),
    Field(description=KEY_TYPE_NOTE, json_schema_extra={"enum": ["live"]}),
]


class ApiKeyCreate(RequestModel):
    """A new key. Only the name is needed."""

    name: Name
    scopes: Scopes = Field(default=list(DEFAULT_SCOPES))
    rate_limit_per_min: RateLimit | None = Field(default=DEFAULT_RATE_LIMIT_PER_MIN)
    key_type: KeyType = Field(default="live")


class ApiKeyUpdate(RequestModel):
    """Changes to a key. Absent and null leave a field as it is, except `rate_limit_per_min`: null removes the limit."""

    name: Name | None = None
    scopes: Scopes | None = None
    rate_limit_per_min: RateLimit | None = None
    active: bool | None = Field(default=None, description="false pauses the key, true resumes it.")


class ApiKeyRotate(RequestModel):
    """How to rotate; the body may be left out."""

    grace_seconds: int = Field(
        default=0, ge=0, le=GRACE_MAX, description="How long the old key keeps working beside the new one, in seconds."
    )


Include = Annotated[
    Literal["creator_left"],
    Field(
        description="`creator_left`: also say of each key whether who made it is no member of the workspace any more."
    ),
]


class ApiKeyListQuery(RequestModel):
    """Which keys to list."""

    offset: QueryInt = Field(default=0, ge=0, le=OFFSET_MAX, description="How many keys to skip.")
    limit: QueryInt = Field(default=PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many keys on a page.")
    status: Literal["active", "revoked", "all"] = Field(
        default="active",
        description="`active`: usable now. `revoked`: paused or revoked. `all`: every key ever made.",
    )
    include: Include | None = None


class ApiKeyQuery(RequestModel):
    """What to tell of a key."""

    include: Include | None = None


class ApiKeyFields(WireModel):
    """An API key as it is shown. The secret is never in it."""

    id: UUID
    workspace_id: UUID
    created_by: UUID | None = Field(description="The user who made it.")
    name: str
    key_type: str
    key_prefix: str = Field(description="How the secret begins.")
    key_suffix: str = Field(description="The first 8 random characters of the secret, all that is ever shown again.")
    scopes: list[str]
    active: bool = Field(description="false while paused and for good once revoked.")
    last_used_at: Timestamp | None
    rate_limit_per_min: int | None = Field(description="Requests per minute, or null for no limit.")
    revoked_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    preview: str = Field(description="key_prefix and key_suffix together.")


class ApiKey(ApiKeyFields):
    """An API key; in grace after a rotation it also says when it ends."""

    expires_at: Timestamp | None = Field(
        default=None,
        description="Present only while the key is in grace after a rotation.",
        json_schema_extra=_drop_nulls_in_schema,
    )
    creator_left: bool | None = Field(
        default=None,
        description="Whether who made it is no member any more. Present only when asked for by `include`.",
        json_schema_extra=_drop_nulls_in_schema,
    )


class ApiKeyCreated(ApiKeyFields):
    """A key just made, with its secret: the only answer that ever carries it."""

    api_key: str = Field(repr=False, description="The plaintext secret. Returned exactly once, on create and rotate.")

    @model_validator(mode="after")
    def _preview_begins_the_secret(self) -> "ApiKeyCreated":
        if not self.api_key.startswith(self.preview):
            raise ValueError("the secret must begin with its preview")
        return self


class ApiKeyRotated(WireModel):
    """The two keys of a rotation."""

    old_key: ApiKey
    new_key: ApiKeyCreated

"""API keys on the wire."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from onepin.contract.envelopes import CreatedAt, QueryInt, RequestModel, Timestamp, UpdatedAt, WireModel
from onepin.contract.scopes import DEFAULT_SCOPES, SCOPES
from onepin.contract.text import clean_name, name_field

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
    name_field("key", longest=NAME_MAX, examples=["Production key"]),
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
RATE_LIMIT = "Requests per minute that the key may make. null: no limit."
RateLimit = Annotated[int, Field(ge=1, le=RATE_LIMIT_MAX)]
KeyId = Annotated[UUID, Field(description="The id of the key. It is no secret.")]
KeyName = Annotated[str, Field(description="What people call the key.")]
KeyPreview = Annotated[
    str, Field(description="`key_prefix` and `key_suffix` together: how the secret begins, to tell keys apart.")
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
    rate_limit_per_min: RateLimit | None = Field(default=DEFAULT_RATE_LIMIT_PER_MIN, description=RATE_LIMIT)
    key_type: KeyType = Field(default="live")


class ApiKeyUpdate(RequestModel):
    """Changes to a key. Absent and null leave a field as it is, except `rate_limit_per_min`: null removes the limit."""

    name: Name | None = Field(default=None, description="What to call the key from now on. null: as it is.")
    scopes: Scopes | None = Field(
        default=None, description="What the key may do from now on, in place of what it could. null: as it is."
    )
    rate_limit_per_min: RateLimit | None = Field(
        default=None, description=f"{RATE_LIMIT} Leave it out to keep the limit as it is."
    )
    active: bool | None = Field(
        default=None,
        description="false pauses the key, true resumes it. null: as it is. A revoked key can't come back.",
    )


class ApiKeyRotate(RequestModel):
    """How to rotate; the body may be left out."""

    grace_seconds: int = Field(
        default=0,
        ge=0,
        le=GRACE_MAX,
        description="How long the old key keeps working beside the new one, in seconds. 0: it ends at once.",
    )


Include = Literal["creator_left"]
INCLUDE = "`creator_left`: also say of each key whether who made it is no member of the workspace any more."


class ApiKeyListQuery(RequestModel):
    """Which keys to list."""

    offset: QueryInt = Field(default=0, ge=0, le=OFFSET_MAX, description="How many keys to skip.")
    limit: QueryInt = Field(default=PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many keys on a page.")
    status: Literal["active", "revoked", "all"] = Field(
        default="active",
        description="`active`: usable now. `revoked`: paused or revoked. `all`: every key ever made.",
    )
    include: Include | None = Field(default=None, description=INCLUDE)


class ApiKeyQuery(RequestModel):
    """What to tell of a key."""

    include: Include | None = Field(default=None, description=INCLUDE)


class ApiKeyFields(WireModel):
    """An API key as it is shown. The secret is never in it."""

    id: KeyId
    workspace_id: UUID = Field(description="The workspace that the key belongs to, for good.")
    created_by: UUID | None = Field(
        description="The user who made it, also after they left the workspace; null where that is not known."
    )
    name: KeyName
    key_type: str = Field(description="What kind of key it is: `live`. Others are reserved.")
    key_prefix: str = Field(description="How the secret begins: the brand of the deployment and the key's type.")
    key_suffix: str = Field(description="The first 8 random characters of the secret, all that is ever shown again.")
    scopes: list[str] = Field(description="What the key may do, in the order in which it was said, each once.")
    active: bool = Field(description="false while paused, and for good once revoked.")
    last_used_at: Timestamp | None = Field(
        description="When the key was last presented, some seconds late (RFC 3339, UTC); null: never."
    )
    rate_limit_per_min: int | None = Field(description=RATE_LIMIT)
    revoked_at: Timestamp | None = Field(
        description="When it was revoked, or its grace ended (RFC 3339, UTC); null unless it is revoked."
    )
    created_at: CreatedAt
    updated_at: UpdatedAt
    preview: KeyPreview


class ApiKey(ApiKeyFields):
    """An API key; in grace after a rotation it also says when it ends."""

    expires_at: Timestamp | None = Field(
        default=None,
        description="When the key ends (RFC 3339, UTC). Present only while it is in grace after a rotation.",
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

    old_key: ApiKey = Field(description="The key that was replaced: revoked now, or in grace until its `expires_at`.")
    new_key: ApiKeyCreated = Field(description="The key that takes its place, with its secret.")

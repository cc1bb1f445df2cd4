"""What to send for each operation, and what comes back. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

from onepin.client.models import Caller, CreatedKey, RotatedKeys
from onepin.client.secret import Secret
from onepin.contract.api_keys import ApiKey
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel
from onepin.contract.usage import ActivityEvent, FeedEnvelope, KeyUsage, UsageSummary, Window
from onepin.contract.verification import Verification
from onepin.contract.workspaces import SlugAvailability, Workspace, WorkspaceSettings

E = TypeVar("E", bound=WireModel)
F = TypeVar("F", bound=WireModel)
Id = str | UUID
Ids = dict[str, Id]
Status = Literal["active", "revoked", "all"]
Include = Literal["creator_left"]


class NotGiven(Enum):
    """The type of ``NOT_GIVEN``."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN
"""For arguments where None means something: this one was left out."""


class Safety(Enum):
    """Whether a call may be sent again when it is not known what became of it.

    Deleting a workspace, a member or an invite is ONCE: the second time is refused, which would read as a failure.
    """

    SAFE = "it changes nothing, or the second time changes nothing more"
    KEYED = "the server knows it again by its Idempotency-Key"
    ONCE = "only when the server said that it did nothing"


@dataclass(frozen=True)
class Call(Generic[E]):
    """One operation. ``path`` begins with a slash; ``route`` is the path as logs may show it."""

    method: str
    path: str = field(repr=False)  # that of an invite holds its token
    envelope: type[E]
    route: str
    safety: Safety
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    workspace_id: Id | None = None
    idempotency_key: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    timeout: float | None = None
    max_retries: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    """A body as OAuth has it, instead of JSON."""
    anonymous: bool = False
    """Whether it goes without the client's credential and workspace."""

    def at(self, **query: str) -> "Call[E]":
        """The same list, from another place on."""
        return replace(self, query={**self.query, **query})

    def read_as(self, envelope: type[F]) -> "Call[F]":
        """The same call, its answer read as another model."""
        return cast("Call[F]", replace(self, envelope=cast(Any, envelope)))


# API keys


def list_keys(
    *, status: Status | None, limit: int | None, offset: int | None, include: Include | None = None
) -> Call[ListEnvelope[ApiKey]]:
    query = _query(status=status, limit=limit, offset=offset, include=include)
    return call_of("GET", "/api/v1/api-keys", ListEnvelope[ApiKey], query=query)


def create_key(
    *,
    name: str,
    scopes: Sequence[str] | None,
    rate_limit_per_min: int | NotGiven | None,
    key_type: str | None,
    idempotency_key: str | None,
) -> Call[Envelope[CreatedKey]]:
    body = body_of(name=name, scopes=_listed(scopes), key_type=key_type)
    if rate_limit_per_min is not NOT_GIVEN:
        body["rate_limit_per_min"] = rate_limit_per_min
    call = call_of("POST", "/api/v1/api-keys", Envelope[CreatedKey], safety=Safety.KEYED, body=body)
    return replace(call, idempotency_key=idempotency_key)


def get_key(key_id: Id, *, include: Include | None = None) -> Call[Envelope[ApiKey]]:
    return call_of(
        "GET", "/api/v1/api-keys/{key_id}", Envelope[ApiKey], query=_query(include=include), ids=Ids(key_id=key_id)
    )


def update_key(
    key_id: Id,
    *,
    name: str | None = None,
    scopes: Sequence[str] | None = None,
    rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
    active: bool | None = None,
) -> Call[Envelope[ApiKey]]:
    body = body_of(name=name, scopes=_listed(scopes), active=active)
    if rate_limit_per_min is not NOT_GIVEN:
        body["rate_limit_per_min"] = rate_limit_per_min
    return call_of(
        "PATCH", "/api/v1/api-keys/{key_id}", Envelope[ApiKey], safety=Safety.ONCE, body=body, ids=Ids(key_id=key_id)
    )


def revoke_key(key_id: Id) -> Call[Envelope[ApiKey]]:
    return call_of("DELETE", "/api/v1/api-keys/{key_id}", Envelope[ApiKey], ids=Ids(key_id=key_id))


def rotate_key(key_id: Id, *, grace_seconds: int | None, idempotency_key: str | None) -> Call[Envelope[RotatedKeys]]:
    body = None if grace_seconds is None else {"grace_seconds": grace_seconds}
    path = "/api/v1/api-keys/{key_id}/rotate"
    call = call_of("PATCH", path, Envelope[RotatedKeys], safety=Safety.KEYED, body=body, ids=Ids(key_id=key_id))
    return replace(call, idempotency_key=idempotency_key)


def key_usage(key_id: Id, *, window: Window | None) -> Call[Envelope[KeyUsage]]:
    query = _query(window=window)
    return call_of("GET", "/api/v1/api-keys/{key_id}/usage", Envelope[KeyUsage], query=query, ids=Ids(key_id=key_id))


def verify_key(
    api_key: str | Secret, *, scopes: Sequence[str] | None, cost: int | None
) -> Call[Envelope[Verification]]:
    text = api_key.reveal() if isinstance(api_key, Secret) else api_key
    body = body_of(api_key=text, scopes=_listed(scopes), cost=cost)
    # Sent again after a lost answer: at worst one request counts twice, and the customer is not turned away.
    call = call_of("POST", "/api/v1/auth/verify", Envelope[Verification], safety=Safety.SAFE, body=body)
    return replace(call, secrets=(text,) if isinstance(text, str) and text else ())


# The caller


def whoami() -> Call[Envelope[Caller]]:
    return call_of("GET", "/api/v1/auth/whoami", Envelope[Caller])


# Workspaces


def list_workspaces(*, limit: int | None, offset: int | None) -> Call[ListEnvelope[Workspace]]:
    return call_of("GET", "/api/v1/workspaces", ListEnvelope[Workspace], query=_query(limit=limit, offset=offset))


def create_workspace(*, name: str, slug: str | None, color_idx: int | None) -> Call[Envelope[Workspace]]:
    body = body_of(name=name, slug=slug, color_idx=color_idx)
    return call_of("POST", "/api/v1/workspaces", Envelope[Workspace], safety=Safety.ONCE, body=body)


def get_workspace(workspace_id: Id) -> Call[Envelope[Workspace]]:
    return call_of("GET", "/api/v1/workspaces/{workspace_id}", Envelope[Workspace], ids=Ids(workspace_id=workspace_id))


def update_workspace(
    workspace_id: Id, *, name: str | None, slug: str | None, color_idx: int | None
) -> Call[Envelope[Workspace]]:
    body = body_of(name=name, slug=slug, color_idx=color_idx)
    path = "/api/v1/workspaces/{workspace_id}"
    return call_of(
        "PATCH", path, Envelope[Workspace], safety=Safety.ONCE, body=body, ids=Ids(workspace_id=workspace_id)
    )


def delete_workspace(workspace_id: Id) -> Call[Envelope[WireModel]]:
    path = "/api/v1/workspaces/{workspace_id}"
    return call_of("DELETE", path, Envelope[WireModel], safety=Safety.ONCE, ids=Ids(workspace_id=workspace_id))


def slug_available(slug: str) -> Call[Envelope[SlugAvailability]]:
    return call_of("GET", "/api/v1/workspaces/slug-available", Envelope[SlugAvailability], query=_query(slug=slug))


def workspace_settings(workspace_id: Id) -> Call[Envelope[WorkspaceSettings]]:
    path = "/api/v1/workspaces/{workspace_id}/settings"
    return call_of("GET", path, Envelope[WorkspaceSettings], ids=Ids(workspace_id=workspace_id))


# Usage


def usage_summary(*, window: Window | None) -> Call[Envelope[UsageSummary]]:
    return call_of("GET", "/api/v1/usage/summary", Envelope[UsageSummary], query=_query(window=window))


def usage_activity(
    *, limit: int | None, cursor: Id | None, action: str | None, target_id: Id | None
) -> Call[FeedEnvelope[ActivityEvent]]:
    query = _query(limit=limit, cursor=cursor, action=action, target_id=target_id)
    return call_of("GET", "/api/v1/usage/activity", FeedEnvelope[ActivityEvent], query=query)


def call_of(
    method: str,
    route: str,
    envelope: type[E],
    ids: Mapping[str, Id] | None = None,
    safety: Safety = Safety.SAFE,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Call[E]:
    """A call of ``route``, with ``ids`` in the place of the names in its braces."""
    path = route.format(**{name: _segment(name, value) for name, value in (ids or {}).items()})
    return Call(method, path, envelope, route, safety, query or {}, body)


def _segment(name: str, value: Id) -> str:
    """One segment of a path. Empty and dots would make it another path."""
    text = quote(str(value), safe="")
    if not text.strip("."):
        raise ValueError(f"{name} must be an id, not {str(value)!r}")
    return text


def _query(**values: object) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def body_of(**values: object) -> dict[str, Any]:
    """A body of what was given."""
    return {name: value for name, value in values.items() if value is not None}


def _listed(scopes: Sequence[str] | None) -> Any:
    """A list for JSON. A string is handed on as it is: its letters are no scopes, and the server says so."""
    return scopes if scopes is None or isinstance(scopes, str) else list(scopes)

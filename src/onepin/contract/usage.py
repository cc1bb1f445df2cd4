"""The use of keys, and what happened in a workspace, on the wire."""

from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, Field

from onepin.contract.api_keys import KeyId, KeyName, KeyPreview
from onepin.contract.envelopes import (
    DATA_OF_A_PAGE,
    META,
    OPEN,
    PAGINATION,
    Meta,
    QueryInt,
    RequestModel,
    Timestamp,
    WireModel,
)

T = TypeVar("T")
Window = Literal["1h", "24h", "7d", "30d", "12m"]
Granularity = Literal["minute", "hour", "day"]
FEED_MAX, FEED_DEFAULT = 100, 20
_WINDOWS = (
    "`1h` by minute, `24h` and `7d` by hour, `30d` and `12m` (365 days) by day; each ends with the minute, hour or day "
    "that is running, in UTC."
)


def _uuid(value: Any) -> Any:
    if isinstance(value, str):
        try:
            parsed = UUID(value)
        except ValueError:
            parsed = None
        if parsed is None or str(parsed) != value.lower():
            raise ValueError("must be a UUID")
        return parsed
    return value


QueryId = Annotated[UUID, BeforeValidator(_uuid)]
"""A UUID in a query string, in its usual form of 36 characters."""


class UsageQuery(RequestModel):
    """How far back to look."""

    window: Window = Field(default="24h", description=f"How far back to look. {_WINDOWS}")


class UsageCounts(WireModel):
    """How many requests, by what became of them."""

    ok: int = Field(description="How many were admitted.")
    rate_limited: int = Field(description="How many were refused because the key was over its limit (429).")
    insufficient_scope: int = Field(description="How many were refused because the key lacks a scope (403).")


class UsageBucket(UsageCounts):
    """One minute, hour or day of a series."""

    start: Timestamp = Field(description="When it begins (RFC 3339, UTC).")


class KeyUsage(WireModel):
    """How much a key was used. Counts arrive some seconds after the requests."""

    window: Annotated[Window, OPEN] = Field(description=f"What was asked for. {_WINDOWS}")
    granularity: Annotated[Granularity, OPEN] = Field(description="How long each bucket of the series is.")
    series: list[UsageBucket] = Field(description="Every bucket of the window, oldest first, also those without use.")
    totals: UsageCounts = Field(description="The sums of the series.")
    last_used_at: Timestamp | None = Field(
        description="When the key was last presented, whatever came of it (RFC 3339, UTC); null: never."
    )


class UsedKey(UsageCounts):
    """One key among the most used or most refused."""

    api_key_id: KeyId
    name: KeyName
    preview: KeyPreview


class UsageSummary(WireModel):
    """How much the keys of a workspace were used."""

    window: Annotated[Window, OPEN] = Field(description=f"What was asked for. {_WINDOWS}")
    since: Timestamp = Field(description="When the first bucket of the window begins (RFC 3339, UTC).")
    totals: UsageCounts = Field(description="The requests of all keys.")
    keys_used: int = Field(description="How many keys were used at all.")
    top_keys: list[UsedKey] = Field(description="The ten with the most requests, admitted or not.")
    refusals: list[UsedKey] = Field(description="The ten with the most requests refused, if any were.")


class ActivityQuery(RequestModel):
    """Which events to list."""

    limit: QueryInt = Field(default=FEED_DEFAULT, ge=1, le=FEED_MAX, description="How many events on a page.")
    cursor: QueryId | None = Field(
        default=None, description="Where to go on: `pagination.cursor` of the page before. Absent: the newest event."
    )
    action: str | None = Field(
        default=None, description="Only events of this action, for instance `api_key.created`. Absent: of all."
    )
    target_id: QueryId | None = Field(
        default=None,
        description="Only events about this key, workspace, invite or person, by its id. Absent: about all.",
    )


class ActivityPerson(WireModel):
    """The person behind an event."""

    id: UUID = Field(description="The id of the person.")
    name: str = Field(description="Their name, else their e-mail address, else their id.")


class ActivityResource(WireModel):
    """What an event is about."""

    type: str = Field(description="What kind of thing: `api_key`, `workspace`, `user` …")
    id: UUID | None = Field(description="The id of the thing; null where it has none.")
    name: str | None = Field(description="What people call it; null where nothing is known of that.")


class ActivityEvent(WireModel):
    """One thing that happened in a workspace: an event of its audit log."""

    id: UUID = Field(description="The id of the event; ids grow with time.")
    timestamp: Timestamp = Field(description="When it happened (RFC 3339, UTC).")
    action: str = Field(description="What happened: `api_key.created`, `workspace.updated` …")
    kind: str = Field(description="The verb of the action: `created`, `updated` …")
    actor_kind: Annotated[Literal["user", "system", "operator"], OPEN] = Field(
        description="`user`: a person. `system`: the server itself. `operator`: somebody at its command line."
    )
    user: ActivityPerson | None = Field(description="Who did it; null unless a person did.")
    resource: ActivityResource = Field(description="What the event is about.")
    metadata: dict[str, Any] = Field(description="What changed, by field. Never a secret.")
    request_id: UUID | None = Field(description="The request that did it, as in its X-Request-Id; null when none did.")


class FeedPagination(WireModel):
    """Where a page of a feed stands. A feed grows while it is read, so it has no total and no way back."""

    next: str | None = Field(description="Absolute URL of the next page, null on the last.")
    prev: None = Field(default=None, description="Always null.")
    limit: int = Field(description="The page size that was applied.")
    cursor: str | None = Field(description="What to send as `cursor` for the next page, null on the last.")


class FeedEnvelope(WireModel, Generic[T]):
    """A success that is one page of a feed, newest first."""

    data: list[T] = Field(description=DATA_OF_A_PAGE)
    pagination: FeedPagination = Field(description=PAGINATION)
    meta: Meta = Field(description=META)

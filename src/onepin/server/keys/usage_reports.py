"""Usage and audit events as somebody reads them: series, sums, the feed of what happened in a workspace."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from onepin.contract.codes import Code
from onepin.contract.usage import (
    ActivityEvent,
    ActivityPerson,
    ActivityQuery,
    ActivityResource,
    Granularity,
    KeyUsage,
    UsageBucket,
    UsageCounts,
    UsageSummary,
    UsedKey,
    Window,
)
from onepin.server.audit import Action
from onepin.server.clock import Clock
from onepin.server.errors import Refused, invalid
from onepin.server.keys.usage import DAY, HOUR, MINUTE, bucket
from onepin.server.records import AuditRecord, KeyRecord
from onepin.server.store.key_queries import KEY
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.usage_queries import (
    ACTIVITY,
    NAMES_OF_USER,
    USAGE_SUMMARY,
    numbered,
    usage_of_key,
)

TOP = 10
NEWEST = UUID(int=2**128 - 1)
_ACTIONS = frozenset(action.value for action in Action)


class Span(NamedTuple):
    """A window: ``buckets`` of ``minutes`` each, the last of them the one that is running."""

    granularity: Granularity
    minutes: int
    buckets: int

    def starts(self, now: datetime) -> list[datetime]:
        """When each bucket begins, oldest first."""
        last = bucket(now, self.minutes)
        return [last - timedelta(minutes=self.minutes * back) for back in range(self.buckets - 1, -1, -1)]


SPANS: dict[Window, Span] = {
    "1h": Span("minute", MINUTE, 60),
    "24h": Span("hour", HOUR, 24),
    "7d": Span("hour", HOUR, 7 * 24),
    "30d": Span("day", DAY, 30),
    "12m": Span("day", DAY, 365),
}


class UsageReports:
    """What can be asked about use. Every answer is about one workspace, from one snapshot of the database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of_key(self, workspace_id: UUID, key_id: UUID, window: Window) -> KeyUsage:
        """The series of a key. Raises ``Refused`` (NOT_FOUND), alike for an unknown id and another workspace's."""
        span = SPANS[window]
        starts = span.starts(self._clock.now())

        async def work(tx: Tx) -> tuple[KeyRecord | None, list[tuple[Any, ...]]]:
            key = await tx.one(KEY, workspace_id=workspace_id, id=key_id)
            where = {"workspace_id": workspace_id, "key_id": key_id, "minutes": span.minutes}
            return key, await tx.all(
                usage_of_key(len(starts)), **where, **numbered(("start",), [[start] for start in starts])
            )

        key, rows = await self._store.read(work)
        if key is None:
            raise Refused(Code.NOT_FOUND)
        found = {start: counts for start, *counts in rows}
        series = [UsageBucket(start=start, **_named(found.get(start, (0, 0, 0)))) for start in starts]
        totals = UsageCounts(**_named([sum(each) for each in zip(*found.values(), strict=True)] or (0, 0, 0)))
        return KeyUsage(
            window=window,
            granularity=span.granularity,
            series=series,
            totals=totals,
            last_used_at=key.last_used_at,
        )

    async def summary(self, workspace_id: UUID, window: Window) -> UsageSummary:
        """Sums over all keys of a workspace, and which keys stand out."""
        span = SPANS[window]
        starts = span.starts(self._clock.now())
        where = {"workspace_id": workspace_id, "minutes": span.minutes, "since": starts[0], "until": starts[-1]}
        kinds: dict[str, list[tuple[Any, ...]]] = {"all": [], "used": [], "refused": []}
        for kind, *row in await self._store.survey(USAGE_SUMMARY, **where, limit=TOP):
            kinds[kind].append(tuple(row))
        [(_, ok, rate_limited, insufficient_scope, keys_used, *_)] = kinds["all"]
        return UsageSummary(
            window=window,
            since=starts[0],
            totals=UsageCounts(ok=ok, rate_limited=rate_limited, insufficient_scope=insufficient_scope),
            keys_used=keys_used,
            top_keys=sorted(map(_used_key, kinds["used"]), key=lambda key: (-key.ok - _refused(key), key.api_key_id)),
            refusals=sorted(map(_used_key, kinds["refused"]), key=lambda key: (-_refused(key), key.api_key_id)),
        )

    async def activity(self, workspace_id: UUID, query: ActivityQuery) -> tuple[list[ActivityEvent], UUID | None]:
        """A page of events, newest first, and the cursor of the next one. Raises ``Refused`` (VALIDATION_ERROR) for an
        action that there is not, since an empty page would look as if nothing had happened.
        """
        if query.action is not None and query.action not in _ACTIONS:
            raise invalid("action", f"must be one of {', '.join(sorted(_ACTIONS))}", location="query")
        asked = ACTIVITY[query.action is not None, query.target_id is not None]

        async def work(tx: Tx) -> list[ActivityEvent]:
            rows = await tx.all(
                asked,
                workspace_id=workspace_id,
                before=query.cursor or NEWEST,
                action=query.action,
                target_id=query.target_id,
                limit=query.limit + 1,
            )
            names = await _names(tx, (event.actor_id for event, _ in rows if event.actor_kind == "user"))
            return [_event(event, key_name, names) for event, key_name in rows]

        events = await self._store.read(work)
        page = events[: query.limit]
        return page, page[-1].id if len(events) > query.limit else None


def _named(counts: Iterable[int]) -> dict[str, int]:
    return dict(zip(("ok", "rate_limited", "insufficient_scope"), counts, strict=True))


def _used_key(row: tuple[Any, ...]) -> UsedKey:
    key_id, ok, rate_limited, insufficient_scope, _, name, prefix, suffix = row
    counts = {"ok": ok, "rate_limited": rate_limited, "insufficient_scope": insufficient_scope}
    return UsedKey(api_key_id=key_id, name=name, preview=prefix + suffix, **counts)


def _refused(key: UsedKey) -> int:
    return key.rate_limited + key.insufficient_scope


async def _names(tx: Tx, actor_ids: Iterable[str | None]) -> dict[str, str]:
    """What to call the people of a page, by their id."""
    names: dict[str, str] = {}
    for actor_id in set(actor_ids) - {None}:
        first, last, email = await tx.one(NAMES_OF_USER, user_id=UUID(actor_id)) or (None, None, None)
        names[str(actor_id)] = " ".join(filter(None, (first, last))) or email or str(actor_id)
    return names


def _event(event: AuditRecord, key_name: str | None, names: dict[str, str]) -> ActivityEvent:
    subject, _, verb = event.action.partition(".")
    said = event.details.get("name")
    if isinstance(said, dict):  # a rename says from what to what
        said = said.get("to")
    person = None
    if event.actor_kind == "user" and event.actor_id is not None:
        person = ActivityPerson(id=UUID(event.actor_id), name=names[event.actor_id])
    return ActivityEvent(
        id=event.id,
        timestamp=event.at,
        action=event.action,
        kind=verb,
        actor_kind=event.actor_kind,  # type: ignore[arg-type]
        user=person,
        resource=ActivityResource(type=subject, id=event.target_id, name=said or key_name),
        metadata=event.details,
        request_id=event.request_id,
    )

"""How usage looks in a terminal."""

from typing import TYPE_CHECKING

from onepin.cli.invocation import Invocation
from onepin.cli.render.bars import sparkline
from onepin.cli.render.tables import Column, facts, table
from onepin.cli.render.times import absolute, relative

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey
    from onepin.contract.usage import KeyUsage, UsageCounts, UsageSummary, UsedKey

SAID = {
    "1h": "the last hour, by minute",
    "24h": "the last 24 hours, by hour",
    "7d": "the last 7 days, by hour",
    "30d": "the last 30 days, by day",
    "12m": "the last 365 days, by day",
}
OUTCOMES = (("admitted", "ok"), ("rate limited", "rate_limited"), ("lacked scope", "insufficient_scope"))
LABELS = 28
"""Columns that the name and the number before a sparkline take."""


def key_usage(here: Invocation, key: "ApiKey", usage: "KeyUsage") -> list[str]:
    """A line with a sparkline for each outcome, and when the key was busiest."""
    last, out = usage.last_used_at, here.out
    when = "never" if last is None else relative(last, here.now) if out.interactive else absolute(last)
    pairs = [("key", f"{key.name} ({key.preview})"), ("window", SAID[usage.window]), ("last used", when)]
    for name, field in OUTCOMES:
        numbers = [getattr(bucket, field) for bucket in usage.series]
        pairs.append((name, _counted(here, getattr(usage.totals, field), numbers)))
    busiest = max(usage.series, key=_all, default=None)
    if busiest is not None and _all(busiest):
        pairs.append(("busiest", f"{_all(busiest):,} from {absolute(busiest.start)}"))
    return facts(out, [(name, text, None) for name, text in pairs])


def summary(here: Invocation, usage: "UsageSummary") -> list[str]:
    """The sums, then the busiest keys."""
    pairs = [("window", SAID[usage.window].partition(",")[0]), ("keys used", f"{usage.keys_used:>10,}")]
    pairs += [(name, f"{getattr(usage.totals, field):>10,}") for name, field in OUTCOMES]
    lines = facts(here.out, [(name, text, None) for name, text in pairs])
    if usage.top_keys:
        columns: list[Column[UsedKey]] = [
            Column("NAME", lambda key: key.name, least=12),
            Column("KEY", lambda key: key.preview),
            Column("ADMITTED", lambda key: f"{key.ok:,}", right=True),
            Column("LIMITED", lambda key: f"{key.rate_limited:,}", right=True, drop=1),
            Column("NO SCOPE", lambda key: f"{key.insufficient_scope:,}", right=True, drop=2),
        ]
        lines += ["", *table(here.out, columns, usage.top_keys)]
    return lines


def _all(counts: "UsageCounts") -> int:
    return counts.ok + counts.rate_limited + counts.insufficient_scope


def _counted(here: Invocation, total: int, numbers: list[int]) -> str:
    width = here.out.width
    room = None if width is None else max(width - LABELS, 8)
    line = sparkline(numbers, unicode=here.out.unicode, width=room) if total else ""
    return f"{total:>10,}  {line}".rstrip()

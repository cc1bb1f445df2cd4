"""``onepin api-keys usage``."""

from typing import TYPE_CHECKING

import click

from onepin.cli.api_keys.reference import find
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.bars import sparkline
from onepin.cli.render.tables import facts
from onepin.cli.render.times import absolute, relative

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey
    from onepin.contract.usage import KeyUsage, UsageBucket, Window

WINDOWS = {
    "1h": "the last hour, by minute",
    "24h": "the last 24 hours, by hour",
    "7d": "the last 7 days, by hour",
    "30d": "the last 30 days, by day",
    "12m": "the last 365 days, by day",
}
LABELS = 14


@api_command(
    "usage",
    short="Show how much a key was used.",
    examples="""
onepin keys usage "CI deploy"
onepin keys usage pk_live_AbCd1234 --window 30d
onepin keys usage pk_live_AbCd1234 --window 1h --json
""",
)
@click.argument("key", metavar="KEY")
@click.option(
    "--window", type=click.Choice(list(WINDOWS)), default="24h", show_default=True, help="How far back to look."
)
def command(here: Invocation, key: str, window: "Window") -> None:
    """Show how many requests KEY made, by what became of them. Counts arrive some seconds after the requests.

    Each mark of a line is a minute, an hour or a day, the newest at the right; in a narrow window, several of them.
    KEY is an id, a preview, or a name that only one key has.
    """
    with here.client() as client, here.waiting("fetching the counts"):
        found = find(client, key)
        usage = client.api_keys.usage(found.id, window=window)
    if here.json:
        here.data(usage)
    elif here.quiet:
        here.write(str(usage.totals.ok + usage.totals.rate_limited + usage.totals.insufficient_scope))
    else:
        here.lines(_lines(here, found, usage))


def _lines(here: Invocation, key: "ApiKey", usage: "KeyUsage") -> list[str]:
    totals, out = usage.totals, here.out
    last = usage.last_used_at
    when = "never" if last is None else relative(last, here.now) if out.interactive else absolute(last)
    lines = facts(
        out,
        [
            ("key", f"{key.name} ({key.preview})", None),
            ("window", WINDOWS[usage.window], None),
            ("last used", when, None),
            ("admitted", _counted(here, totals.ok, [bucket.ok for bucket in usage.series]), None),
            (
                "rate limited",
                _counted(here, totals.rate_limited, [bucket.rate_limited for bucket in usage.series]),
                lambda text: out.style(text, *(("yellow",) if totals.rate_limited else ())),
            ),
            (
                "lacked scope",
                _counted(here, totals.insufficient_scope, [bucket.insufficient_scope for bucket in usage.series]),
                lambda text: out.style(text, *(("yellow",) if totals.insufficient_scope else ())),
            ),
        ],
    )
    busiest = max(usage.series, key=_all, default=None)
    if busiest is not None and _all(busiest):
        lines += facts(out, [("busiest     ", f"{_all(busiest):,} from {absolute(busiest.start)}", None)])
    return lines


def _all(bucket: "UsageBucket") -> int:
    return bucket.ok + bucket.rate_limited + bucket.insufficient_scope


def _counted(here: Invocation, total: int, numbers: list[int]) -> str:
    width = here.out.width
    room = None if width is None else max(width - LABELS - 14, 8)
    line = sparkline(numbers, unicode=here.out.unicode, width=room).rstrip() if total else ""
    return f"{total:>10,}  {line}".rstrip()

"""``onepin api-keys usage``."""

from typing import TYPE_CHECKING

import click

from onepin.cli.api_keys.reference import find
from onepin.cli.api_keys.usage_shown import key_usage, summary
from onepin.cli.invocation import Invocation, api_command

if TYPE_CHECKING:
    from onepin.contract.usage import UsageCounts, Window

WINDOWS = ("1h", "24h", "7d", "30d", "12m")


@api_command(
    "usage",
    short="Show how much a key was used, or all of them.",
    examples="""
onepin keys usage
onepin keys usage "CI deploy"
onepin keys usage pk_live_AbCd1234 --window 30d
onepin keys usage pk_live_AbCd1234 --window 1h --json
""",
)
@click.argument("key", metavar="[KEY]", required=False)
@click.option("--window", type=click.Choice(WINDOWS), default="24h", show_default=True, help="How far back to look.")
def command(here: Invocation, key: str | None, window: "Window") -> None:
    """Show how many requests KEY made, by what became of them. Counts arrive some seconds after the requests.

    Each mark of a line is a minute, an hour or a day, the newest at the right; in a narrow window, several of them.
    KEY is an id, a preview, or a name that only one key has. Without KEY, the sums of the workspace and its busiest
    keys.
    """
    with here.client() as client, here.waiting("fetching the counts"):
        if key is None:
            whole = client.usage.summary(window=window)
        else:
            found = find(client, key)
            usage = client.api_keys.usage(found.id, window=window)
    if here.json:
        here.data(whole if key is None else usage)
    elif here.quiet:
        here.write(str(_requests((whole if key is None else usage).totals)))
    else:
        here.lines(summary(here, whole) if key is None else key_usage(here, found, usage))


def _requests(totals: "UsageCounts") -> int:
    return totals.ok + totals.rate_limited + totals.insufficient_scope

"""``onepin api-keys list``."""

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from onepin.cli.api_keys.selection import Selection, older_option, unused_option
from onepin.cli.api_keys.shown import key_table, state
from onepin.cli.invocation import Invocation, api_command

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey

STATUSES = ("active", "paused", "revoked", "all")


@api_command(
    "list",
    short="Show the keys of the workspace.",
    examples="""
onepin keys list
onepin keys list --status all --json
onepin keys list --unused 90d
onepin keys list --creator-left                what to rotate after somebody left
onepin keys list --older-than 1w -q            ids alone, one a line
""",
)
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    default="active",
    show_default=True,
    help="active: usable now. revoked: ended for good. all: every key ever made.",
)
@unused_option
@older_option("--older-than")
@click.option("--creator-left", is_flag=True, help="Only keys whose maker is no member of the workspace any more.")
@click.option("--limit", type=click.IntRange(1), metavar="COUNT", help="At most so many. [default: all of them]")
@click.option("--offset", type=click.IntRange(0), metavar="COUNT", default=0, help="Leave out so many first.")
def command(
    here: Invocation,
    status: str,
    unused: timedelta | None,
    older: timedelta | None,
    creator_left: bool,
    limit: int | None,
    offset: int,
) -> None:
    """Show the keys of the workspace, newest first. Never a secret.

    In a terminal the table fits the window, and a key that nobody used for 90 days is yellow; elsewhere it is whole,
    with times in UTC. --json is a list of keys as the API answers it.
    """
    selection = Selection(unused, older)
    with here.client() as client, here.waiting("fetching keys"):
        pages = client.api_keys.list(
            status=_asked(status),
            limit=min((limit or 100) + offset, 100),
            include="creator_left" if creator_left else None,
        )
        found = (
            key
            for key in pages
            if _is(key, status) and selection.matches(key, here.now) and (not creator_left or key.creator_left)
        )
        keys = list(islice(found, offset, None if limit is None else offset + limit))
    if here.json:
        here.data(keys)
    elif here.quiet:
        here.lines(str(key.id) for key in keys)
    elif keys:
        here.lines(key_table(here.out, keys, here.now))
    else:
        here.say("No key is like that." if selection or creator_left else _nothing(status))


def _asked(status: str) -> Any:
    """The server counts paused keys among the revoked."""
    return "revoked" if status == "paused" else status


def _is(key: "ApiKey", status: str) -> bool:
    return status in ("active", "all") or state(key) == status


def _nothing(status: str) -> str:
    if status != "active":
        return (
            f"There are no {status} keys."
            if status != "all"
            else 'There are no keys. Make one: onepin keys create "my first key"'
        )
    return (
        'There are no active keys. Make one: onepin keys create "my first key"\n'
        "'onepin keys list --status all' shows those that ended, too."
    )

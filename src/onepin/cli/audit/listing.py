"""``onepin audit list``."""

import re
from datetime import timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from uuid import UUID

import click

from onepin.cli.api_keys.reference import find
from onepin.cli.connection import is_uuid
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.tables import Column, table
from onepin.cli.render.times import DURATION, absolute, relative

if TYPE_CHECKING:
    from onepin.client.client import OnePinClient
    from onepin.contract.usage import ActivityEvent

DEFAULT = 50
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


@api_command(
    "list",
    short="Show the newest events.",
    examples="""
onepin audit list
onepin audit list --key "CI deploy"
onepin audit list --action api_key.revoked --since 7d
onepin audit list --all --json > audit.json
""",
)
@click.option("--key", metavar="KEY", help="Only events about this key: id, preview, or a name that only one has.")
@click.option("--target", metavar="ID", help="Only events about the key, workspace or person of this id.")
@click.option("--action", metavar="ACTION", help="Only events of this action, such as api_key.created.")
@click.option("--since", type=DURATION, metavar="DURATION", help="Only events of the last 24h, 7d …")
@click.option("--limit", type=click.IntRange(1), metavar="COUNT", help=f"At most so many. [default: {DEFAULT}]")
@click.option("--all", "everything", is_flag=True, help="All there are, or all --since.")
def command(
    here: Invocation,
    key: str | None,
    target: str | None,
    action: str | None,
    since: timedelta | None,
    limit: int | None,
    everything: bool,
) -> None:
    """Show what happened in the workspace, newest first: who did what to which key, workspace or person.

    Never a secret. --json has what changed, field by field.
    """
    _check(key, target, action, limit, everything=everything)
    with here.client() as client, here.waiting("fetching events"):
        about = _about(client, key, target)
        pages = client.usage.activity(action=action, target_id=about, limit=100)
        recent = takewhile(lambda event: since is None or here.now - event.timestamp <= since, pages)
        most = None if everything else limit or DEFAULT
        events = list(islice(recent, most))
        more = not everything and limit is None and next(recent, None) is not None
    if here.json:
        here.data(events)
    elif here.quiet:
        here.lines(str(event.id) for event in events)
    elif events:
        here.lines(_table(here, events))
    else:
        here.say("No event is like that.")
    if more:
        here.say(f"These are the newest {DEFAULT}; --all or --limit shows more.")


def _check(key: str | None, target: str | None, action: str | None, limit: int | None, *, everything: bool) -> None:
    if key and target:
        raise click.UsageError("choose one of --key and --target.")
    if limit and everything:
        raise click.UsageError("choose one of --limit and --all.")
    if target and not is_uuid(target):
        raise click.BadParameter(
            "an id is needed, such as 0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10.", param_hint="--target"
        )
    if action and not ACTION.fullmatch(action):
        raise click.BadParameter("actions look like api_key.created.", param_hint="--action")


def _about(client: "OnePinClient", key: str | None, target: str | None) -> UUID | None:
    if target:
        return UUID(target)
    return find(client, key).id if key else None


def _table(here: Invocation, events: "list[ActivityEvent]") -> list[str]:
    def when(event: "ActivityEvent") -> str:
        return relative(event.timestamp, here.now) if here.out.interactive else absolute(event.timestamp)

    def who(event: "ActivityEvent") -> str:
        return event.user.name if event.user else event.actor_kind

    columns: list[Column[ActivityEvent]] = [
        Column("WHEN", when),
        Column("WHO", who, least=10),
        Column("ACTION", lambda event: event.action),
        Column("WHAT", lambda event: event.resource.name or str(event.resource.id or ""), least=10),
        Column("CHANGES", lambda event: ", ".join(event.metadata), least=8, drop=1),
        Column("ID", lambda event: str(event.resource.id or ""), drop=2),
    ]
    return table(here.out, columns, events)

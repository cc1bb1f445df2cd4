"""``onepin sessions list``."""

from typing import TYPE_CHECKING

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.tables import Column, table
from onepin.cli.render.times import absolute, relative

if TYPE_CHECKING:
    from datetime import datetime

    from onepin.contract.devices import Session


@api_command(
    "list",
    short="Show the devices that are signed in as you.",
    examples="""
onepin sessions list
onepin sessions list --json
""",
)
def command(here: Invocation) -> None:
    """Show the devices that are signed in as you, the last used first. The one you are on has a star."""
    with here.client() as client, here.waiting("fetching sessions"):
        found = list(client.auth.sessions.list())
    if here.json:
        here.data(found)
    elif here.quiet:
        here.lines(str(one.id) for one in found)
    elif found:
        here.lines(table(here.out, _columns(here), found))
    else:
        here.say("No device is signed in as you. Sign one in: onepin login")


def _columns(here: Invocation) -> "list[Column[Session]]":
    def at(moment: "datetime") -> str:
        return relative(moment, here.now) if here.out.interactive else absolute(moment)

    return [
        Column("", lambda one: "*" if one.current else " "),
        Column("DEVICE", lambda one: one.client, least=12),
        Column("LAST USED", lambda one: at(one.last_used_at), drop=1),
        Column("SIGNED IN", lambda one: at(one.created_at), drop=3),
        Column("ENDS", lambda one: at(one.expires_at), drop=2),
        Column("ID", lambda one: str(one.id)),
    ]

"""``onepin sessions``."""

import click

from onepin.cli.groups import Commands, Table

_HERE = "onepin.cli.sessions"
TABLE: Table = {
    "list": (f"{_HERE}.listing", "Show the devices that are signed in as you."),
    "revoke": (f"{_HERE}.revoke", "End the session of a device."),
    "approve": (f"{_HERE}.approve", "Let a device that shows a code sign in as you."),
}


@click.group(
    "sessions",
    cls=Commands,
    table=TABLE,
    short_help="See the devices that are signed in as you, end or approve one.",
    epilog="""\b
Examples:
  onepin sessions list
  onepin sessions revoke "onepin on old-laptop"
  onepin sessions approve WDJB-MJHT

A SESSION is an id, or the name of a device that only one session has.
""",
)
def command() -> None:
    """See the devices that 'onepin login' and other programs signed in as you, end their sessions, approve new ones.

    A session lasts 30 days from its last use.
    """

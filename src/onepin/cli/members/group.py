"""``onepin members``."""

import click

from onepin.cli.groups import Commands, Table

_HERE = "onepin.cli.members"
TABLE: Table = {
    "list": (f"{_HERE}.listing", "Show who is in the workspace, and who is invited."),
    "update": (f"{_HERE}.update", "Give a member another role."),
    "remove": (f"{_HERE}.remove", "End a membership at once."),
}


@click.group(
    "members",
    cls=Commands,
    table=TABLE,
    short_help="See who is in the workspace, change roles, remove people.",
    epilog="""\b
Examples:
  onepin members list
  onepin members update bob@example.com --role viewer
  onepin members remove bob@example.com --workspace acme-production

A MEMBER is an e-mail address, an id, or a name that only one has. People come in by 'onepin invites create'.
""",
)
def command() -> None:
    """See who is in the workspace, change roles, remove people. Changing takes the role admin.

    An admin does everything; an editor makes and changes keys; a viewer reads.
    """

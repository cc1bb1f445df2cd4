"""``onepin invites``."""

import click

from onepin.cli.groups import Commands, Table

_HERE = "onepin.cli.invites"
TABLE: Table = {
    "create": (f"{_HERE}.create", "Invite somebody, and print the link to send."),
    "list": (f"{_HERE}.listing", "Show the invites that are pending."),
    "update": (f"{_HERE}.update", "Change the role that an invite promises."),
    "revoke": (f"{_HERE}.revoke", "Make an invite worthless."),
    "accept": (f"{_HERE}.accept", "Join the workspace that an invite is for."),
}


@click.group(
    "invites",
    cls=Commands,
    table=TABLE,
    short_help="Invite people to the workspace; accept an invite.",
    epilog="""\b
Examples:
  onepin invites create bob@example.com --role editor
  onepin invites list
  onepin invites accept

An INVITE is the invited e-mail address, or an id.
""",
)
def command() -> None:
    """Invite people to the workspace, look after pending invites, accept one. Inviting takes the role admin."""

"""``onepin invites revoke``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import find_member, workspace_of


@api_command(
    "revoke",
    short="Make an invite worthless.",
    examples="""
onepin invites revoke bob@example.com
""",
)
@click.argument("invite", metavar="INVITE")
def command(here: Invocation, invite: str) -> None:
    """Make the pending INVITE, an e-mail address or an id, worthless at once. Another one can be made."""
    with here.client() as client, here.waiting("revoking the invite"):
        workspace = workspace_of(client)
        found = find_member(client, workspace, invite, "invited")
        client.invites.revoke(workspace, found.id)
    here.say(f"{here.err.style('Revoked', 'green')} the invite of {found.email}.")
    if here.json:
        here.data({"id": str(found.id), "revoked": True})
    elif here.quiet:
        here.write(str(found.id))

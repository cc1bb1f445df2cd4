"""``onepin invites update``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import ROLE, Role, find_member, workspace_of


@api_command(
    "update",
    short="Change the role that an invite promises.",
    examples="""
onepin invites update bob@example.com --role viewer
""",
)
@click.argument("invite", metavar="INVITE")
@click.option(
    "--role", type=ROLE, required=True, help="admin: everything. editor: makes and changes keys. viewer: reads."
)
def command(here: Invocation, invite: str, role: Role) -> None:
    """Change the role that the pending INVITE, an e-mail address or an id, promises. Its link stays good."""
    with here.client() as client, here.waiting("changing the invite"):
        workspace = workspace_of(client)
        changed = client.invites.update(workspace, find_member(client, workspace, invite, "invited").id, role=role)
    if here.json:
        here.data(changed)
    elif here.quiet:
        here.write(str(changed.id))
    else:
        here.say(f"{here.err.style('Changed', 'green')}: {changed.email} will be {changed.role}.")

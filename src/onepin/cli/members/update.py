"""``onepin members update``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import ROLE, Role, find_member, said, workspace_of


@api_command(
    "update",
    short="Give a member another role.",
    examples="""
onepin members update bob@example.com --role viewer
""",
)
@click.argument("member", metavar="MEMBER")
@click.option(
    "--role", type=ROLE, required=True, help="admin: everything. editor: makes and changes keys. viewer: reads."
)
def command(here: Invocation, member: str, role: Role) -> None:
    """Give MEMBER, an e-mail address or an id, another role. It holds from their next request on.

    The owner stays admin, and there is always at least one.
    """
    with here.client() as client, here.waiting("changing the role"):
        workspace = workspace_of(client)
        found = find_member(client, workspace, member, "active")
        changed = client.members.update(workspace, found.id, role=role)
    if here.json:
        here.data(changed)
    elif here.quiet:
        here.write(str(changed.id))
    else:
        here.say(f"{here.err.style('Changed', 'green')}: {said(changed)} is {changed.role} now.")

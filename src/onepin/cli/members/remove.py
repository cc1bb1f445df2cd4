"""``onepin members remove``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import find_member, said, workspace_of


@api_command(
    "remove",
    short="End a membership at once.",
    examples="""
onepin members remove bob@example.com
onepin members remove bob@example.com --yes
""",
)
@click.argument("member", metavar="MEMBER")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def command(here: Invocation, member: str, yes: bool) -> None:
    """End the membership of MEMBER, an e-mail address or an id. It holds from their next request on.

    The keys they made stay and keep working, and they may still have the secrets: rotate those.
    """
    with here.client() as client:
        with here.waiting("looking them up"):
            workspace = workspace_of(client)
            found = find_member(client, workspace, member, "active")
        here.confirm(f"Remove {said(found)} from the workspace?", yes=yes)
        client.members.remove(workspace, found.id)
    here.say(f"{here.err.style('Removed', 'green')} {said(found)}. Keys they made still work:")
    here.say("  onepin keys list --creator-left")
    if here.json:
        here.data({"id": str(found.id), "removed": True})
    elif here.quiet:
        here.write(str(found.id))

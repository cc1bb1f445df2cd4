"""``onepin members list``."""

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import workspace_of
from onepin.cli.members.shown import people


@api_command(
    "list",
    short="Show who is in the workspace, and who is invited.",
    examples="""
onepin members list
onepin members list --workspace acme-production --json
""",
)
def command(here: Invocation) -> None:
    """Show who is in the workspace and in which role: you, then admins, then the others, then pending invites."""
    with here.client() as client, here.waiting("fetching members"):
        found = list(client.members.list(workspace_of(client)))
    if here.json:
        here.data(found)
    elif here.quiet:
        here.lines(str(one.id) for one in found)
    else:
        here.lines(people(here, found))

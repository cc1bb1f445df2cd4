"""``onepin invites list``."""

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import workspace_of
from onepin.cli.members.shown import people


@api_command(
    "list",
    short="Show the invites that are pending.",
    examples="""
onepin invites list
onepin invites list --json
""",
)
def command(here: Invocation) -> None:
    """Show the invites that nobody accepted yet. Never a link: a lost one is revoked, and made anew."""
    with here.client() as client, here.waiting("fetching invites"):
        found = [one for one in client.members.list(workspace_of(client)) if one.status == "invited"]
    if here.json:
        here.data(found)
    elif here.quiet:
        here.lines(str(one.id) for one in found)
    elif found:
        here.lines(people(here, found))
    else:
        here.say("No invite is pending. Make one: onepin invites create EMAIL --role editor")

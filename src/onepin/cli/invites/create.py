"""``onepin invites create``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.members.reference import ROLE, Role, workspace_of
from onepin.cli.render.times import absolute
from onepin.cli.unbroken import unbroken


@api_command(
    "create",
    short="Invite somebody, and print the link to send.",
    examples="""
onepin invites create bob@example.com --role editor
onepin invites create bob@example.com --role viewer -q | pbcopy
""",
)
@click.argument("email")
@click.option(
    "--role", type=ROLE, required=True, help="admin: everything. editor: makes and changes keys. viewer: reads."
)
def command(here: Invocation, email: str, role: Role) -> None:
    """Invite whoever has the address EMAIL, and print a link, once. No mail is sent: send it to them.

    It works once, for 14 days, and only for somebody who signs in with that address.
    """
    with here.client() as client, unbroken(here.err), here.waiting("making the invite"):
        made = client.invites.create(workspace_of(client), email=email, role=role)
    if here.json:
        data = made.model_dump(mode="json", exclude_unset=True)
        here.data(data | {"token": made.token.reveal(), "link": made.link.reveal()})
        return
    here.say(f"{here.err.style('Invited', 'green')} {made.email} as {made.role}, until {absolute(made.expires_at)}.")
    here.say("Send them this link now; it is not shown again:")
    here.write(made.link.reveal())

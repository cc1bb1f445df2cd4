"""``onepin invites accept``."""

import re

import click

from onepin.cli.account.pasted import pasted
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "accept",
    short="Join the workspace that an invite is for.",
    examples="""
onepin invites accept                              paste the link when asked
pbpaste | onepin invites accept -
""",
)
@click.argument("link", metavar="[LINK]", default="-")
def command(here: Invocation, link: str) -> None:
    """Join the workspace that LINK, or the token at its end, invites you to. You have to be signed in with the address
    that was invited. Without LINK, or with -, it is read from standard input, or asked for.
    """
    token = re.split(r"[/=#]", pasted(link, "Link of the invite").rstrip("/"))[-1]
    with here.client() as client, here.waiting("accepting the invite"):
        accepted = client.invites.accept(token)
    if here.json:
        here.data(accepted)
    elif here.quiet:
        here.write(str(accepted.workspace_id))
    else:
        here.say(f"{here.err.style('Joined', 'green')}. Work there: onepin workspace use {accepted.workspace_id}")

"""``onepin logout``."""

import os

import click

from onepin.cli.connection import profile_name
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "logout",
    short="Forget a credential.",
    examples="""
onepin logout
onepin logout --profile ci
onepin logout --all
""",
)
@click.option("--all", "everywhere", is_flag=True, help="Forget every profile.")
def command(here: Invocation, everywhere: bool) -> None:
    """Forget the credential of a profile. No server is asked: an API key stays valid until somebody revokes it.

    Without --profile, the default one. Where there is nothing to forget, that is no failure.
    """
    from onepin.client.credentials import CredentialsFile

    file = CredentialsFile()
    names = file.profiles() if everywhere else [profile_name(here.flags)]
    removed = [name for name in names if file.remove(name)]
    for name in removed:
        here.say(f"Signed out: profile {name!r} is forgotten.")
    if not removed:
        here.say("Nobody was signed in.")
    for variable in ("ONEPIN_TOKEN", "ONEPIN_API_KEY"):
        if os.environ.get(variable):
            here.warn(f"{variable} is set in this shell and still signs you in: unset {variable}")
    if here.json:
        here.data({"removed": removed})

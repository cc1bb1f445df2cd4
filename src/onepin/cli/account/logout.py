"""``onepin logout``."""

import os
from typing import TYPE_CHECKING

import click

from onepin.cli.connection import profile_name
from onepin.cli.invocation import Invocation, api_command

if TYPE_CHECKING:
    from onepin.cli.account.ending import End
    from onepin.client.credentials import CredentialsFile


@api_command(
    "logout",
    short="Sign out: forget a credential, and end the session of a device sign-in.",
    examples="""
onepin logout
onepin logout --profile ci
onepin logout --all
""",
)
@click.option("--all", "everywhere", is_flag=True, help="Forget every profile.")
def command(here: Invocation, everywhere: bool) -> None:
    """Forget the credential of a profile. The session of a device sign-in is also ended at its server.

    Other credentials stay valid there: an API key until somebody revokes it, a session token for an hour at most.

    Without --profile, the default one. Where there is nothing to forget, that is no failure.
    """
    from onepin.client.credentials import CredentialsFile

    file = CredentialsFile()
    names = file.profiles() if everywhere else [profile_name(here.flags)]
    removed = {name: _forget(here, file, name) for name in names if file.load(name) is not None}
    if not removed:
        here.say("Nobody was signed in.")
    for variable in ("ONEPIN_TOKEN", "ONEPIN_API_KEY"):
        if os.environ.get(variable):
            here.warn(f"{variable} is set in this shell and still signs you in: unset {variable}")
    if here.json:
        here.data({"removed": list(removed), "sessions": {name: end for name, end in removed.items() if end}})


def _forget(here: Invocation, file: "CredentialsFile", name: str) -> "End | None":
    from onepin.cli.account.ending import end_session

    profile = file.load(name)
    if profile is None:
        return None
    try:
        with here.waiting(f"ending the session at {profile.base_url}"):
            end = end_session(profile)
    finally:  # Ctrl-C while a server does not answer: who signs out wants the credential gone
        file.remove(name)
        here.say(f"Signed out: profile {name!r} is forgotten.")
    if end == "ended":
        here.say(f"Its session is ended at {profile.base_url}.")
    elif end == "not reached":
        here.warn(
            f"{profile.base_url} could not be asked to end the session: it lasts until 30 days after its last use. "
            "'onepin sessions revoke' ends it, signed in on any device."
        )
    return end

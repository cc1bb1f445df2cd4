"""``onepin sessions revoke``."""

from typing import TYPE_CHECKING

import click

from onepin.cli.failures import Failed
from onepin.cli.invocation import Invocation, api_command

if TYPE_CHECKING:
    from onepin.client.client import OnePinClient
    from onepin.contract.devices import Session


@api_command(
    "revoke",
    short="End the session of a device.",
    examples="""
onepin sessions revoke "onepin on old-laptop"
onepin sessions revoke 0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10
""",
)
@click.argument("session", metavar="SESSION")
def command(here: Invocation, session: str) -> None:
    """End SESSION, an id or a device's name. The device gets no more tokens; the last one ends within 5 minutes.

    To sign out here, use 'onepin logout', which also forgets the credential.
    """
    with here.client() as client, here.waiting("ending the session"):
        found = _find(client, session)
        client.auth.sessions.revoke(found.id)
    here.say(f"{here.err.style('Revoked', 'green')} the session of {found.client}.")
    if found.current:
        here.say("It was the one you are signed in by. Sign in again: onepin login")
    if here.json:
        here.data({"id": str(found.id), "revoked": True})
    elif here.quiet:
        here.write(str(found.id))


def _find(client: "OnePinClient", text: str) -> "Session":
    sessions = list(client.auth.sessions.list())
    found = [one for one in sessions if str(one.id) == text.lower()] or [one for one in sessions if one.client == text]
    if len(found) == 1:
        return found[0]
    if found:
        raise Failed(
            f"{len(found)} sessions are of {text!r}.",
            hint="Name it by its id: 'onepin sessions list' shows them.",
            code="AMBIGUOUS",
        )
    raise Failed(f"You have no session {text!r}.", hint="'onepin sessions list' shows yours.", code="NOT_FOUND")

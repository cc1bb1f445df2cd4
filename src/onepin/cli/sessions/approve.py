"""``onepin sessions approve``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.cells import harmless


@api_command(
    "approve",
    short="Let a device that shows a code sign in as you.",
    examples="""
onepin sessions approve WDJB-MJHT
onepin sessions approve WDJB-MJHT --yes
onepin sessions approve WDJB-MJHT --deny
""",
)
@click.argument("code", metavar="CODE")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--deny", is_flag=True, help="Refuse it instead.")
def command(here: Invocation, code: str, yes: bool, deny: bool) -> None:
    """Let the device that shows CODE act as you, until its session is revoked or not used for 30 days.

    Approve only a code that you see on a device of your own, in a program that you started. It takes a session of your
    own sign-in (login --local or --token); a device can't approve another one.
    """
    if not any(letter.isalnum() for letter in code):
        raise click.UsageError("CODE is what the device shows, as WDJB-MJHT.")
    with here.client() as client:
        with here.waiting("looking for the device"):
            found = client.auth.device.get(code)
        name, where = harmless(found.client), f", from {harmless(found.address)}" if found.address else ""
        if deny:
            client.auth.device.deny(code)
        else:
            here.say(f"It calls itself {name!r}{where}.")
            here.confirm(f"Is {found.user_code} the code on your own device? Let it act as you?", yes=yes)
            client.auth.device.approve(code)
    here.say(f"{here.err.style('Denied' if deny else 'Approved', 'green')}: {name}.")
    if here.json:
        here.data({"user_code": found.user_code, "status": "denied" if deny else "approved"})

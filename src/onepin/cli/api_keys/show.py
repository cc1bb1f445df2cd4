"""``onepin api-keys show``."""

import click

from onepin.cli.api_keys.reference import find
from onepin.cli.api_keys.shown import key_card
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "show",
    short="Show one key.",
    examples="""
onepin keys show "CI deploy"
onepin keys show pk_live_AbCd1234
onepin keys show 0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10 --json
""",
)
@click.argument("key", metavar="KEY")
def command(here: Invocation, key: str) -> None:
    """Show everything about KEY but its secret, which nobody has any more.

    KEY is an id, a preview, or a name that only one key has.
    """
    with here.client() as client, here.waiting("fetching the key"):
        found = find(client, key)
    if here.json:
        here.data(found)
    elif here.quiet:
        here.write(str(found.id))
    else:
        here.lines(key_card(here.out, found, here.now))

"""``onepin api-keys pause``."""

import click

from onepin.cli.api_keys.changed import answer
from onepin.cli.api_keys.reference import find
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "pause",
    short="Stop a key for a while.",
    examples="""
onepin keys pause "CI deploy"
onepin keys pause pk_live_AbCd1234
""",
)
@click.argument("key", metavar="KEY")
def command(here: Invocation, key: str) -> None:
    """Stop KEY: from the next request on it is refused, until 'onepin keys resume'.

    KEY is an id, a preview, or a name that only one key has. Pausing a paused key changes nothing.
    """
    with here.client() as client, here.waiting("pausing the key"):
        changed = client.api_keys.pause(find(client, key).id)
    answer(here, changed, "Paused")

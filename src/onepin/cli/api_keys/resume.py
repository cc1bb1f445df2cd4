"""``onepin api-keys resume``."""

import click

from onepin.cli.api_keys.changed import answer
from onepin.cli.api_keys.reference import find
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "resume",
    short="Let a paused key work again.",
    examples="""
onepin keys resume "CI deploy"
onepin keys resume pk_live_AbCd1234
""",
)
@click.argument("key", metavar="KEY")
def command(here: Invocation, key: str) -> None:
    """Let KEY work again after a pause. A revoked key can't come back.

    KEY is an id, a preview, or a name that only one key has. Resuming a key that works changes nothing.
    """
    with here.client() as client, here.waiting("resuming the key"):
        changed = client.api_keys.resume(find(client, key).id)
    answer(here, changed, "Resumed")

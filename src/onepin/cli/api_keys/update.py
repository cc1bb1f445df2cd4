"""``onepin api-keys update``."""

import click

from onepin.cli.api_keys.changed import answer
from onepin.cli.api_keys.reference import find
from onepin.cli.api_keys.values import given, rate_limit_option, scope_option
from onepin.cli.invocation import Invocation, api_command


@api_command(
    "update",
    short="Change a key's name, scopes or rate limit.",
    examples="""
onepin keys update "CI deploy" --name "CI deploy, EU"
onepin keys update pk_live_AbCd1234 --scope workflows:read --scope workflows:run
onepin keys update pk_live_AbCd1234 --rate-limit none
""",
)
@click.argument("key", metavar="KEY")
@click.option("--name", metavar="TEXT", help="The new name.")
@scope_option()
@rate_limit_option()
def command(
    here: Invocation, key: str, name: str | None, scopes: tuple[list[str], ...], rate_limit: int | None
) -> None:
    """Change KEY. What is not named stays as it is; --scope replaces all of its scopes. It holds from the next
    request on.

    KEY is an id, a preview, or a name that only one key has.
    """
    fields = given(scopes, rate_limit) | ({} if name is None else {"name": name})
    if not fields:
        raise click.UsageError("say what to change: --name, --scope or --rate-limit.")
    with here.client() as client, here.waiting("changing the key"):
        changed = client.api_keys.update(find(client, key).id, **fields)
    answer(here, changed, "Changed")

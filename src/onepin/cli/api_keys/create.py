"""``onepin api-keys create``."""

from pathlib import Path
from typing import Any

import click

from onepin.cli.api_keys.recovery import idempotency_option, new_idempotency_key, recoverable
from onepin.cli.api_keys.shown import limit
from onepin.cli.api_keys.sinks import hand_over, sink, sink_options, with_secret
from onepin.cli.api_keys.values import given, rate_limit_option, scope_option
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.unbroken import unbroken


@api_command(
    "create",
    short="Make a key; its secret is shown once.",
    examples="""
onepin keys create "my first key"
onepin keys create "CI deploy" --scope workflows:run --rate-limit 600
onepin keys create ci -q | gh secret set ONEPIN_API_KEY
onepin keys create web --env-file .env --as ONEPIN_API_KEY
onepin keys create backup --output-file backup.key
onepin keys create reader --scope workflows:read,voices:read --rate-limit none --json
""",
)
@click.argument("name")
@scope_option()
@rate_limit_option()
@sink_options
@idempotency_option
def command(
    here: Invocation,
    name: str,
    scopes: tuple[list[str], ...],
    rate_limit: int | None,
    output_file: Path | None,
    env_file: Path | None,
    variable: str | None,
    idempotency_key: str | None,
) -> None:
    """Make a key called NAME, and hand out its secret, once: the server keeps a digest of it.

    Only the secret goes to standard output, so that it can be piped on; what it is goes to standard error, and with
    --quiet nowhere. Without --scope and --rate-limit the server's defaults apply.
    """
    fields = given(scopes, rate_limit)
    chosen = sink(output_file, env_file, variable)
    once = idempotency_key or new_idempotency_key()
    with here.client() as client, recoverable(once), unbroken(here.err), here.waiting("making the key"):
        made = client.api_keys.create(name=name, idempotency_key=once, **fields)
    tell(here, made, "Created")
    stored = hand_over(here, made.api_key.reveal(), chosen)
    if here.json:
        here.data(with_secret(made, shown=not stored))
    elif not stored:
        here.say("Keep the secret now: it is not shown again.")


def tell(here: Invocation, key: Any, verb: str) -> None:
    """What was made, to standard error."""
    here.say(f"{here.err.style(verb, 'green')} {key.name!r}: {key.preview}…  id {key.id}")
    here.say(f"Scopes: {' '.join(key.scopes) or 'none'}. Rate limit: {limit(key.rate_limit_per_min)}.")

"""``onepin token``."""

import json

import click

from onepin.cli.invocation import LocalCommand, wants_json
from onepin.cli.operate.flags import load_config, setting_flags
from onepin.cli.operate.sign_in_folder import DEFAULT_USER, local_issuer
from onepin.contract.envelopes import rfc3339
from onepin.server.clock import SystemClock


@click.command(
    "token",
    cls=LocalCommand,
    short_help="Print a session token for the API.",
    epilog="""\b
Examples:
  onepin token
  onepin token --user ada@example.com --ttl 600
  curl -H "Authorization: Bearer $(onepin token)" http://127.0.0.1:8000/api/v1/api-keys
""",
)
@click.option(
    "--user",
    default=DEFAULT_USER,
    metavar="NAME|EMAIL",
    show_default=True,
    help="Who the token is for. Each name and each address is a person with a workspace of their own.",
)
@click.option(
    "--ttl",
    type=click.IntRange(1, 3600),
    default=3600,
    metavar="SECONDS",
    show_default=True,
    help="For how long the token is good, 1 to 3600.",
)
@setting_flags("data_dir")
def command(user: str, ttl: int, **flags: str | None) -> None:
    """Print a session token for the API.

    Only the token goes to standard output; until when it is good goes to standard error. It needs no running server,
    only the right to read the server's data folder.
    """
    config = load_config(flags)
    issuer = local_issuer(config)
    try:
        token, expires = issuer.mint(user=user, ttl_seconds=ttl, now=SystemClock().now(), azp=config.local_issuer_url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--user") from None
    if wants_json():
        click.echo(json.dumps({"token": token, "expires_at": rfc3339(expires)}))
        return
    click.echo(token)
    click.echo(f"valid until {expires:%Y-%m-%d %H:%M:%S} UTC", err=True)

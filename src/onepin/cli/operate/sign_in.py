"""``onepin sign-in``."""

import json

import click

from onepin.cli.invocation import LocalCommand, wants_json
from onepin.cli.operate.flags import load_config, setting_flags
from onepin.cli.operate.sign_in_folder import DEFAULT_USER, local_issuer, refuse_other_users_folder
from onepin.server.clock import SystemClock


@click.command(
    "sign-in",
    cls=LocalCommand,
    short_help="Print a link that signs you in to the dashboard.",
    epilog="""\b
Examples:
  onepin sign-in
  onepin sign-in --user ada@example.com
  onepin sign-in --public-url https://keys.example.com
""",
)
@click.option("--user", default=DEFAULT_USER, metavar="NAME|EMAIL", show_default=True, help="Who the link signs in.")
@setting_flags("data_dir", "host", "port", "public_url")
def command(user: str, **flags: str | None) -> None:
    """Print a link that signs you in to the dashboard, once, within 10 minutes.

    Its secret stands after the # and so reaches no server's log. Give host, port or public URL as the server has them.
    """
    config = load_config(flags)
    issuer = local_issuer(config)
    refuse_other_users_folder(config.data_dir)
    try:
        code = issuer.new_sign_in_code(user=user, now=SystemClock().now())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--user") from None
    except OSError as error:
        raise click.ClickException(f"can't write to {config.data_dir}: {error.strerror}") from None
    url = f"{config.base_url}/#sign-in={code}"
    if wants_json():
        click.echo(json.dumps({"url": url}))
        return
    click.echo(url)
    click.echo("good for 10 minutes, once", err=True)

"""``onepin config``."""

import json
import os

import click

from onepin.cli.invocation import LocalCommand, wants_json
from onepin.cli.operate.flags import WrongSettings, load_config, setting_flags
from onepin.server.logs import encode_controls
from onepin.server.settings import SETTINGS


@click.command(
    "config",
    cls=LocalCommand,
    short_help="Print the settings in force, secrets masked.",
    epilog="""\b
Examples:
  onepin config
  onepin config --json
  onepin config --host 0.0.0.0        what 'onepin serve --host 0.0.0.0' would say
""",
)
@setting_flags()
def command(**flags: str | None) -> None:
    """Print every setting in force and where it comes from: a flag, the environment, or the default.

    Secrets are masked. A value that can't be used ends the command with exit code 2 and says why, so this also checks
    an environment before a server is started in it.
    """
    config = load_config(flags)
    rows = []
    for setting in SETTINGS:
        given = os.environ.get(setting.env, "").strip()
        source = "flag" if flags.get(setting.field) is not None else "environment" if given else "default"
        rows.append((setting.env, config.shown()[setting.env], source))
    if wants_json():
        click.echo(
            json.dumps({name: {"value": value or None, "from": source} for name, value, source in rows}, indent=2)
        )
    else:
        widths = [max(len(row[column]) for row in rows) for column in (0, 2)]
        for name, value, source in rows:
            click.echo(encode_controls(f"{name:<{widths[0]}}  {source:<{widths[1]}}  {value}".rstrip()))
    try:
        load_config(flags, starting=True)
    except WrongSettings as error:
        click.echo(f"A server would not start with these settings: {error.message}", err=True)

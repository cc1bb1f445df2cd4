"""``onepin migrate``."""

import json

import click

from onepin.cli.invocation import LocalCommand, wants_json
from onepin.cli.operate.flags import load_config, setting_flags


@click.command(
    "migrate",
    cls=LocalCommand,
    short_help="Bring the database to this version's schema.",
    epilog="""\b
Examples:
  onepin migrate
  onepin migrate --database-url postgresql://onepin@db.example.com/onepin
""",
)
@setting_flags("data_dir", "database_url")
def command(**flags: str | None) -> None:
    """Bring the database to this version's schema, and say which revisions that took.

    With local sign-in the server does it by itself when it starts. Elsewhere, run this once before the first server of
    a new version starts. Running it again changes nothing. A password belongs into ONEPIN_DATABASE_URL: everybody on
    this machine can read the flags of a command.
    """
    config = load_config(flags)
    from onepin.server.config import masked_url
    from onepin.server.logs import redact
    from onepin.server.store.migrate import upgrade
    from onepin.server.store.store import StoreError

    try:
        if config.database_path is not None and config.database_path.parent == config.data_dir:
            config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        applied = upgrade(config.database_url)
    except (StoreError, OSError) as error:
        raise click.ClickException(redact(str(error))) from None
    if wants_json():
        click.echo(json.dumps({"applied": applied}))
        return
    for revision in applied:
        click.echo(revision)
    state = f"{len(applied)} applied to" if applied else "nothing to do for"
    click.echo(f"{state} {masked_url(config.database_url)}", err=True)

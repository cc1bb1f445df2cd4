"""``onepin serve``."""

import logging
import os
import sys

import click

from onepin.cli.operate.banner import banner, uses_data_dir
from onepin.cli.operate.flags import load_config, setting_flags
from onepin.cli.operate.local_session import note_address
from onepin.server.config import Config


@click.command(
    "serve",
    short_help="Run the server.",
    epilog="""\b
Examples:
  onepin serve
  onepin serve --port 9000 --data-dir ./data
  ONEPIN_DATABASE_URL=postgresql://onepin@db.example.com/onepin onepin serve

Secrets (ONEPIN_PEPPER, ONEPIN_CLERK_JWT_KEY, ONEPIN_CLERK_WEBHOOK_SECRET) have no flag: everybody on this machine can
read the flags of a command.
""",
)
@setting_flags()
def command(**flags: str | None) -> int:
    """Run the server until SIGTERM or Ctrl-C.

    Without any setting: on http://127.0.0.1:8000, with local sign-in and a SQLite database in a data folder of yours.
    Every flag has a variable in the environment; the flag wins.

    On the first signal /ready answers 503 for a while, requests in flight finish, and the process ends within 10
    seconds; on the second one it ends at once.
    """
    config = load_config(flags, starting=True)
    from onepin.server import logs, process
    from onepin.server.listener import CannotListen, bind

    logs.configure(config)
    os.umask(0o077)
    try:
        listener = bind(config.host, config.port)
        logs.log_uncaught()
        config = config.listening_at(listener.getsockname()[1])
        _make_data_dir(config)
        from onepin.server.app import create_app
        from onepin.server.store.store import StoreError
    except CannotListen as error:
        raise click.ClickException(str(error)) from None

    def ready() -> None:
        logging.getLogger("onepin").info("ready at %s", config.base_url)
        _note_address(config)
        _say(banner(config, data_dir_flag=flags.get("data_dir") is not None))

    try:
        return process.run(config, create_app, listener, ready=ready)
    except (CannotListen, process.StartFailed, StoreError, OSError, ValueError) as error:
        raise click.ClickException(logs.redact(str(error))) from None


def _make_data_dir(config: Config) -> None:
    if not uses_data_dir(config):
        return
    try:
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(
            f"can't make the data folder {config.data_dir}: {error.strerror}. Name another one with --data-dir"
        ) from None


def _note_address(config: Config) -> None:
    """So that ``onepin login --local`` finds this server; without it, it asks for --base-url."""
    if config.local_issuer:
        try:
            note_address(config.data_dir, config.base_url)
        except OSError as error:
            logging.getLogger("onepin").warning("could not note the address in the data folder: %s", error.strerror)


def _say(text: str) -> None:
    try:
        click.echo(text)
        sys.stdout.flush()
    except OSError:
        logging.getLogger("onepin").warning("nobody reads standard output; the start's text is lost")

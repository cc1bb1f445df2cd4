"""The ``onepin`` command. Commands are imported when they are run, so that help and typing mistakes answer at once."""

import difflib
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from onepin import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("onepin.cli.operate.serve", "Run the server."),
    "token": ("onepin.cli.operate.token", "Print a session token for the API, good for an hour."),
    "sign-in": ("onepin.cli.operate.sign_in", "Print a link that signs you in to the dashboard."),
    "config": ("onepin.cli.operate.config", "Print the settings in force, secrets masked."),
    "migrate": ("onepin.cli.operate.migrate", "Bring the database to this version's schema."),
    "pepper": ("onepin.cli.operate.pepper", "Look at the peppers, or rotate them."),
    "verifier": ("onepin.cli.operate.verifier", "Make, list or revoke credentials for your own backends."),
    "openapi": ("onepin.cli.operate.openapi", "Print the API's OpenAPI document."),
}
"""Name, the module that holds it as ``command``, and its line in ``onepin --help``."""

SERVER_EXTRA = frozenset({"alembic", "cryptography", "fastapi", "granian", "jwt", "sqlalchemy", "starlette"})
EXIT_FAILED, EXIT_INTERRUPTED = 1, 130


class Commands(click.Group):
    """A group whose commands are named in ``COMMANDS``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table: the first ones are needed first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, but a wrong name gets the nearest right one suggested."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "'onepin --help' lists the commands."
            ctx.fail(f"There is no command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without importing what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="'onepin COMMAND --help' explains a command and shows examples.",
)
@click.version_option(__version__, prog_name="onepin", message="%(prog)s %(version)s")
def cli() -> None:
    """onepin: create, scope, limit, rotate and revoke the API keys that you hand to your customers."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments`` (those of the process when None). Returns the exit code.

    0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.
    """
    try:
        return int(cli.main(args=arguments, prog_name="onepin", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return EXIT_INTERRUPTED
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in SERVER_EXTRA:
            raise
        click.echo(
            f"Error: this command needs the server, which is not installed here ({error.name} is missing). "
            "From a clone of the repository: pip install '.[server]'",
            err=True,
        )
        return EXIT_FAILED


def main() -> None:
    """The entry point of the ``onepin`` program."""
    sys.exit(run())

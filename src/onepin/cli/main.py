"""The ``onepin`` command. Commands are imported when they are run, so that help and typing mistakes answer at once."""

import sys
from collections.abc import Sequence

import click

from onepin import __version__
from onepin.cli.groups import Commands, Table

COMMANDS: Table = {
    "login": ("onepin.cli.account.login", "Sign in to a server."),
    "logout": ("onepin.cli.account.logout", "Forget a credential."),
    "whoami": ("onepin.cli.account.whoami", "Say who you are, where, and what you may do."),
    "sessions": ("onepin.cli.sessions.group", "See the devices that are signed in as you, end or approve one."),
    "api-keys": ("onepin.cli.api_keys.group", "Create, list, change, rotate, revoke API keys."),
    "workspace": ("onepin.cli.workspace.group", "Choose, list, create, rename or delete workspaces."),
    "members": ("onepin.cli.members.group", "See who is in the workspace, change roles, remove people."),
    "invites": ("onepin.cli.invites.group", "Invite people to the workspace; accept an invite."),
    "audit": ("onepin.cli.audit.group", "See who changed what."),
    "serve": ("onepin.cli.operate.serve", "Run the server."),
    "token": ("onepin.cli.operate.token", "Print a session token for the API, good for an hour."),
    "sign-in": ("onepin.cli.operate.sign_in", "Print a link that signs you in to the dashboard."),
    "config": ("onepin.cli.operate.config", "Print the settings in force, secrets masked."),
    "migrate": ("onepin.cli.operate.migrate", "Bring the database to this version's schema."),
    "pepper": ("onepin.cli.operate.pepper", "Look at the peppers, or rotate them."),
    "verifier": ("onepin.cli.operate.verifier", "Make, list or revoke credentials for your own backends."),
    "doctor": ("onepin.cli.doctor.command", "Look for what is wrong, and say what to do about it."),
    "openapi": ("onepin.cli.operate.openapi", "Print the API's OpenAPI document."),
    "schema": ("onepin.cli.manifest", "Print every command and option as JSON."),
    "completion": ("onepin.cli.completion", "Print the script that completes commands in your shell."),
}
"""Name, the module that holds it as ``command``, and its line in ``onepin --help``."""

SECTIONS = (
    ("Sign in", ("login", "logout", "whoami", "sessions")),
    ("Keys and workspaces", ("api-keys", "workspace", "members", "invites", "audit")),
    ("Your own server", ("serve", "token", "sign-in", "config", "migrate", "pepper", "verifier")),
    ("When in doubt", ("doctor", "openapi", "schema", "completion")),
)
ALIASES = {"keys": "api-keys"}

SERVER_EXTRA = frozenset({"alembic", "cryptography", "fastapi", "granian", "jwt", "sqlalchemy", "starlette"})
EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


@click.group(
    cls=Commands,
    table=COMMANDS,
    aliases=ALIASES,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
First steps:
  onepin serve                          start a server on this machine
  onepin login --local                  sign in to it (in a second terminal)
  onepin keys create "my first key"     make a key; its secret is shown once
  onepin keys list

'onepin COMMAND --help' explains a command and shows examples. Exit codes: 0 done, 1 failed, 2 wrong usage or settings,
130 interrupted.
""",
)
@click.version_option(__version__, prog_name="onepin", message="%(prog)s %(version)s")
def cli() -> None:
    """onepin: create, scope, limit, rotate and revoke the API keys that you hand to your customers."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments`` (those of the process when None). Returns the exit code.

    0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return int(cli.main(args=words, prog_name="onepin", standalone_mode=False) or 0)
    except click.ClickException as error:
        from onepin.cli.failures import show

        show(error, as_json="--json" in words)
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

"""``onepin api-keys``, also ``onepin keys``."""

import click

from onepin.cli.groups import Commands, Table

_HERE = "onepin.cli.api_keys"
TABLE: Table = {
    "create": (f"{_HERE}.create", "Make a key; its secret is shown once."),
    "list": (f"{_HERE}.listing", "Show the keys of the workspace."),
    "show": (f"{_HERE}.show", "Show one key."),
    "update": (f"{_HERE}.update", "Change a key's name, scopes or rate limit."),
    "pause": (f"{_HERE}.pause", "Stop a key for a while."),
    "resume": (f"{_HERE}.resume", "Let a paused key work again."),
    "revoke": (f"{_HERE}.revoke", "End keys for good: one, several, or all unused ones."),
    "rotate": (f"{_HERE}.rotate", "Replace a key, or all old ones, by new ones with new secrets."),
    "usage": (f"{_HERE}.usage", "Show how much a key was used, or all of them."),
    "verify": (f"{_HERE}.verify", "Ask whether a secret is good, and for what."),
}


@click.group(
    "api-keys",
    cls=Commands,
    table=TABLE,
    short_help="Create, list, change, rotate, revoke and verify API keys.",
    epilog="""\b
Examples:
  onepin keys create "CI deploy" --scope workflows:run
  onepin keys list
  onepin api-keys revoke --unused 90d --dry-run

Where a command takes a KEY, that is its id, its preview (pk_live_ and 8 characters), or its name if only one has it.
""",
)
def command() -> None:
    """Create, list, change, rotate, revoke and verify the API keys of a workspace.

    'onepin keys' is the same as 'onepin api-keys'. People manage keys; an API key can't: sign in with
    'onepin login --local' or 'onepin login --token'.
    """

"""``onepin audit``."""

import click

from onepin.cli.groups import Commands, Table

TABLE: Table = {"list": ("onepin.cli.audit.listing", "Show the newest events.")}


@click.group(
    "audit",
    cls=Commands,
    table=TABLE,
    short_help="See who changed what.",
    epilog="""\b
Examples:
  onepin audit list
  onepin audit list --action api_key.revoked --json
""",
)
def command() -> None:
    """See who changed what in the workspace: the audit log, newest first."""

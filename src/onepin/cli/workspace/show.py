"""``onepin workspace show``."""

import click

from onepin.cli.connection import workspace_by_slug
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.workspace.shown import answer


@api_command(
    "show",
    short="Show one workspace.",
    examples="""
onepin workspace show acme-production
onepin workspace show acme-production --json
""",
)
@click.argument("which", metavar="WORKSPACE")
def command(here: Invocation, which: str) -> None:
    """Show WORKSPACE, which is its id, its slug, or its name if only one of yours has it."""
    with here.client() as client, here.waiting("fetching the workspace"):
        found = workspace_by_slug(client, which)
    answer(here, found)

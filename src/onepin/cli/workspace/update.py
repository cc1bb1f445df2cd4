"""``onepin workspace update``."""

import click

from onepin.cli.connection import workspace_by_slug
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.workspace.shown import answer


@api_command(
    "update",
    short="Change a workspace's name, slug or colour.",
    examples="""
onepin workspace update acme-production --name "Acme, production"
onepin workspace update acme-production --slug acme
""",
)
@click.argument("which", metavar="WORKSPACE")
@click.option("--name", metavar="TEXT", help="The new name.")
@click.option("--slug", metavar="TEXT", help="The new name in addresses.")
@click.option("--color", type=click.IntRange(0, 6), metavar="0-6", help="Which of seven colours it is shown in.")
def command(here: Invocation, which: str, name: str | None, slug: str | None, color: int | None) -> None:
    """Change WORKSPACE; what is not named stays as it is. Only its admins can.

    WORKSPACE is its id, its slug, or its name if only one of yours has it.
    """
    if name is None and slug is None and color is None:
        raise click.UsageError("say what to change: --name, --slug or --color.")
    with here.client() as client, here.waiting("changing the workspace"):
        found = workspace_by_slug(client, which)
        changed = client.workspaces.update(found.id, name=name, slug=slug, color_idx=color)
    answer(here, changed, "Changed")

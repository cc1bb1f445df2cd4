"""``onepin workspace create``."""

import click

from onepin.cli.invocation import Invocation, api_command
from onepin.cli.workspace.shown import answer


@api_command(
    "create",
    short="Make a workspace; you become its owner.",
    examples="""
onepin workspace create "Acme production"
onepin workspace create "Acme staging" --slug staging --color 3
""",
)
@click.argument("name")
@click.option("--slug", metavar="TEXT", help="Its name in addresses. [default: made from NAME]")
@click.option("--color", type=click.IntRange(0, 6), metavar="0-6", help="Which of seven colours it is shown in.")
def command(here: Invocation, name: str, slug: str | None, color: int | None) -> None:
    """Make a workspace called NAME; you become its owner. 'onepin workspace use' then chooses it."""
    with here.client() as client, here.waiting("making the workspace"):
        made = client.workspaces.create(name=name, slug=slug, color_idx=color)
    answer(here, made, "Created")

"""``onepin workspace``."""

import click

from onepin.cli.groups import Commands, Table

_HERE = "onepin.cli.workspace"
TABLE: Table = {
    "list": (f"{_HERE}.listing", "Show the workspaces you are in."),
    "use": (f"{_HERE}.use", "Choose the workspace for the next commands."),
    "show": (f"{_HERE}.show", "Show one workspace."),
    "create": (f"{_HERE}.create", "Make a workspace; you become its owner."),
    "update": (f"{_HERE}.update", "Change a workspace's name, slug or colour."),
    "delete": (f"{_HERE}.delete", "Delete a workspace and end all of its keys."),
}


@click.group(
    "workspace",
    cls=Commands,
    table=TABLE,
    short_help="Choose, list, create, rename or delete workspaces.",
    epilog="""\b
Examples:
  onepin workspace list
  onepin workspace create "Acme production"
  onepin workspace use acme-production

A WORKSPACE is its id, its slug, or its name if only one of yours has it.
""",
)
def command() -> None:
    """Choose, list, create, rename or delete workspaces: the homes of keys and of the people who manage them."""

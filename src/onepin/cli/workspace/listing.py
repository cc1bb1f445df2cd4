"""``onepin workspace list``."""

from typing import TYPE_CHECKING

from onepin.cli.connection import target
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.tables import Column, table
from onepin.cli.render.times import absolute, relative

if TYPE_CHECKING:
    from onepin.contract.workspaces import Workspace


@api_command(
    "list",
    short="Show the workspaces you are in.",
    examples="""
onepin workspace list
onepin workspace list --json
""",
)
def command(here: Invocation) -> None:
    """Show the workspaces you are in. A star marks the one that commands work in; without one, it is your personal
    workspace.
    """
    with here.client() as client, here.waiting("fetching workspaces"):
        found = list(client.workspaces.list(limit=100))
    if here.json:
        here.data(found)
    elif here.quiet:
        here.lines(str(one.id) for one in found)
    else:
        here.lines(_table(here, found))


def _table(here: Invocation, found: "list[Workspace]") -> list[str]:
    chosen = target(here.flags).workspace

    def created(one: "Workspace") -> str:
        return relative(one.created_at, here.now) if here.out.interactive else absolute(one.created_at)

    columns: list[Column[Workspace]] = [
        Column("", lambda one: "*" if chosen in (str(one.id), one.slug) else " "),
        Column("NAME", lambda one: one.name, least=12),
        Column("SLUG", lambda one: one.slug, least=12),
        Column("CREATED", created, drop=1),
        Column("ID", lambda one: str(one.id), drop=2),
    ]
    return table(here.out, columns, found)

"""How people look in a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from onepin.cli.invocation import Invocation
from onepin.cli.render.tables import Column, table
from onepin.cli.render.times import absolute, relative

if TYPE_CHECKING:
    from onepin.contract.members import WorkspaceMember


def people(here: Invocation, found: "Sequence[WorkspaceMember]") -> list[str]:
    """A line for each."""

    def seen(one: "WorkspaceMember") -> str:
        if one.last_active_at is None:
            return "never"
        return relative(one.last_active_at, here.now) if here.out.interactive else absolute(one.last_active_at)

    columns: list[Column[WorkspaceMember]] = [
        Column("EMAIL", lambda one: one.email or "-", least=12),
        Column("ROLE", lambda one: one.role),
        Column("STATUS", lambda one: one.status, style=lambda one: ("yellow",) if one.status == "invited" else ()),
        Column(
            "NAME",
            lambda one: " ".join(part for part in (one.first_name, one.last_name) if part) or "-",
            least=8,
            drop=1,
        ),
        Column("LAST ACTIVE", seen, drop=2),
        Column("ID", lambda one: str(one.id), drop=3),
    ]
    return table(here.out, columns, found)

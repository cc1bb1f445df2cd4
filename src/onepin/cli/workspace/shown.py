"""How a workspace looks in a terminal."""

from typing import TYPE_CHECKING

from onepin.cli.invocation import Invocation
from onepin.cli.render.tables import facts
from onepin.cli.render.times import absolute

if TYPE_CHECKING:
    from onepin.contract.workspaces import Workspace


def answer(here: Invocation, one: "Workspace", verb: str = "") -> None:
    """The workspace as it is now; with ``--quiet`` its id. ``verb`` says what was done to it."""
    if here.json:
        here.data(one)
        return
    if here.quiet:
        here.write(str(one.id))
        return
    if verb:
        here.say(f"{here.err.style(verb, 'green')} {one.name!r}.")
    pairs = [
        ("name", one.name),
        ("slug", one.slug),
        ("id", str(one.id)),
        ("colour", str(one.color_idx)),
        ("created", absolute(one.created_at)),
        ("created by", str(one.created_by)),
    ]
    here.lines(facts(here.out, [(name, value, None) for name, value in pairs]))

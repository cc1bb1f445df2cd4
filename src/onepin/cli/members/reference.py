"""Which workspace, and which of its people."""

from typing import TYPE_CHECKING, Literal

import click

from onepin.cli.failures import Failed
from onepin.cli.render.cells import harmless

if TYPE_CHECKING:
    from onepin.client.client import OnePinClient
    from onepin.contract.members import WorkspaceMember

ROLES = ("admin", "editor", "viewer")
Role = Literal["admin", "editor", "viewer"]
ROLE = click.Choice(ROLES)


def workspace_of(client: "OnePinClient") -> str:
    """The id of the workspace that calls are made in.

    The personal one has no name on the wire, but its log begins with its creation.

    Raises:
        Failed: There is none: nobody invited this person, and sign-up is by invitation.
    """
    if client.workspace_id is not None:
        return client.workspace_id
    for event in client.usage.activity(action="workspace.created", limit=1):
        if event.resource.id is not None:
            return str(event.resource.id)
    raise Failed("You have no workspace yet.", hint="'onepin workspace list' shows yours.", code="NOT_FOUND")


def find_member(
    client: "OnePinClient", workspace: str, text: str, status: Literal["active", "invited"]
) -> "WorkspaceMember":
    """The member (or the invited) whose address or id ``text`` is, or whose name where nobody else has it.

    Raises:
        Failed: There is none, or the name is that of several.
    """
    wanted = text.strip().casefold()
    people = [member for member in client.members.list(workspace) if member.status == status]
    found = [member for member in people if wanted in (member.email.casefold(), str(member.id))]
    found = found or [member for member in people if wanted == _name(member).casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = [(said(member), str(member.id)) for member in found]
        raise Failed(f"{len(found)} people are called {text!r}: say which by id.", details=ids, code="AMBIGUOUS")
    what, where = ("member", "members") if status == "active" else ("pending invite", "invites")
    raise Failed(f"There is no {what} {text!r} here.", hint=f"'onepin {where} list' shows them.", code="NOT_FOUND")


def said(member: "WorkspaceMember") -> str:
    """How to call somebody: by address, else by name, else by id."""
    return harmless(member.email or _name(member) or str(member.id))


def _name(member: "WorkspaceMember") -> str:
    return " ".join(part for part in (member.first_name, member.last_name) if part)

"""Who may do what: a table of roles, a table of what routes need, and the functions that compare them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from onepin.contract.codes import Code
from onepin.contract.scopes import KEYS_VERIFY
from onepin.server.errors import Detail, Refused

ROLES = ("viewer", "editor", "admin")
"""From least to most; each may do what those before it may."""


class Place(Enum):
    """Where a route finds its workspace."""

    HEADER = "header"  # X-Workspace-Id, or the caller's personal workspace
    PATH = "path"  # named in the path, if at all; the handler looks it up for the caller
    ARRIVAL = "arrival"  # the route lets somebody in, who may have no place anywhere yet
    NOWHERE = "nowhere"  # the route is about the caller, who may be new here


@dataclass(frozen=True, slots=True)
class Need:
    """What a route asks of its caller.

    ``role``: the least role of a session in the workspace, or None for any signed-in person.
    ``key_scope``: the scope an API key must hold; ``""`` for any key; None where only a session will do.
    """

    place: Place
    role: str | None = None
    key_scope: str | None = None


READ_KEYS = Need(Place.HEADER, role="viewer")
WRITE_KEYS = Need(Place.HEADER, role="editor")
ANYONE = Need(Place.NOWHERE, key_scope="")
SIGNED_IN = Need(Place.PATH)
ARRIVING = Need(Place.ARRIVAL)


def require_role(role: str, need: Need) -> None:
    """Raises ``Refused`` (FORBIDDEN) when ``role`` is below what the route needs."""
    if need.role is not None and ROLES.index(role) < ROLES.index(need.role):
        raise Refused(
            Code.FORBIDDEN,
            f"This needs the role {need.role} in the workspace; yours is {role}. Ask an admin of the workspace.",
            reason=f"role {role} < {need.role}",
        )


def missing_scope(missing: Sequence[str], needed: Sequence[str], headers: Mapping[str, str]) -> Refused:
    """The refusal (INSUFFICIENT_SCOPE, RFC 6750 §3.1) of a key that lacks scopes, naming each one."""
    return Refused(
        Code.INSUFFICIENT_SCOPE,
        f"This API key lacks the scope {', '.join(missing)}.",
        details=[Detail("scopes", f"needs {scope}", "header", "insufficient_scope") for scope in missing],
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(needed)}"', **headers},
    )


def may_grant(role: str, scope: str) -> bool:
    """Whether ``role`` may put ``scope`` on a key: admin any, editor all but ``keys:verify``, viewer none."""
    return role == "admin" or (role == "editor" and scope != KEYS_VERIFY)


def require_grantable(role: str, scopes: Iterable[str]) -> None:
    """Raises ``Refused`` (FORBIDDEN) when a key with ``scopes`` is more than ``role`` may hand out."""
    beyond = [scope for scope in scopes if not may_grant(role, scope)]
    if beyond:
        raise Refused(
            Code.FORBIDDEN,
            f"Your role {role} may not hand out the scope {', '.join(beyond)}. Ask an admin of the workspace.",
            details=[Detail("scopes", f"your role may not grant {scope}") for scope in beyond],
        )


def shown_scopes(role: str, scopes: Iterable[str]) -> list[str]:
    """What whoami lists for a session: what the role may grant; for a viewer, what it may read. Sorted, unique."""
    if role == "viewer":
        return sorted({scope for scope in scopes if scope.endswith(":read")})
    return sorted({scope for scope in scopes if may_grant(role, scope)})

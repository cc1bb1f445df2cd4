"""Workspaces, the people in them, and everything that the database holds of one.

There is no operation for members yet, so memberships are written where the service would write them.
"""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, select, update

from onepin.server.records import AuditRecord
from onepin.server.store.query import Query, Tx
from onepin.server.store.system_queries import AUDIT_EVENTS
from onepin.server.store.tables import key_usage, members, metadata, users, workspaces
from onepin.server.store.workspace_queries import INSERT_MEMBER
from service import Service

_WS: Any = bindparam("workspace_id")
_ONE = (members.c.workspace_id == _WS, members.c.user_id == bindparam("member"))
_SET_ROLE: Query[None] = Query(update(members).where(*_ONE).values(role=bindparam("to")), lambda: None)
_REMOVE: Query[None] = Query(delete(members).where(*_ONE), lambda: None)


def _row(*values: Any) -> tuple[Any, ...]:
    return values


@functools.cache
def _rows(table: Table) -> Query[tuple[Any, ...]]:
    """Every row of a workspace in ``table``."""
    if table is workspaces:
        mine = workspaces.c.id == _WS
    elif table is users:
        mine = users.c.id.in_(select(members.c.user_id).where(members.c.workspace_id == _WS))
    else:
        mine = table.c.workspace_id == _WS
    return Query(select(*_facts(table)).where(mine).order_by(*table.primary_key), _row)


@functools.cache
def _everything(table: Table) -> Query[tuple[Any, ...]]:
    return Query(select(*_facts(table)).order_by(*table.primary_key), _row)


def _facts(table: Table) -> list[Any]:
    """The columns that somebody decided about. When a key was last used is bookkeeping, written behind the requests,
    and so is when a person was last active.
    """
    return [column for column in table.c if column.name not in ("last_used_at", "last_active_at")]


OWNED = tuple(
    table
    for table in metadata.sorted_tables
    if ("workspace_id" in table.c or table in (users, workspaces)) and table is not key_usage
)
"""Every table that holds what workspaces own; counters are bookkeeping too."""


async def user_id_of(service: Service, user: str) -> UUID:
    """A person's id, whether or not they have called before."""
    answer = await service.call("GET", "auth/whoami", service.session(user))
    return UUID(answer.json()["data"]["user_id"])


async def join(service: Service, workspace: UUID | str, user: str, role: str) -> dict[str, str]:
    """Make ``user`` a member; returns the headers of their session in that workspace."""
    await service.workspace_of(user)
    member = await user_id_of(service, user)

    async def work(tx: Tx) -> None:
        await tx.run(
            INSERT_MEMBER, workspace_id=UUID(str(workspace)), user_id=member, role=role, created_at=service.clock.now()
        )

    await service.store.write(work)
    return service.session(user, workspace)


async def change_role(service: Service, workspace: UUID | str, user: str, role: str | None) -> None:
    """Give a member another role; None removes them."""
    member = await user_id_of(service, user)

    async def work(tx: Tx) -> None:
        where = {"workspace_id": UUID(str(workspace)), "member": member}
        await (tx.run(_REMOVE, **where) if role is None else tx.run(_SET_ROLE, **where, to=role))

    await service.store.write(work)


async def state(service: Service, workspace: UUID | str) -> str:
    """A hash of every row that the database has of a workspace."""

    async def work(tx: Tx) -> str:
        found = [(table.name, await tx.all(_rows(table), workspace_id=UUID(str(workspace)))) for table in OWNED]
        return hashlib.sha256(repr(found).encode()).hexdigest()

    return await service.store.read(work)


async def whole_state(service: Service) -> str:
    """A hash of every row that the database has of anybody."""

    async def work(tx: Tx) -> str:
        found = [(table.name, await tx.all(_everything(table))) for table in OWNED]
        return hashlib.sha256(repr(found).encode()).hexdigest()

    return await service.store.read(work)


async def count(service: Service, table: Table, workspace: UUID | str) -> int:
    """How many rows a workspace has in ``table``."""
    return len(await service.store.all(_rows(table), workspace_id=UUID(str(workspace))))


async def audit(service: Service, workspace: UUID | str, *, but: Sequence[AuditRecord] = ()) -> list[AuditRecord]:
    """The audit events of a workspace, without those seen before, by action (the test's clock stands still)."""
    found = await service.store.all(AUDIT_EVENTS, workspace_id=UUID(str(workspace)), limit=10_000)
    seen = {event.id for event in but}
    return sorted((event for event in found if event.id not in seen), key=lambda event: event.action)


@dataclass(frozen=True)
class Tenant:
    """A workspace with one person of each role, and their headers."""

    id: UUID
    admin: dict[str, str]
    editor: dict[str, str]
    viewer: dict[str, str]


async def tenant(service: Service, name: str = "tenant") -> Tenant:
    """A new workspace, not anybody's personal one. Its people are named after ``service.user``."""
    owner = f"{name}-admin-{service.user}"
    answer = await service.call("POST", "workspaces", service.session(owner), json={"name": name})
    workspace = UUID(answer.json()["data"]["id"])
    editor = await join(service, workspace, f"{name}-editor-{service.user}", "editor")
    viewer = await join(service, workspace, f"{name}-viewer-{service.user}", "viewer")
    return Tenant(workspace, service.session(owner, workspace), editor, viewer)

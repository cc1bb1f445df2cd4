"""Who does what to whom in the tests of members and invites."""

from typing import Any
from uuid import UUID

import httpx

from answers import data
from service import Service
from tenants import user_id_of


def invites(workspace: UUID | str, invite: str = "") -> str:
    return f"workspaces/{workspace}/invites" + (f"/{invite}" if invite else "")


def members(workspace: UUID | str, member: object = "") -> str:
    return f"workspaces/{workspace}/members" + (f"/{member}" if member else "")


async def invite(service: Service, workspace: UUID | str, email: str, role: str = "viewer") -> dict[str, Any]:
    """An invite by the test's own person; its data."""
    answer = await service.call("POST", invites(workspace), service.session(), json={"email": email, "role": role})
    made: dict[str, Any] = data(answer, 201)
    return made


async def accept(service: Service, token: str, user: str) -> httpx.Response:
    """The answer to somebody who accepts."""
    return await service.call("POST", f"workspaces/invites/{token}/accept", service.session(user))


async def joined(service: Service, workspace: UUID | str, name: str, role: str) -> tuple[str, UUID]:
    """Somebody who was invited and accepted: their address and their id."""
    user = f"{name}-{service.user}"
    data(await accept(service, (await invite(service, workspace, user, role))["token"], user))
    return user, await user_id_of(service, user)


async def roster(service: Service, workspace: UUID | str, user: str | None = None) -> list[tuple[str, str, str]]:
    """What the list says: address, role, status."""
    listed = data(await service.call("GET", members(workspace), service.session(user)))
    return [(one["email"], one["role"], one["status"]) for one in listed]

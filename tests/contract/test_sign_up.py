"""ONEPIN_SIGN_UP=invited: whoever can sign in is nobody here until somebody lets them in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from answers import data, refused
from onepin.contract.scopes import SCOPES
from service import Service, running
from tenants import whole_state

NOBODYS = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
EVERYTHING_ELSE: list[tuple[str, str, Any]] = [
    ("GET", "workspaces", None),
    ("POST", "workspaces", {"name": "Team"}),
    ("GET", "workspaces/slug-available?slug=a", None),
    ("GET", f"workspaces/{NOBODYS}", None),
    ("PATCH", f"workspaces/{NOBODYS}", {}),
    ("DELETE", f"workspaces/{NOBODYS}", None),
    ("GET", f"workspaces/{NOBODYS}/settings", None),
    ("GET", f"workspaces/{NOBODYS}/members", None),
    ("PATCH", f"workspaces/{NOBODYS}/members/{NOBODYS}", {}),
    ("DELETE", f"workspaces/{NOBODYS}/members/{NOBODYS}", None),
    ("POST", f"workspaces/{NOBODYS}/invites", {"email": "a@example.com", "role": "viewer"}),
    ("PATCH", f"workspaces/{NOBODYS}/invites/{NOBODYS}", {}),
    ("DELETE", f"workspaces/{NOBODYS}/invites/{NOBODYS}", None),
    ("GET", "api-keys", None),
    ("POST", "api-keys", {"name": "a"}),
    ("GET", f"api-keys/{NOBODYS}", None),
    ("PATCH", f"api-keys/{NOBODYS}", {}),
    ("DELETE", f"api-keys/{NOBODYS}", None),
    ("PATCH", f"api-keys/{NOBODYS}/rotate", None),
]


@pytest_asyncio.fixture
async def invited(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A service that welcomes nobody; its one workspace was made while it still did."""
    async with running(tmp_path, database_url) as before:
        await before.create_key(before.session("owner@example.com"))
    async with running(tmp_path, database_url, sign_up="invited") as started:
        yield started


async def let_in(service: Service, user: str, role: str) -> dict[str, str]:
    """Invite somebody, who accepts; returns their headers in the owner's workspace."""
    owner = service.session("owner@example.com")
    workspace = await service.workspace_of("owner@example.com")
    invited = {"email": user, "role": role}
    invite = data(await service.call("POST", f"workspaces/{workspace}/invites", owner, json=invited), 201)
    accepted = await service.call("POST", f"workspaces/invites/{invite['token']}/accept", service.session(user))
    assert data(accepted) == {"workspace_id": str(workspace)}
    return service.session(user, workspace)


async def test_a_stranger_may_ask_who_they_are_and_nothing_else(invited: Service) -> None:
    """If this failed, everybody whom the identity provider knows could make keys."""
    before = await whole_state(invited)
    who = data(await invited.call("GET", "auth/whoami", invited.session()))
    assert (who["auth_kind"], who["workspace_id"], who["api_key_id"], who["scopes"]) == ("clerk", None, None, [])
    for method, path, body in EVERYTHING_ELSE:
        answer = await invited.call(method, path, invited.session(), json=body)
        assert "invite" in refused(answer, "NOT_A_MEMBER"), (method, path)
    assert await whole_state(invited) == before


async def test_a_stranger_can_not_name_their_way_in(invited: Service) -> None:
    """If this failed, knowing the id of a workspace would be enough to act in it."""
    workspace = await invited.workspace_of("owner@example.com")
    before = await whole_state(invited)
    for named in (workspace, NOBODYS):
        headers = invited.session(workspace=named)
        refused(await invited.call("GET", "auth/whoami", headers), "NOT_A_MEMBER")
        for method, path, body in EVERYTHING_ELSE:
            refused(await invited.call(method, path, headers, json=body), "NOT_A_MEMBER")
    assert await whole_state(invited) == before


async def test_who_was_let_in_acts_where_they_were_let_in_and_has_no_workspace_of_their_own(invited: Service) -> None:
    headers = await let_in(invited, "guest@example.com", "editor")
    assert data(await invited.call("POST", "api-keys", headers, json={"name": "a"}), 201)
    own = invited.session("guest@example.com")
    refused(await invited.call("GET", "api-keys", own), "NOT_A_MEMBER")
    refused(await invited.call("POST", "api-keys", own, json={"name": "a"}), "NOT_A_MEMBER")
    assert len(data(await invited.call("GET", "workspaces", own))) == 1
    assert data(await invited.call("GET", "auth/whoami", own))["scopes"] == []
    assert data(await invited.call("GET", "auth/whoami", headers))["scopes"] == sorted(set(SCOPES) - {"keys:verify"})


@pytest.mark.parametrize("sign_up", ["open", "invited"])
async def test_somebody_who_was_here_before_stays(tmp_path: Path, database_url: str, sign_up: str) -> None:
    async with running(tmp_path, database_url) as before:
        key = await before.create_key()
    async with running(tmp_path, database_url, sign_up=sign_up) as after:
        assert [found["id"] for found in data(await after.call("GET", "api-keys", after.session()))] == [key["id"]]

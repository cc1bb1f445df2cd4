"""The ``workspace_members`` and ``workspace`` methods and the ``workspace …`` commands of the published clients."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from public_client.called import Caller, Client, Model, Raised
from public_client.test_command_line import Terminal, terminal
from server_process import ServerProcess

__all__ = ["terminal"]


@pytest.fixture(params=["OnePinClient", "AsyncOnePinClient", "OnepinClient", "AsyncOnepinClient"])
def client(request: pytest.FixtureRequest, server: ServerProcess, user: str) -> Client:
    """A signed-in person with each client; the last two names are those of the newest."""
    newest = request.param.endswith("OnepinClient")
    caller: Caller = request.getfixturevalue("newest_caller" if newest else "caller")
    return Client(caller, request.param, server.base_url, server.token(user), {"max_retries": 0})


def status(client: Client, method: str, *args: Any, **kwargs: Any) -> int | None:
    """The status of a refusal."""
    with pytest.raises(Raised) as raised:
        client(f"workspace_members.{method}", *args, **kwargs)
    return raised.value.status


def members(client: Client, workspace: str) -> list[Model]:
    answer = client("workspace_members.list_members", workspace)
    assert answer.kind == "ApiListResponseWorkspaceMemberOut"
    assert {member.kind for member in answer.data} == {"WorkspaceMemberOut"}
    assert all(member.unknown == {} for member in answer.data)
    found: list[Model] = answer.data
    return found


def test_invite_accept_change_and_remove(client: Client, server: ServerProcess) -> None:
    team = client("workspaces.create_workspace", name="Team").data.id
    guest = f"guest-{uuid4().hex}@example.com"
    other = Client(client.caller, client.constructor, server.base_url, server.token(guest), client.options)

    invite = client("workspace_members.create_invite", team, email=guest.upper(), role="viewer").data
    assert (invite.kind, invite.email, invite.role, invite.status) == ("WorkspaceInviteOut", guest, "viewer", "pending")
    assert (invite.expires_at - invite.created_at).days == 14
    assert status(client, "create_invite", team, email=guest, role="viewer") == 409
    assert [(one.email, one.status, one.user_id) for one in members(client, team)[1:]] == [(guest, "invited", None)]
    changed = client("workspace_members.update_invite_role", team, invite.id, role="editor").data
    assert (changed.kind, changed.role, changed.unknown) == ("WorkspaceInviteOut", "editor", {})

    token = invite.unknown["token"]
    accepted = other("workspace_members.accept_invite", token)
    assert (accepted.kind, accepted.data) == ("ApiResponseDict", {"workspace_id": team})
    assert status(other, "accept_invite", token) == 410
    assert status(client, "update_invite_role", team, invite.id, role="viewer") == 409
    assert status(client, "revoke_invite", team, invite.id) == 404

    member = members(client, team)[1]
    assert (member.email, member.role, member.status, member.id) == (guest, "editor", "active", member.user_id)
    assert members(other, team)[0].email == guest, "whoever asks comes first"
    role = client("workspace_members.update_member_role", team, member.id, role="viewer")
    assert (role.kind, role.data["role"]) == ("ApiResponseDict", "viewer")
    assert status(other, "remove_member", team, member.id) == 403
    removed = client("workspace_members.remove_member", team, member.id)
    assert (removed.kind, removed.data) == ("ApiResponseDict", {})
    assert status(other, "list_members", team) == 404
    assert status(client, "remove_member", team, members(client, team)[0].id) == 409


def test_revoke_an_invite(client: Client) -> None:
    team = client("workspaces.create_workspace", name="Team").data.id
    invite = client("workspace_members.create_invite", team, email="guest@example.com", role="admin").data
    revoked = client("workspace_members.revoke_invite", team, invite.id)
    assert (revoked.kind, revoked.data) == ("ApiResponseDict", {})
    assert len(members(client, team)) == 1


def test_settings(client: Client) -> None:
    team = client("workspaces.create_workspace", name="Team").data.id
    settings = client("workspace.get_workspace_settings", team)
    assert (settings.kind, settings.data.kind) == ("ApiResponseWorkspaceSettingsOut", "WorkspaceSettingsOut")
    assert settings.data.fields == {"default_language": None, "theme": None}
    assert settings.data.unknown == {}


def test_every_workspace_command_does_what_it_says(terminal: Terminal, server: ServerProcess, user: str) -> None:
    """With a session token in the place of the key: the commands send whatever they are given."""

    def run(*words: str, who: str = user) -> Any:
        where = {"ONEPIN_API_KEY": server.token(who), "ONEPIN_BASE_URL": server.base_url}
        done = terminal("--json", "workspace", *words, **where)
        assert (done.returncode, done.stderr) == (0, ""), words
        return json.loads(done.stdout)

    slug, guest = f"team-{uuid4().hex}", f"guest-{uuid4().hex}@example.com"
    team = run("create", "--name", "Team", "--slug", slug)["id"]
    assert run("update", team, "--name", "New", "--color-idx", "3")["name"] == "New"
    assert run("show", team)["color_idx"] == 3
    assert team in {one["id"] for one in run("list")}
    assert run("settings", team) == {"default_language": None, "theme": None}
    invite = run("members", "invite", team, "--email", guest, "--role", "viewer")
    assert run("members", "invite-role", team, invite["id"], "--role", "editor")["role"] == "editor"
    run("members", "accept", invite["token"], who=guest)
    _, member = run("members", "list", team)
    assert (member["email"], member["role"]) == (guest, "editor")
    run("members", "set-role", team, member["id"], "--role", "viewer")
    assert run("members", "list", team)[1]["role"] == "viewer"
    run("members", "remove", team, member["id"], "--yes")
    again = run("members", "invite", team, "--email", guest, "--role", "viewer")
    run("members", "revoke-invite", team, again["id"], "--yes")
    assert len(run("members", "list", team)) == 1
    run("delete", team, "--yes")
    answer = httpx.get(f"{server.base_url}/api/v1/workspaces/{team}", headers=server.session(user))
    assert answer.status_code == 404

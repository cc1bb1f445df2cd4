"""Raw answers, unknown fields, and the published client's ways of calling."""

import functools
import json
from typing import Any
from uuid import uuid4

import pytest

from client.answering import Asked, Reply, answering
from client.conftest import Make
from client.test_retries import KEY
from client.ways import method_of
from onepin import OnePinAuthError, OnePinConflictError, OnePinError, OnePinNotFoundError
from onepin.contract.codes import Code
from server_process import ServerProcess


def test_a_raw_answer_has_status_headers_request_id_and_plain_data(make: Make) -> None:
    client = make()
    raw = client("api_keys.with_raw_response.create", name="ci")
    assert raw.status_code == 201
    assert raw.headers["X-Request-ID"] == raw.request_id == raw.json()["meta"]["request_id"]
    assert isinstance(raw.data["api_key"], str)
    assert raw.parse().api_key.reveal() == raw.data["api_key"]
    assert raw.data["api_key"] not in repr(raw)
    assert json.loads(raw.content) == raw.json()


def test_raw_lists_lead_to_all_pages(make: Make) -> None:
    client = make()
    for name in ("one", "two", "three"):
        client("api_keys.create", name=name)
    raw = client("api_keys.with_raw_response.list", limit=1)
    assert raw.json()["pagination"]["total"] == 3
    assert [key["name"] for key in raw.data] == ["three"]
    assert [key.name for key in client.all(raw.parse())] == ["three", "two", "one"]


def test_every_method_has_its_raw_form(make: Make) -> None:
    client = make().client
    own = ("api_keys", "auth", "usage", "workspaces", "members", "invites", "workspace_members", "workspace")
    for resource in (*own, "auth.sessions", "auth.device"):
        plain = method_of(client, resource)
        inner = {"with_raw_response", "sessions", "device"}
        methods = {name for name in dir(plain) if not name.startswith("_") and name not in inner}
        assert methods == {name for name in vars(plain.with_raw_response) if not name.startswith("_")}


def test_refusals_are_errors_in_raw_mode_too(make: Make) -> None:
    with pytest.raises(OnePinNotFoundError):
        make()("api_keys.with_raw_response.get", uuid4())


def test_fields_that_this_version_does_not_know_are_kept(make: Make) -> None:
    """An old SDK must not hide what a newer server says."""
    body = json.loads(KEY)
    body["data"] |= {"colour": "blue", "key_type": "test"}
    with answering(lambda asked: (200, {}, json.dumps(body).encode())) as told:
        key = make(base_url=told.base_url, token="t")("api_keys.get", uuid4())
    assert (key.colour, key.key_type) == ("blue", "test")
    assert "colour='blue'" in repr(key)


def _ok(content: bytes, asked: Asked) -> Reply:
    return 200, {}, content


def test_values_that_this_version_does_not_know_are_kept(make: Make) -> None:
    """Otherwise a new verdict, kind of caller or of actor would break every old SDK."""
    meta = json.loads(KEY)["meta"]
    verdict = {"valid": False, "code": "FROZEN", "api_key_id": None, "workspace_id": None, "name": None, "scopes": []}
    caller: dict[str, Any] = {
        "auth_kind": "device",
        "user_id": None,
        "workspace_id": None,
        "api_key_id": None,
        "scopes": [],
    }
    for operation, arguments, data in (
        ("api_keys.verify", ("x",), verdict | {"rate_limit": None}),
        ("auth.whoami", (), caller),
    ):
        content = json.dumps({"data": data, "meta": meta}).encode()
        with answering(functools.partial(_ok, content)) as told:
            result = make(base_url=told.base_url, token="t")(operation, *arguments)
        assert (getattr(result, "code", None) or result.auth_kind) in ("FROZEN", "device")


def test_code_written_for_the_published_client_runs(make: Make) -> None:
    client = make()
    created = client("api_keys.create_api_key", name="ci", scopes=["voices:read"], rate_limit_per_min=None)
    plaintext: str = created.data.api_key
    assert plaintext.startswith(created.data.preview)
    assert plaintext not in repr(created) + str(created)
    key_id = str(created.data.id)
    listed = client("api_keys.list_api_keys", offset=0, limit=10, status="active")
    assert (listed.pagination.total, [str(key.id) for key in listed.data]) == (1, [key_id])
    assert client("api_keys.get_api_key", key_id).data.name == "ci"
    assert client("api_keys.update_api_key", key_id, name="new", active=False).data.active is False
    client("api_keys.update_api_key", key_id=key_id, active=True)
    rotated = client("api_keys.rotate_api_key", key_id).data
    assert make(token=rotated.new_key.api_key)("auth.whoami").data.api_key_id == rotated.new_key.id
    assert client("api_keys.delete_api_key", str(rotated.new_key.id)).data.revoked_at is not None
    team = client("workspaces.create_workspace", name="Team").data
    assert client("api_keys.create_api_key", name="there", workspace_id=str(team.id)).data.workspace_id == team.id
    assert client("workspaces.list_workspaces", limit=1).pagination.total == 2
    assert client("workspaces.get_workspace", str(team.id)).data == team
    assert client("workspaces.update_workspace", str(team.id), name="Team 2").data.name == "Team 2"
    assert client("workspaces.delete_workspace", str(team.id)).meta.request_id
    assert client("usage.usage_activity", limit=2).pagination.cursor


def test_its_operations_on_people_too(make: Make, server: ServerProcess) -> None:
    client, other = make(), f"{uuid4().hex[:12]}@example.com"
    ws_id = str(client("workspaces.create_workspace", name="Team").data.id)
    invite = client("workspace_members.create_invite", ws_id, email=other, role="viewer").data
    assert isinstance(invite.token, str)
    assert invite.token not in repr(invite)
    client("workspace_members.update_invite_role", ws_id, str(invite.id), role="editor")
    guest = make(token=server.token(other))
    assert str(guest("workspace_members.accept_invite", invite.token).data.workspace_id) == ws_id
    people = client("workspace_members.list_members", ws_id)
    assert [person.role for person in people.data] == ["admin", "editor"]
    guest_id = str(people.data[1].id)
    assert client("workspace_members.update_member_role", ws_id, guest_id, role="viewer").data.role == "viewer"
    client("workspace_members.remove_member", ws_id, guest_id)
    again = client("workspace_members.create_invite", ws_id, email=other, role="viewer").data
    client("workspace_members.revoke_invite", ws_id, str(again.id))
    assert client("workspace.get_workspace_settings", ws_id).data.theme is None


def test_its_raw_answers_too(make: Make) -> None:
    client = make()
    raw = client("api_keys.with_raw_response.create_api_key", name="ci")
    assert raw.status_code == 201
    assert raw.headers["x-request-id"] == str(raw.data.meta.request_id)
    assert raw.data.data.api_key.startswith("pk_live_")


def test_its_request_options_too(make: Make) -> None:
    with answering(lambda asked: (500, {"Retry-After": "0"}, b"")) as told:
        client = make(base_url=told.base_url, token="t")
        options = {"max_retries": 1, "timeout_in_seconds": 2, "additional_headers": {"X-Mine": "yes"}}
        with pytest.raises(OnePinError) as caught:
            client("api_keys.get_api_key", "id", request_options=options)
        assert caught.value.body is None
        assert [asked.headers["x-mine"] for asked in told.asked] == ["yes", "yes"]


def test_its_refusals_are_caught_by_status(make: Make) -> None:
    client = make()
    key = client("api_keys.create_api_key", name="ci").data
    client("api_keys.delete_api_key", str(key.id))
    with pytest.raises(OnePinConflictError) as caught:
        client("api_keys.rotate_api_key", str(key.id))
    assert caught.value.status_code == 409
    assert caught.value.body["error"]["code"] == Code.CONFLICT
    with pytest.raises(OnePinAuthError):
        make(token="nobody")("api_keys.list_api_keys")


def test_arguments_and_request_models_have_the_same_names() -> None:
    """A field that the contract gets must get an argument here."""
    import inspect

    from onepin.client.resources.api_keys import ApiKeys
    from onepin.client.resources.async_api_keys import AsyncApiKeys
    from onepin.client.resources.invites import AsyncInvites, Invites
    from onepin.client.resources.members import AsyncMembers, Members
    from onepin.client.resources.usage import AsyncUsage, Usage
    from onepin.client.resources.workspaces import AsyncWorkspaces, Workspaces
    from onepin.contract.api_keys import ApiKeyCreate, ApiKeyListQuery, ApiKeyRotate, ApiKeyUpdate
    from onepin.contract.members import InviteCreate, InviteUpdate, MemberUpdate
    from onepin.contract.usage import ActivityQuery, UsageQuery
    from onepin.contract.verification import VerifyRequest
    from onepin.contract.workspaces import SlugQuery, WorkspaceCreate, WorkspaceListQuery, WorkspaceUpdate

    more = {"self", "key_id", "workspace_id", "idempotency_key", "member_id", "invite_id"}
    table: list[tuple[Any, Any, str, Any]] = [
        (ApiKeys, AsyncApiKeys, "create", ApiKeyCreate),
        (ApiKeys, AsyncApiKeys, "update", ApiKeyUpdate),
        (ApiKeys, AsyncApiKeys, "rotate", ApiKeyRotate),
        (ApiKeys, AsyncApiKeys, "list", ApiKeyListQuery),
        (ApiKeys, AsyncApiKeys, "usage", UsageQuery),
        (ApiKeys, AsyncApiKeys, "verify", VerifyRequest),
        (Usage, AsyncUsage, "summary", UsageQuery),
        (Usage, AsyncUsage, "activity", ActivityQuery),
        (Workspaces, AsyncWorkspaces, "create", WorkspaceCreate),
        (Workspaces, AsyncWorkspaces, "update", WorkspaceUpdate),
        (Workspaces, AsyncWorkspaces, "list", WorkspaceListQuery),
        (Members, AsyncMembers, "update", MemberUpdate),
        (Invites, AsyncInvites, "create", InviteCreate),
        (Invites, AsyncInvites, "update", InviteUpdate),
        (Workspaces, AsyncWorkspaces, "slug_available", SlugQuery),
    ]
    for sync, asynchronous, method, model in table:
        signature = inspect.signature(getattr(sync, method))
        assert set(signature.parameters) - more == set(model.model_fields), method
        assert signature.parameters == inspect.signature(getattr(asynchronous, method)).parameters, method
    for sync, asynchronous in {(row[0], row[1]) for row in table}:
        assert {n for n in dir(sync) if n[0] != "_"} == {n for n in dir(asynchronous) if n[0] != "_"}

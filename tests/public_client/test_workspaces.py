"""The ``workspaces`` methods of the published clients: the last with ``api_keys``, and the newest."""

from typing import Any
from uuid import uuid4

import pytest

from public_client.called import Caller, Client, MakeClient, Raised
from server_process import ServerProcess


@pytest.fixture(params=["OnePinClient", "AsyncOnePinClient", "OnepinClient", "AsyncOnepinClient"])
def client(request: pytest.FixtureRequest, server: ServerProcess, user: str) -> Client:
    """A signed-in person with each client; the last two names are those of the newest."""
    newest = request.param.endswith("OnepinClient")
    caller: Caller = request.getfixturevalue("newest_caller" if newest else "caller")
    return Client(caller, request.param, server.base_url, server.token(user), {"max_retries": 0})


def refusal(client: Client, method: str, *args: Any, **kwargs: Any) -> tuple[int | None, str]:
    with pytest.raises(Raised) as raised:
        client(method, *args, **kwargs)
    body = raised.value.body
    error = body.error.fields if hasattr(body, "error") else (body if isinstance(body, dict) else body.unknown)["error"]
    return raised.value.status, error["code"]


def test_a_newcomer_has_a_workspace(client: Client) -> None:
    answer = client("workspaces.list_workspaces")
    assert answer.kind == "ApiListResponseWorkspaceOut"
    assert (answer.pagination.next, answer.pagination.prev, answer.pagination.limit) == (None, None, 20)
    (workspace,) = answer.data
    assert workspace.kind == "WorkspaceOut"
    assert workspace.created_by == client("auth.whoami").data.user_id


def test_create_get_update_and_delete(client: Client) -> None:
    slug = f"team-{uuid4().hex}"
    created = client("workspaces.create_workspace", name="Team", slug=slug, color_idx=6).data
    assert (created.name, created.slug, created.color_idx) == ("Team", slug, 6)
    assert client("workspaces.get_workspace", created.id).data == created
    updated = client("workspaces.update_workspace", created.id, name="Team 2", slug=f"{slug}-2", color_idx=0).data
    assert (updated.name, updated.slug, updated.color_idx) == ("Team 2", f"{slug}-2", 0)
    assert updated.updated_at >= created.updated_at
    assert client("workspaces.update_workspace", created.id).data == updated
    deleted = client("workspaces.delete_workspace", created.id)
    assert (deleted.kind, deleted.data) == ("ApiResponseDict", {})
    assert refusal(client, "workspaces.get_workspace", created.id) == (404, "NOT_FOUND")


def test_create_with_a_name_alone_and_paging(client: Client) -> None:
    created = [client("workspaces.create_workspace", name=f"Number {number}").data for number in range(2)]
    assert [workspace.color_idx for workspace in created] == [0, 0]
    assert created[0].slug.startswith("number-0")
    pages = [client("workspaces.list_workspaces", offset=offset, limit=2) for offset in (0, 2)]
    assert [len(page.data) for page in pages] == [2, 1]
    assert pages[0].pagination.next.startswith(client.base_url)
    assert pages[1].pagination.next is None


def test_refusals_are_typed(client: Client, server: ServerProcess) -> None:
    slug = f"mine-{uuid4().hex}"
    mine = client("workspaces.create_workspace", name="Mine", slug=slug).data
    stranger = Client(client.caller, client.constructor, server.base_url, server.token(f"{slug}@example.com"))
    patient = {"request_options": {"max_retries": 0}}
    assert refusal(client, "workspaces.create_workspace", name="Mine", slug=slug) == (409, "WORKSPACE_SLUG_TAKEN")
    assert refusal(client, "workspaces.create_workspace", name="Mine", slug="No!") == (422, "VALIDATION_ERROR")
    assert refusal(client, "workspaces.get_workspace", "not-a-uuid") == (422, "VALIDATION_ERROR")
    for method in ("get", "update", "delete"):
        assert refusal(stranger, f"workspaces.{method}_workspace", mine.id, **patient) == (404, "NOT_FOUND")


def test_a_key_reads_its_own_workspace_if_it_may(caller: Caller, make: MakeClient, server: ServerProcess) -> None:
    """Otherwise a key could read workspaces that it does not belong to, or that it was not allowed to."""
    owner = make(server.token("owner@example.com"), max_retries=0)
    other = owner("workspaces.create_workspace", name="Other").data.id
    reader = owner("api_keys.create_api_key", name="reads", scopes=["workspace:read"]).data
    blind = owner("api_keys.create_api_key", name="blind", scopes=["voices:read"]).data
    with_reader, with_blind = make(reader.api_key), make(blind.api_key)
    assert [found.id for found in with_reader("workspaces.list_workspaces").data] == [reader.workspace_id]
    assert with_reader("workspaces.get_workspace", reader.workspace_id).data.id == reader.workspace_id
    assert refusal(with_reader, "workspaces.get_workspace", other) == (404, "NOT_FOUND")
    assert refusal(with_reader, "workspaces.create_workspace", name="No") == (401, "SESSION_REQUIRED")
    assert refusal(with_blind, "workspaces.list_workspaces") == (403, "INSUFFICIENT_SCOPE")


def test_the_newest_client_asks_whether_a_slug_is_free(newest_caller: Caller, server: ServerProcess, user: str) -> None:
    client = Client(newest_caller, "OnepinClient", server.base_url, server.token(user))
    slug = f"free-{uuid4().hex}"
    free = client("workspaces.slug_available", slug=slug)
    assert (free.kind, free.data.kind) == ("ApiResponseSlugAvailabilityOut", "SlugAvailabilityOut")
    assert free.data.fields == {"available": True, "reason": None}
    workspace = client("workspaces.create_workspace", name="Taken", slug=slug).data.id
    taken = client("workspaces.slug_available", slug=slug)
    assert taken.data.fields == {"available": False, "reason": "taken"}
    invalid = client("workspaces.slug_available", slug="No!", workspace_id=workspace)
    assert invalid.data.fields == {"available": False, "reason": "invalid"}


def test_the_newest_client_reads_all_ten_fields(newest_caller: Caller, server: ServerProcess, user: str) -> None:
    """Its classes want the routing fields and refuse null in them."""
    workspace = Client(newest_caller, "OnepinClient", server.base_url, server.token(user))(
        "workspaces.create_workspace", name="Ten"
    ).data
    assert workspace.unknown == {}
    assert (workspace.organization_id, workspace.routing_price_sensitivity, workspace.routing_llm_fit) == (
        None,
        0.5,
        False,
    )

"""The six ``api_keys`` methods of the published client, sync and async, against a real server."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from public_client.called import Client, MakeClient, Model
from server_process import ServerProcess

DEFAULT_SCOPES = ["workflows:read", "workflows:run", "voices:read"]
EVERY_SCOPE_OF_THE_CLIENT = [
    *DEFAULT_SCOPES,
    *("workflows:write", "voices:write", "dictionary:read", "dictionary:write"),
    *("uploads:write", "workspace:read", "templates:read", "catalog:read"),
]


def just_now(moment: object) -> bool:
    return isinstance(moment, datetime) and timedelta(0) <= datetime.now(UTC) - moment < timedelta(minutes=1)


def is_uuid(text: object) -> bool:
    return isinstance(text, str) and str(UUID(text)) == text


def make_key(client: Client, name: str = "a key", **more: Any) -> Model:
    key: Model = client("api_keys.create_api_key", name=name, **more).data
    return key


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def second_workspace(client: Client, name: str) -> str:
    workspace: str = client("workspaces.create_workspace", name=name).data.id
    return workspace


def test_create_with_a_name_alone_gives_a_whole_key_with_the_defaults(client: Client) -> None:
    answer = client("api_keys.create_api_key", name="CI pipeline")
    assert answer.kind == "ApiResponseApiKeyCreatedOut"
    assert is_uuid(answer.meta.request_id)
    assert just_now(answer.meta.timestamp)
    key = answer.data
    assert (key.kind, key.unknown, answer.unknown) == ("ApiKeyCreatedOut", {}, {})
    assert is_uuid(key.id)
    assert is_uuid(key.workspace_id)
    assert is_uuid(key.created_by)
    assert (key.name, key.key_type, key.scopes, key.rate_limit_per_min) == ("CI pipeline", "live", DEFAULT_SCOPES, 1000)
    assert (key.active, key.last_used_at, key.revoked_at) == (True, None, None)
    assert just_now(key.created_at)
    assert key.updated_at == key.created_at
    assert key.key_prefix == "op_live_"
    assert key.preview == key.key_prefix + key.key_suffix
    assert key.api_key.startswith(key.preview)
    assert len(key.api_key) == len("op_live_") + 32 + 6


def test_create_takes_every_argument(client: Client) -> None:
    workspace = second_workspace(client, "Second")
    key = make_key(
        client,
        "everything",
        workspace_id=workspace,
        scopes=EVERY_SCOPE_OF_THE_CLIENT,
        rate_limit_per_min=7,
        key_type="live",
    )
    assert (key.workspace_id, key.scopes, key.rate_limit_per_min) == (workspace, EVERY_SCOPE_OF_THE_CLIENT, 7)


def test_create_tells_none_from_absent_and_empty(client: Client) -> None:
    key = make_key(client, scopes=[], rate_limit_per_min=None)
    assert (key.scopes, key.rate_limit_per_min) == ([], None)


def test_get_gives_the_key_without_its_secret(client: Client) -> None:
    created = make_key(client)
    answer = client("api_keys.get_api_key", created.id)
    assert (answer.kind, answer.data.kind, answer.data.unknown) == ("ApiResponseApiKeyOut", "ApiKeyOut", {})
    assert answer.data.fields == without(created.fields, "api_key")


def test_list_without_arguments_gives_the_usable_keys_newest_first(client: Client) -> None:
    assert client("api_keys.list_api_keys").data == []
    first, second, paused, revoked = (make_key(client, name) for name in ("first", "second", "paused", "revoked"))
    client("api_keys.update_api_key", paused.id, active=False)
    client("api_keys.delete_api_key", revoked.id)
    answer = client("api_keys.list_api_keys")
    assert answer.kind == "ApiCountedListResponseApiKeyOut"
    assert [key.id for key in answer.data] == [second.id, first.id]
    assert {key.kind for key in answer.data} == {"ApiKeyOut"}
    assert [key.unknown for key in answer.data] == [{}, {}]
    assert answer.data[1].fields == without(first.fields, "api_key")
    assert answer.pagination.kind == "CountedPaginationMeta"
    assert answer.pagination.fields == {"next": None, "prev": None, "limit": 50, "total": 2}


def test_list_filters_by_status(client: Client) -> None:
    usable, paused, revoked = (make_key(client, name) for name in ("usable", "paused", "revoked"))
    client("api_keys.update_api_key", paused.id, active=False)
    client("api_keys.delete_api_key", revoked.id)
    found = {
        status: [key.id for key in client("api_keys.list_api_keys", status=status).data]
        for status in ("active", "revoked", "all")
    }
    assert found == {
        "active": [usable.id],
        "revoked": [revoked.id, paused.id],
        "all": [revoked.id, paused.id, usable.id],
    }


def test_list_pages_and_its_links_lead_on(client: Client, server: ServerProcess, user: str) -> None:
    keys = [make_key(client, f"key {number}").id for number in range(5)][::-1]
    pages = [client("api_keys.list_api_keys", offset=offset, limit=2, status="all") for offset in (0, 2, 4, 6)]
    assert [[key.id for key in page.data] for page in pages] == [keys[:2], keys[2:4], keys[4:], []]
    assert {(page.pagination.limit, page.pagination.total) for page in pages} == {(2, 5)}
    assert (pages[0].pagination.prev, pages[2].pagination.next) == (None, None)
    with httpx.Client(headers=server.session(user)) as http:
        after = http.get(pages[0].pagination.next).json()
        before = http.get(pages[1].pagination.prev).json()
    assert [key["id"] for key in after["data"]] == keys[2:4]
    assert [key["id"] for key in before["data"]] == keys[:2]
    assert pages[0].pagination.next.startswith(server.base_url + "/api/v1/api-keys?")


def test_list_of_another_workspace_of_mine(client: Client) -> None:
    workspace = second_workspace(client, "Elsewhere")
    here, there = make_key(client), make_key(client, workspace_id=workspace)
    assert [key.id for key in client("api_keys.list_api_keys").data] == [here.id]
    assert [key.id for key in client("api_keys.list_api_keys", workspace_id=workspace).data] == [there.id]


def test_update_changes_what_is_named_and_leaves_the_rest(client: Client) -> None:
    key = make_key(client, scopes=["voices:read"], rate_limit_per_min=5)
    assert client("api_keys.update_api_key", key.id).data.fields == without(key.fields, "api_key")
    renamed = client("api_keys.update_api_key", key.id, name="renamed")
    assert (renamed.kind, renamed.data.kind, renamed.data.unknown) == ("ApiResponseApiKeyOut", "ApiKeyOut", {})
    unchanged = without(key.fields, "api_key", "name", "updated_at")
    assert without(renamed.data.fields, "name", "updated_at") == unchanged
    assert renamed.data.name == "renamed"
    assert renamed.data.updated_at >= key.updated_at
    scoped = client("api_keys.update_api_key", key.id, scopes=["catalog:read", "voices:read"]).data
    assert scoped.scopes == ["catalog:read", "voices:read"]
    limited = client("api_keys.update_api_key", key.id, rate_limit_per_min=9).data
    assert limited.rate_limit_per_min == 9
    everything = client(
        "api_keys.update_api_key", key.id, name="all", scopes=[], rate_limit_per_min=None, active=False
    ).data
    assert (everything.name, everything.scopes, everything.rate_limit_per_min) == ("all", [], None)
    assert everything.active is False
    assert everything.revoked_at is None


def test_none_in_an_update_leaves_a_field_but_removes_the_limit(client: Client) -> None:
    key = make_key(client, "kept", scopes=["voices:read"])
    left = client("api_keys.update_api_key", key.id, name=None, scopes=None, active=None, rate_limit_per_min=None).data
    assert (left.name, left.scopes, left.active, left.rate_limit_per_min) == ("kept", ["voices:read"], True, None)


def test_a_paused_key_stops_and_a_resumed_one_works(client: Client, make: MakeClient) -> None:
    key = make_key(client)
    holder = make(key.api_key, max_retries=0)
    client("api_keys.update_api_key", key.id, active=False)
    paused = httpx.get(holder.base_url + "/api/v1/auth/whoami", headers={"Authorization": f"Bearer {key.api_key}"})
    assert paused.status_code == 401
    client("api_keys.update_api_key", key.id, active=True)
    assert holder("auth.whoami").data.api_key_id == key.id


def test_delete_revokes_and_a_second_time_says_the_same(client: Client) -> None:
    key = make_key(client)
    answer = client("api_keys.delete_api_key", key.id)
    assert (answer.kind, answer.data.kind, answer.data.unknown) == ("ApiResponseApiKeyOut", "ApiKeyOut", {})
    assert answer.data.active is False
    assert just_now(answer.data.revoked_at)
    again = client("api_keys.delete_api_key", key.id).data
    assert again.revoked_at == answer.data.revoked_at


def test_rotate_replaces_the_key(client: Client, make: MakeClient) -> None:
    key = make_key(client, "rotated", scopes=["catalog:read"], rate_limit_per_min=None)
    answer = client("api_keys.rotate_api_key", key.id)
    assert (answer.kind, answer.data.kind) == ("ApiResponseApiKeyRotateOut", "ApiKeyRotateOut")
    old, new = answer.data.old_key, answer.data.new_key
    assert (old.kind, old.unknown, new.kind, new.unknown) == ("ApiKeyOut", {}, "ApiKeyCreatedOut", {})
    assert (old.id, old.active) == (key.id, False)
    assert just_now(old.revoked_at)
    assert new.id != key.id
    assert (new.name, new.scopes, new.rate_limit_per_min, new.active) == ("rotated", ["catalog:read"], None, True)
    assert new.revoked_at is None
    assert new.api_key.startswith(new.preview)
    assert new.api_key != key.api_key
    assert make(new.api_key)("auth.whoami").data.api_key_id == new.id


def test_rotate_with_grace_keeps_the_old_key_and_the_client_reads_it(client: Client, make: MakeClient) -> None:
    key = make_key(client)
    grace = {"additional_body_parameters": {"grace_seconds": 60}}
    answer = client("api_keys.rotate_api_key", key.id, request_options=grace)
    old = answer.data.old_key
    assert (old.active, old.revoked_at) == (True, None)
    ends = datetime.fromisoformat(old.unknown.pop("expires_at"))
    assert timedelta(seconds=50) < ends - datetime.now(UTC) <= timedelta(seconds=60)
    assert old.unknown == {}
    assert make(key.api_key)("auth.whoami").data.api_key_id == key.id


def test_every_method_acts_in_the_workspace_it_is_told(client: Client) -> None:
    workspace = second_workspace(client, "Told")
    key = make_key(client, workspace_id=workspace)
    assert client("api_keys.get_api_key", key.id, workspace_id=workspace).data.id == key.id
    assert client("api_keys.update_api_key", key.id, workspace_id=workspace, name="told").data.name == "told"
    new = client("api_keys.rotate_api_key", key.id, workspace_id=workspace).data.new_key
    assert new.workspace_id == workspace
    assert client("api_keys.delete_api_key", new.id, workspace_id=workspace).data.active is False


def test_raw_responses_carry_the_headers(client: Client) -> None:
    raw = client("api_keys.with_raw_response.create_api_key", name="raw")
    assert raw.kind == "AsyncHttpResponse" if client.constructor.startswith("Async") else "HttpResponse"
    assert raw.data.kind == "ApiResponseApiKeyCreatedOut"
    assert raw.headers["x-request-id"] == raw.data.meta.request_id
    assert raw.headers["cache-control"] == "no-store"
    assert raw.headers["content-type"] == "application/json"
    key = raw.data.data.id
    for method, arguments in {"list": (), "get": (key,), "update": (key,), "rotate": (key,), "delete": (key,)}.items():
        name = f"api_keys.with_raw_response.{method}_api_key{'s' if method == 'list' else ''}"
        raw = client(name, *arguments)
        assert raw.headers["x-request-id"] == raw.data.meta.request_id, method

"""``auth.whoami`` and ``health`` of the published clients, and the constructors that check the server's headers."""

import httpx
import pytest

from public_client.called import Caller, Client, MakeClient, Raised
from server_process import ServerProcess

NOBODYS = "00000000-0000-4000-8000-000000000000"


def test_whoami_of_a_session(client: Client) -> None:
    answer = client("auth.whoami")
    assert answer.kind == "ApiResponseAuthWhoamiOut"
    who = answer.data
    assert (who.kind, who.unknown) == ("AuthWhoamiOut", {})
    assert (who.auth_kind, who.workspace_id, who.api_key_id) == ("clerk", None, None)
    key = client("api_keys.create_api_key", name="mine").data
    assert who.user_id == key.created_by
    assert who.scopes == sorted(set(who.scopes))
    assert set(key.scopes) <= set(who.scopes)


def test_whoami_of_a_key(client: Client, make: MakeClient) -> None:
    key = client("api_keys.create_api_key", name="mine", scopes=["voices:read", "catalog:read"]).data
    answer = make(key.api_key)("auth.with_raw_response.whoami")
    who = answer.data.data
    assert (who.auth_kind, who.user_id) == ("api_key", key.created_by)
    assert (who.workspace_id, who.api_key_id) == (key.workspace_id, key.id)
    assert who.scopes == ["catalog:read", "voices:read"]


def test_health_and_readiness_need_no_token(make: MakeClient) -> None:
    stranger = make(None)
    health = stranger("health.liveness")
    assert health["status"] == "ok"
    assert health["version"]
    assert stranger("health.readiness") == {"status": "ready", "reasons": []}


@pytest.mark.parametrize("gated", ["make_client", "make_async_client"])
def test_the_constructors_that_refuse_old_clients_accept_this_server(
    caller: Caller, server: ServerProcess, user: str, gated: str
) -> None:
    client = Client(caller, gated, server.base_url, server.token(user))
    assert client("auth.whoami").data.auth_kind == "clerk"
    assert client("api_keys.list_api_keys").data == []


@pytest.mark.parametrize("constructor", ["OnepinClient", "AsyncOnepinClient"])
def test_the_newest_client_knows_who_it_is(
    newest_caller: Caller, server: ServerProcess, user: str, constructor: str
) -> None:
    headers = server.session(user)
    made = httpx.post(f"{server.base_url}/api/v1/api-keys", headers=headers, json={"name": "newest"}).json()["data"]
    client = Client(newest_caller, constructor, server.base_url, made["api_key"])
    who = client("auth.whoami").data
    assert (who.auth_kind, who.api_key_id, who.workspace_id) == ("api_key", made["id"], made["workspace_id"])
    assert (who.user_id, who.scopes) == (made["created_by"], sorted(made["scopes"]))
    with pytest.raises(Raised) as other:
        client("auth.whoami", request_options={"additional_headers": {"X-Workspace-Id": NOBODYS}})
    assert (other.value.status, other.value.body["error"]["code"]) == (403, "WORKSPACE_MISMATCH")

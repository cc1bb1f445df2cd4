"""Every refusal reaches the published client as its own typed error, with the envelope in it."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from public_client.called import Client, MakeClient, Raised
from server_process import ServerProcess

NOBODYS = str(uuid4())


def refused(client: Client, method: str, *args: Any, **kwargs: Any) -> Raised:
    with pytest.raises(Raised) as error:
        client(method, *args, **kwargs)
    return error.value


def error_of(raised: Raised, status: int) -> dict[str, Any]:
    """The ``error`` of a refusal that is the client's plain ApiError with the envelope as its body."""
    assert (raised.kinds[0], raised.status) == ("ApiError", status)
    assert set(raised.body) == {"error", "meta"}
    assert str(UUID(raised.body["meta"]["request_id"])) == raised.headers["x-request-id"]
    error: dict[str, Any] = raised.body["error"]
    assert set(error) == {"code", "message", "details"}
    return error


def test_nobody_signed_in_is_401(make: MakeClient) -> None:
    for method in ("auth.whoami", "api_keys.list_api_keys"):
        raised = refused(make(None), method)
        assert error_of(raised, 401)["code"] == "UNAUTHORIZED"
        assert raised.headers["www-authenticate"] == "Bearer"


def test_a_key_that_is_unknown_is_401(make: MakeClient) -> None:
    raised = refused(make("op_live_" + "a" * 38), "auth.whoami")
    assert error_of(raised, 401)["code"] == "INVALID_API_KEY"
    assert 'error="invalid_token"' in raised.headers["www-authenticate"]


def test_a_key_that_was_revoked_is_401(client: Client, make: MakeClient) -> None:
    """Otherwise a key would outlive its revocation for whoever uses the published client."""
    key = client("api_keys.create_api_key", name="gone").data
    client("api_keys.delete_api_key", key.id)
    assert error_of(refused(make(key.api_key), "auth.whoami"), 401)["code"] == "INVALID_API_KEY"


def test_a_key_where_a_session_is_needed_is_401(client: Client, make: MakeClient) -> None:
    key = client("api_keys.create_api_key", name="a key can't make keys").data
    raised = refused(make(key.api_key), "api_keys.create_api_key", name="another")
    assert error_of(raised, 401)["code"] == "SESSION_REQUIRED"


def test_somebody_elses_workspace_is_403(client: Client, make: MakeClient, server: ServerProcess) -> None:
    """Otherwise anyone could read and make keys of any workspace by naming it."""
    workspace = client("api_keys.create_api_key", name="mine").data.workspace_id
    stranger = make(server.token(f"stranger-{workspace}@example.com"))
    for method, arguments in (("list_api_keys", {}), ("create_api_key", {"name": "intruder"})):
        raised = refused(stranger, f"api_keys.{method}", workspace_id=workspace, **arguments)
        assert error_of(raised, 403)["code"] == "NOT_A_MEMBER"


def test_an_unknown_key_is_404_like_one_of_somebody_else(
    client: Client, make: MakeClient, server: ServerProcess
) -> None:
    """Otherwise one customer could read, change or end the keys of another."""
    theirs = make(server.token("theirs@example.com"))("api_keys.create_api_key", name="theirs").data.id
    for method in ("get_api_key", "delete_api_key", "update_api_key", "rotate_api_key"):
        for key in (theirs, NOBODYS):
            assert error_of(refused(client, f"api_keys.{method}", key), 404)["code"] == "NOT_FOUND"


def test_changing_or_rotating_a_revoked_key_is_409(client: Client) -> None:
    key = client("api_keys.create_api_key", name="gone").data
    client("api_keys.delete_api_key", key.id)
    for method, arguments in (("update_api_key", {"active": True}), ("rotate_api_key", {})):
        assert error_of(refused(client, f"api_keys.{method}", key.id, **arguments), 409)["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "where"),
    [
        ("create_api_key", [], {"name": "   "}, ["body", "name"]),
        ("create_api_key", [], {"name": "x" * 121}, ["body", "name"]),
        ("create_api_key", [], {"name": "x", "key_type": "test"}, ["body", "key_type"]),
        ("create_api_key", [], {"name": "x", "rate_limit_per_min": 0}, ["body", "rate_limit_per_min"]),
        ("create_api_key", [], {"name": "x", "scopes": ["voices:read", "moon:land"]}, ["body", "scopes"]),
        ("create_api_key", [], {"name": "x", "scopes": None}, ["body", "scopes"]),
        ("list_api_keys", [], {"limit": 101}, ["query", "limit"]),
        ("list_api_keys", [], {"status": "paused"}, ["query", "status"]),
        ("list_api_keys", [], {"workspace_id": "mine"}, ["header", "X-Workspace-Id"]),
        ("get_api_key", ["not-a-uuid"], {}, ["path", "key_id"]),
        ("update_api_key", [NOBODYS], {"name": ""}, ["body", "name"]),
    ],
    ids=lambda value: None,
)
def test_invalid_values_are_422_and_say_where(
    client: Client, method: str, args: list[str], kwargs: dict[str, Any], where: list[str | int]
) -> None:
    raised = refused(client, f"api_keys.{method}", *args, **kwargs)
    assert (raised.kinds[:2], raised.status) == (["UnprocessableEntityError", "ApiError"], 422)
    assert raised.body.kind == "HttpValidationError"
    (issue,) = raised.body.detail
    assert (issue.kind, issue.unknown, issue.input, issue.ctx) == ("ValidationError", {}, None, None)
    assert issue.loc == where
    assert issue.msg
    assert issue.type
    assert raised.body.unknown["error"]["code"] == "VALIDATION_ERROR"

"""How the types of the SDK look to its users. Nothing here runs: mypy and pyright read it (scripts/check)."""

from datetime import datetime
from typing import Literal, assert_type
from uuid import UUID

from onepin import (
    AsyncOnePinClient,
    OnePinClient,
    OnePinError,
    OnePinInsufficientScopeError,
    OnePinRateLimitError,
    OnePinValidationError,
    Secret,
)


def blocking(key_id: UUID) -> None:
    with OnePinClient(token=lambda: "t", base_url="https://keys.example", workspace_id=key_id, timeout=3) as client:
        assert_type(client, OnePinClient)
        created = client.api_keys.create(name="ci", scopes=["voices:read"], rate_limit_per_min=None)
        assert_type(created.api_key, Secret)
        assert_type(created.api_key.reveal(), str)
        assert_type(created.id, UUID)
        assert_type(created.created_at, datetime)
        assert_type(created.rate_limit_per_min, int | None)
        page = client.api_keys.list(status="all", limit=10)
        assert_type(page.total, int)
        for key in page:
            assert_type(key.name, str)
            assert_type(key.revoked_at, datetime | None)
            client.api_keys.revoke(key.id)
        rotated = client.api_keys.rotate(str(key_id), grace_seconds=60)
        assert_type(rotated.new_key.api_key, Secret)
        assert_type(client.api_keys.verify(created.api_key, cost=0).valid, bool)
        assert_type(client.api_keys.usage(key_id, window="7d").totals.ok, int)
        assert_type(client.auth.whoami().auth_kind, Literal["clerk", "api_key"])
        assert_type([session.current for session in client.auth.sessions.list()], list[bool])
        assert_type(client.auth.device.start(device_name="db-1").device_code, Secret)
        for event in client.usage.activity():
            assert_type(event.action, str)
        assert_type(client.members.list(key_id).data[0].email, str)
        assert_type(client.invites.create(key_id, email="ann@example.com", role="viewer").link, Secret)
        assert_type(client.workspaces.delete(key_id), None)
        assert_type(client.with_options(max_retries=0), OnePinClient)


def raw(client: OnePinClient) -> None:
    answer = client.api_keys.with_raw_response.create(name="ci", rate_limit_per_min=5)
    assert_type(answer.status_code, int)
    assert_type(answer.headers["x-request-id"], str)
    assert_type(answer.request_id, str | None)
    assert_type(answer.parse().api_key, Secret)
    assert_type(client.auth.device.with_raw_response.token("code").status_code, int)
    assert_type(client.api_keys.with_raw_response.list(limit=1).parse().total, int)


def published(client: OnePinClient) -> None:
    assert_type(client.api_keys.create_api_key(name="ci").data.api_key, str)
    assert_type(client.api_keys.list_api_keys().pagination.total, int)
    assert_type(client.api_keys.with_raw_response.create_api_key(name="ci").data.data.api_key, str)


async def asynchronous(client: AsyncOnePinClient, key_id: UUID) -> None:
    async with client:
        assert_type((await client.api_keys.create(name="ci")).api_key, Secret)
        page = await client.api_keys.list()
        assert_type(page.total, int)
        async for key in client.api_keys.list():
            assert_type(key.id, UUID)
        async for event in client.usage.activity(limit=5):
            assert_type(event.timestamp, datetime)
        answer = await client.api_keys.with_raw_response.get(key_id)
        assert_type(answer.parse().name, str)
        assert_type((await client.api_keys.get_api_key(key_id)).data.preview, str)


async def asynchronous_token() -> str:
    return "t"


CLIENT = AsyncOnePinClient(token=asynchronous_token)


def errors(error: OnePinError) -> None:
    assert_type(error.status_code, int | None)
    assert_type(error.request_id, str | None)
    if isinstance(error, OnePinRateLimitError):
        assert_type(error.retry_after, float | None)
        assert_type(error.status_code, int)
    if isinstance(error, OnePinInsufficientScopeError):
        assert_type(error.scope, str | None)
    if isinstance(error, OnePinValidationError):
        assert_type(error.details[0].field, str)


def mistakes(client: OnePinClient) -> None:
    """Each of these lines must be an error to a type checker: where it is none, the comment is unused."""
    client.api_keys.create("ci")  # type: ignore[call-arg]
    client.api_keys.create(name=7)  # type: ignore[arg-type]
    client.api_keys.create(name="ci", scope=["voices:read"])  # type: ignore[call-arg]
    client.api_keys.list(status="gone")  # type: ignore[arg-type]
    client.api_keys.with_raw_response.create(nam="ci")  # type: ignore[call-arg]
    client.usage.summary(window="1y")  # type: ignore[arg-type]
    "Bearer " + client.api_keys.create(name="ci").api_key  # type: ignore[operator]

"""``usage.usage_activity`` of the published clients."""

from datetime import UTC, datetime, timedelta

import httpx

from public_client.called import Caller, Client, MakeClient
from server_process import ServerProcess


def test_the_activity_feed_is_what_the_client_has_classes_for(client: Client) -> None:
    key = client("api_keys.create_api_key", name="mine", scopes=["voices:read"]).data
    page = client("usage.usage_activity", limit=2)
    assert (page.kind, page.unknown) == ("ApiListResponseUsageActivityOut", {})
    event = next(event for event in page.data if event.action == "api_key.created")
    assert event.kind == "UsageActivityOut"
    assert event.user.id == key.created_by
    assert (event.resource.type, event.resource.id, event.resource.name) == ("api_key", key.id, "mine")
    assert abs(datetime.now(UTC) - event.timestamp) < timedelta(minutes=1)
    assert event.metadata["scopes"] == ["voices:read"]
    assert set(event.unknown) == {"actor_kind", "request_id"}


def test_the_cursor_of_a_page_leads_to_the_next(client: Client) -> None:
    for number in range(3):
        client("api_keys.create_api_key", name=str(number))
    seen: list[str] = []
    cursor = None
    while True:
        page = client("usage.usage_activity", limit=2, cursor=cursor)
        seen += [event.id for event in page.data]
        cursor = page.pagination.unknown["cursor"]
        if cursor is None:
            break
    assert page.pagination.next is None
    assert len(set(seen)) == len(seen) == 5


def test_a_key_with_the_scope_reads_the_feed(client: Client, make: MakeClient) -> None:
    key = client("api_keys.create_api_key", name="reader", scopes=["workspace:read"]).data
    feed = make(key.api_key)("usage.usage_activity")
    assert key.id in {event.resource.id for event in feed.data}


def test_the_newest_client_reads_the_feed(newest_caller: Caller, server: ServerProcess, user: str) -> None:
    body = {"name": "newest", "scopes": ["workspace:read"]}
    made = httpx.post(f"{server.base_url}/api/v1/api-keys", headers=server.session(user), json=body).json()["data"]
    feed = Client(newest_caller, "OnepinClient", server.base_url, made["api_key"])("usage.usage_activity")
    assert {event.kind for event in feed.data} == {"UsageActivityOut"}
    assert made["id"] in {event.resource.id for event in feed.data}

"""GET /usage/activity: the audit log of a workspace as a feed."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from answers import data, refused
from onepin.server.audit import Action
from onepin.server.people import Person, see
from onepin.server.store.query import Tx
from service import HOST, Service, bearer
from standing import standing_loop
from tenants import audit, tenant, user_id_of

pytestmark = standing_loop


async def make_key(service: Service, headers: dict[str, str] | None = None, **body: Any) -> Any:
    """A key made later than anything before: events of one moment have no order."""
    await service.call("GET", "api-keys", headers or service.session())  # a newcomer is made at home by it
    service.clock.advance(0.001)
    return await service.create_key(headers or service.session(), **body)


async def feed(service: Service, query: str = "", headers: dict[str, str] | None = None) -> Any:
    answer = await service.call("GET", f"usage/activity{query}", headers or service.session())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def actions(service: Service, query: str = "") -> list[str]:
    return [event["action"] for event in (await feed(service, query))["data"]]


async def test_a_newcomers_feed_begins_with_themselves(service: Service) -> None:
    body = await feed(service)
    assert {event["action"] for event in body["data"]} == {"workspace.created", "user.created"}
    assert body["pagination"] == {"next": None, "prev": None, "limit": 20, "cursor": None}


async def test_an_event_says_what_happened_to_what_and_who_did_it(service: Service) -> None:
    await feed(service)
    service.clock.advance(1)
    made = await service.call("POST", "api-keys", service.session(), json={"name": "mine", "scopes": ["voices:read"]})
    key = made.json()["data"]
    [event, *_] = (await feed(service))["data"]
    assert UUID(event.pop("id")).version == 7
    assert event == {
        "timestamp": key["created_at"],
        "action": "api_key.created",
        "kind": "created",
        "actor_kind": "user",
        "user": {"id": key["created_by"], "name": service.user},
        "resource": {"type": "api_key", "id": key["id"], "name": "mine"},
        "metadata": {"name": "mine", "scopes": ["voices:read"], "rate_limit_per_min": 1000},
        "request_id": made.json()["meta"]["request_id"],
    }


async def test_the_newest_event_comes_first_and_all_are_there(service: Service) -> None:
    key = await make_key(service, name="first")
    for body in ({"name": "second"}, {"active": False}, {"active": True}):
        service.clock.advance(1)
        data(await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json=body))
    service.clock.advance(1)
    data(await service.call("PATCH", f"api-keys/{key['id']}/rotate", service.session(), json={"grace_seconds": 60}))
    service.clock.advance(61)
    data(await service.call("DELETE", f"api-keys/{key['id']}", service.session()))
    events = (await feed(service))["data"]
    order = [event["action"] for event in events]
    assert order[0] == "api_key.expired"
    assert set(order[1:3]) == {"api_key.rotated", "api_key.created"}
    assert order[3:-2] == ["api_key.resumed", "api_key.paused", "api_key.updated", "api_key.created"]
    assert [event["id"] for event in events] == sorted((event["id"] for event in events), reverse=True)
    stored = await audit(service, key["workspace_id"])
    assert {event["id"] for event in events} == {str(event.id) for event in stored}
    renamed = next(event for event in events if event["action"] == "api_key.updated")
    assert renamed["metadata"] == {"name": {"from": "first", "to": "second"}}
    assert renamed["resource"]["name"] == "second"
    expired = next(event for event in events if event["action"] == "api_key.expired")
    assert (expired["actor_kind"], expired["user"], expired["request_id"]) == ("system", None, None)
    assert expired["resource"]["name"] == "second"


async def test_pages_lead_through_every_event_once(service: Service) -> None:
    for number in range(6):
        await make_key(service, name=str(number))
    whole = (await feed(service, "?limit=100"))["data"]
    assert len(whole) == 8
    seen, sizes, query = [], [], "?limit=3"
    while True:
        body = await feed(service, query)
        seen += body["data"]
        sizes.append(len(body["data"]))
        await make_key(service, name="made while somebody reads")
        pages = body["pagination"]
        assert (pages["prev"], pages["limit"]) == (None, 3)
        if pages["next"] is None:
            break
        link = urlsplit(pages["next"])
        assert f"{link.scheme}://{link.netloc}{link.path}" == f"{HOST}/api/v1/usage/activity"
        assert parse_qs(link.query) == {"limit": ["3"], "cursor": [pages["cursor"]]}
        query = f"?{link.query}"
    assert pages["cursor"] is None
    assert (seen, sizes) == (whole, [3, 3, 2])


async def test_a_page_that_just_fits_is_the_last(service: Service) -> None:
    await make_key(service)
    assert (await feed(service, "?limit=3"))["pagination"]["next"] is None
    assert (await feed(service, "?limit=2"))["pagination"]["next"] is not None


async def test_the_feed_can_be_narrowed_to_an_action_and_a_target(service: Service) -> None:
    keys = [await make_key(service, name=str(number)) for number in range(3)]
    for key in keys[:2]:
        data(await service.call("DELETE", f"api-keys/{key['id']}", service.session()))
    assert await actions(service, "?action=api_key.revoked") == ["api_key.revoked"] * 2
    assert sorted(await actions(service, f"?target_id={keys[0]['id']}")) == ["api_key.created", "api_key.revoked"]
    assert await actions(service, f"?target_id={keys[2]['id']}&action=api_key.created") == ["api_key.created"]
    assert await actions(service, f"?target_id={keys[2]['id']}&action=api_key.revoked") == []
    assert await actions(service, f"?target_id={uuid4()}") == []
    body = await feed(service, f"?action=api_key.created&limit=1&target_id={keys[1]['id']}")
    assert body["pagination"]["next"] is None
    body = await feed(service, "?action=api_key.created&limit=1")
    asked = parse_qs(urlsplit(body["pagination"]["next"]).query)
    assert asked == {"action": ["api_key.created"], "limit": ["1"], "cursor": [body["data"][0]["id"]]}


@pytest.mark.parametrize("action", Action)
async def test_every_action_can_be_asked_for(service: Service, action: Action) -> None:
    assert set(await actions(service, f"?action={action.value}")) <= {action.value}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1.5", "limit"),
        ("cursor=", "cursor"),
        ("cursor=last", "cursor"),
        ("cursor=0199d8a45f1e7c3b9a543f1c2b7d9e10", "cursor"),
        ("target_id=1", "target_id"),
        ("action=", "action"),
        ("action=api_key", "action"),
        ("action=API_KEY.CREATED", "action"),
        ("offset=1", "offset"),
    ],
)
async def test_a_query_that_means_nothing_is_refused(service: Service, query: str, field: str) -> None:
    refused(await service.call("GET", f"usage/activity?{query}", service.session()), "VALIDATION_ERROR", field)


async def test_nobody_sees_what_happened_elsewhere(service: Service) -> None:
    """If this failed, one customer could read the audit log of another, by a cursor or a target of theirs."""
    stranger = service.session("somebody@example.com")
    theirs = await make_key(service, stranger)
    foreign = (await feed(service, headers=stranger))["data"]
    await make_key(service)
    mine = {event["id"] for event in (await feed(service))["data"]}
    assert not mine & {event["id"] for event in foreign}
    for event in foreign:
        found = (await feed(service, f"?cursor={event['id']}"))["data"]
        assert {event["id"] for event in found} <= mine
    assert await actions(service, f"?target_id={theirs['id']}") == []


async def test_people_are_called_by_name_when_their_issuer_told_it(service: Service) -> None:
    key = await make_key(service)
    user_id = await user_id_of(service, service.user)
    assert (await feed(service))["data"][0]["user"]["name"] == service.user

    async def introduce(tx: Tx) -> None:
        person = Person(user_id, "issuer", "subject", first_name="Ann", last_name="Example")
        await see(tx, person, service.clock.now())

    await service.store.write(introduce)
    assert (await feed(service))["data"][0]["user"] == {"id": key["created_by"], "name": "Ann Example"}


async def test_a_key_reads_the_feed_of_its_own_workspace(service: Service) -> None:
    team = await tenant(service)
    key = await make_key(service, team.admin, scopes=["workspace:read"])
    body = await feed(service, headers=bearer(key["api_key"]))
    assert body["data"] == (await feed(service, headers=team.viewer))["data"]
    assert body["data"][0]["resource"]["id"] == key["id"]

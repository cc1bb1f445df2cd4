"""Lists: all pages, totals, and what happens when a list changes under the reader."""

from typing import Any

import pytest

from client.clients import Called
from client.conftest import Make
from onepin import OnePinValidationError


def filled(make: Make, count: int) -> Called:
    client = make()
    for number in range(count):
        client("api_keys.create", name=str(number))
    return client


def names(items: list[Any]) -> list[int]:
    return [int(item.name) for item in items]


def test_iterating_goes_over_all_pages(make: Make) -> None:
    client = filled(make, 7)
    page = client("api_keys.list", limit=3)
    assert (page.total, page.limit, names(page.data)) == (7, 3, [6, 5, 4])
    assert names(client.all(page)) == [6, 5, 4, 3, 2, 1, 0]
    assert names(client.all(page)) == [6, 5, 4, 3, 2, 1, 0]  # and again
    assert names(client.all(client.client.api_keys.list(limit=1, offset=5))) == [1, 0]
    assert client.all(client.client.api_keys.list(offset=7)) == []
    assert client.all(client.client.api_keys.list(status="revoked")) == []
    assert repr(page) in ("CountedPage(3 of 7 items)", "AsyncCountedPage(3 of 7 items)")


def test_no_more_is_asked_than_is_read(make: Make) -> None:
    client = filled(make, 4)
    asked: list[str] = []
    exchange = client.client._exchange

    def counted(call: Any) -> Any:
        asked.append(call.path)
        return exchange(call)

    client.client._exchange = counted
    client.client.__dict__.pop("api_keys", None)
    client("api_keys.list", limit=2)
    assert len(asked) == 1
    client.all(client.client.api_keys.list(limit=2))
    assert len(asked) == 3


def test_revoking_what_is_listed_misses_nothing(make: Make) -> None:
    """Otherwise every second page of keys would stay alive: those behind move up when those before them go."""
    client = filled(make, 7)
    listed: Any = client.client.api_keys.list(limit=2)
    if hasattr(listed, "__aiter__"):

        async def revoke_all() -> list[Any]:
            found = []
            async for key in listed:
                await client.client.api_keys.revoke(key.id)
                found.append(key)
            return found

        found = client.wait(revoke_all())
    else:
        found = client.all(listed, lambda key: client.client.api_keys.revoke(key.id))
    assert names(found) == [6, 5, 4, 3, 2, 1, 0]
    assert client("api_keys.list").total == 0


def test_what_comes_while_reading_is_not_shown_twice(make: Make) -> None:
    client = filled(make, 5)
    page = client("api_keys.list", limit=2)
    for _ in range(3):
        client("api_keys.create", name="9")
    found = client.all(page)
    assert [number for number in names(found) if number != 9] == [4, 3, 2, 1, 0]
    assert len({key.id for key in found}) == len(found)


def test_activity_goes_on_to_the_oldest_event(make: Make) -> None:
    client = filled(make, 5)
    page = client("usage.activity", limit=2)
    assert len(page.data) == 2
    actions = [event.action for event in client.all(page)]
    assert actions[:5] == ["api_key.created"] * 5
    assert sorted(actions[5:]) == ["user.created", "workspace.created"]
    rest = client.all(client.client.usage.activity(limit=2, cursor=page.cursor))
    assert [event.action for event in rest] == actions[2:]
    assert client("usage.activity").cursor is None


def test_a_page_that_can_not_be_is_refused(make: Make) -> None:
    for wrong in ({"limit": 0}, {"limit": 101}, {"offset": -1}):
        with pytest.raises(OnePinValidationError):
            make()("api_keys.list", **wrong)

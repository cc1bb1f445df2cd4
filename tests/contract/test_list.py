"""GET /api/v1/api-keys: order, pages, filters, and links that can be followed."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from answers import data, refused
from service import HOST, Service
from standing import standing_loop

pytestmark = standing_loop
WRONG_NUMBERS = ["-1", "9007199254740992", "9223372036854775808", "1" + "0" * 30, "1.0", "1e3", "", "+1", " 1", "0x1"]
WRONG_NUMBERS += ["abc", "null", "١", "1_0", "--1", "-", "NaN", "\x00", "1\x00", "1,2"]


async def page(service: Service, query: str = "", headers: dict[str, str] | None = None) -> Any:
    """One page of the list, whole."""
    answer = await service.call("GET", f"api-keys{query}", headers or service.session())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def names(service: Service, query: str = "") -> list[str]:
    return [key["name"] for key in (await page(service, query))["data"]]


async def keys(service: Service, count: int) -> list[dict[str, Any]]:
    """Keys named 0, 1, 2 …, oldest first."""
    return [await service.create_key(name=str(number)) for number in range(count)]


async def test_an_empty_workspace_has_an_empty_page(service: Service) -> None:
    body = await page(service)
    assert body["data"] == []
    assert body["pagination"] == {"next": None, "prev": None, "limit": 50, "total": 0}


async def test_the_newest_key_comes_first(service: Service) -> None:
    await keys(service, 3)
    service.clock.advance(5)
    await service.create_key(name="late")
    assert await names(service) == ["late", "2", "1", "0"]


async def test_keys_of_one_moment_are_ordered_by_id(service: Service) -> None:
    await asyncio.gather(*(service.create_key() for _ in range(10)))
    listed = (await page(service))["data"]
    assert listed == sorted(listed, key=lambda key: (key["created_at"], key["id"]), reverse=True)


async def test_links_lead_through_every_key_and_back(service: Service) -> None:
    await keys(service, 7)
    url: str | None = "?status=all&limit=3"
    seen: list[str] = []
    sizes = []
    while url is not None:
        body = await page(service, url)
        seen += [key["name"] for key in body["data"]]
        sizes.append(len(body["data"]))
        assert body["pagination"]["total"] == 7
        assert body["pagination"]["limit"] == 3
        last, url = body["pagination"], following(body["pagination"]["next"])
    assert (seen, sizes) == ([str(number) for number in range(6, -1, -1)], [3, 3, 1])
    back: list[str] = []
    url = following(last["prev"])
    while url is not None:
        body = await page(service, url)
        back = [key["name"] for key in body["data"]] + back
        url = following(body["pagination"]["prev"])
    assert back == seen[:6]


def following(link: str | None) -> str | None:
    """A link of the answer as a query, after looking at it: absolute, on our base, with the filter."""
    if link is None:
        return None
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{HOST}/api/v1/api-keys"
    assert parse_qs(parts.query)["status"] == ["all"]
    assert parse_qs(parts.query)["limit"] == ["3"]
    return f"?{parts.query}"


async def test_a_link_keeps_the_default_filter(service: Service) -> None:
    await keys(service, 2)
    link = (await page(service, "?limit=1"))["pagination"]["next"]
    assert parse_qs(urlsplit(link).query) == {"status": ["active"], "limit": ["1"], "offset": ["1"]}


async def test_links_stand_on_the_host_of_the_request(service: Service) -> None:
    await keys(service, 2)
    body = await page(service, "?limit=1&offset=1", service.session() | {"Host": "localhost:4321"})
    assert body["pagination"]["prev"].startswith("http://localhost:4321/api/v1/api-keys?")


async def test_a_page_beyond_the_end_is_empty_and_knows_the_total(service: Service) -> None:
    await keys(service, 2)
    body = await page(service, "?offset=10")
    assert body["data"] == []
    assert body["pagination"]["total"] == 2
    assert body["pagination"]["next"] is None


@pytest.mark.parametrize("limit", [1, 2, 99, 100])
async def test_a_page_has_one_to_a_hundred_keys(service: Service, limit: int) -> None:
    await keys(service, 2)
    body = await page(service, f"?limit={limit}")
    assert len(body["data"]) == min(limit, 2)
    assert body["pagination"]["limit"] == limit


@pytest.mark.parametrize("offset", [0, 1, 2**31, 2**53 - 1])
async def test_an_offset_may_be_large(service: Service, offset: int) -> None:
    await service.create_key()
    assert len((await page(service, f"?offset={offset}"))["data"]) == (offset == 0)


@pytest.mark.parametrize("value", WRONG_NUMBERS)
@pytest.mark.parametrize("name", ["offset", "limit"])
async def test_offset_and_limit_are_whole_numbers_in_range(service: Service, name: str, value: str) -> None:
    """If this failed, a number that no database holds would be an error of ours."""
    answer = await service.call("GET", "api-keys", service.session(), params={name: value})
    refused(answer, "VALIDATION_ERROR", name)


@pytest.mark.parametrize("limit", ["0", "101", "1000000000"])
async def test_a_page_is_not_larger_than_a_hundred(service: Service, limit: str) -> None:
    refused(await service.call("GET", f"api-keys?limit={limit}", service.session()), "VALIDATION_ERROR", "limit")


@pytest.mark.parametrize("status", ["", "ACTIVE", "paused", "active,revoked", "null", "all "])
async def test_status_is_one_of_three_words(service: Service, status: str) -> None:
    answer = await service.call("GET", "api-keys", service.session(), params={"status": status})
    refused(answer, "VALIDATION_ERROR", "status")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1&limit=2", "limit"),
        ("limit=1&limit=1", "limit"),
        ("status=all&status=active", "status"),
        ("page=2", "page"),
        ("Limit=2", "Limit"),
        ("workspace_id=a", "workspace_id"),
        ("limit[]=1", "limit[]"),
        ("%00=1", "\x00"),
        ("%ff=1", "\ufffd"),
    ],
)
async def test_a_parameter_comes_once_and_is_known(service: Service, query: str, field: str) -> None:
    """If this failed, a proxy and this server could each believe another value of the same parameter."""
    refused(await service.call("GET", f"api-keys?{query}", service.session()), "VALIDATION_ERROR", field)


async def test_active_means_usable_now_and_revoked_the_rest(service: Service) -> None:
    made = await keys(service, 4)
    await service.call("PATCH", f"api-keys/{made[1]['id']}", service.session(), json={"active": False})
    await service.call("DELETE", f"api-keys/{made[2]['id']}", service.session())
    assert await names(service) == await names(service, "?status=active") == ["3", "0"]
    assert await names(service, "?status=revoked") == ["2", "1"]
    assert await names(service, "?status=all") == ["3", "2", "1", "0"]
    totals = [
        (await page(service, f"?status={s}&limit=1"))["pagination"]["total"] for s in ("active", "revoked", "all")
    ]
    assert totals == [2, 2, 4]
    await service.call("PATCH", f"api-keys/{made[1]['id']}", service.session(), json={"active": True})
    assert await names(service) == ["3", "1", "0"]


async def test_a_list_is_of_one_workspace(service: Service) -> None:
    """If this failed, the keys of one customer would be listed to another."""
    await service.create_key(name="mine")
    stranger = service.session(f"{uuid4().hex}@example.com")
    assert data(await service.call("GET", "api-keys", stranger)) == []
    team = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)
    assert data(await service.call("GET", "api-keys", service.session(workspace=team["id"]))) == []


async def test_deep_pages_agree_with_a_plain_count(service: Service) -> None:
    """Counted blocks are skipped a thousand keys at a time; each page must be what a scan would give."""
    headers = service.session()
    made: list[str] = []
    for _ in range(23):
        made = [key["id"] for key in await asyncio.gather(*(service.create_key(headers) for _ in range(46)))] + made
    order = [
        key["id"] for at in range(0, 1058, 100) for key in (await page(service, f"?offset={at}&limit=100"))["data"]
    ]
    assert sorted(order) == sorted(made)
    paused = set(order[5:1040:9])
    for some in range(0, len(paused), 30):
        batch = sorted(paused)[some : some + 30]
        await asyncio.gather(*(service.call("PATCH", f"api-keys/{k}", headers, json={"active": False}) for k in batch))
    expected = {
        "all": order,
        "active": [k for k in order if k not in paused],
        "revoked": [k for k in order if k in paused],
    }
    for status, wanted in expected.items():
        for offset in (0, 57, 58, 59, len(wanted) // 2, 999, 1000, 1001, len(wanted) - 1, len(wanted)):
            body = await page(service, f"?status={status}&offset={offset}&limit=5")
            assert [key["id"] for key in body["data"]] == wanted[offset : offset + 5], (status, offset)
            assert body["pagination"]["total"] == len(wanted)

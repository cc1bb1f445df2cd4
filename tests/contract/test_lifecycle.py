"""What a key goes through, from create to revoke, by HTTP."""

from service import Service
from standing import standing_loop

pytestmark = standing_loop


async def test_a_new_key_answers_whoami(service: Service) -> None:
    key = await service.create_key()
    answer = await service.whoami(key["api_key"])
    assert answer.status_code == 200
    assert answer.json()["data"]["api_key_id"] == key["id"]


async def test_a_revoked_key_is_refused_by_the_next_request(service: Service) -> None:
    """If this failed, a customer whose key leaked could not stop the thief."""
    key = await service.create_key()
    assert (await service.call("DELETE", f"api-keys/{key['id']}", service.session())).status_code == 200
    assert (await service.whoami(key["api_key"])).status_code == 401


async def test_a_key_goes_all_the_way(service: Service) -> None:
    me = service.session()
    key = await service.create_key(name="first")
    path = f"api-keys/{key['id']}"

    async def works(secret: str) -> bool:
        return (await service.whoami(secret)).status_code == 200

    assert await works(key["api_key"])
    for body, usable in (({"name": "renamed"}, True), ({"active": False}, False), ({"active": True}, True)):
        assert (await service.call("PATCH", path, me, json=body)).status_code == 200
        assert await works(key["api_key"]) is usable
    answer = await service.call("PATCH", f"{path}/rotate", me, json={"grace_seconds": 60})
    new = answer.json()["data"]["new_key"]
    assert new["name"] == "renamed"
    assert await works(key["api_key"])
    assert await works(new["api_key"])
    service.clock.advance(60)
    assert not await works(key["api_key"])
    assert await works(new["api_key"])
    last = (await service.call("PATCH", f"api-keys/{new['id']}/rotate", me)).json()["data"]["new_key"]
    assert not await works(new["api_key"])
    assert (await service.call("DELETE", f"api-keys/{last['id']}", me)).status_code == 200
    assert not await works(last["api_key"])
    listed = (await service.call("GET", "api-keys?status=all", me)).json()
    assert [found["id"] for found in listed["data"]] == [last["id"], new["id"], key["id"]]
    assert not any(found["active"] for found in listed["data"])
    assert (await service.call("GET", "api-keys", me)).json()["pagination"]["total"] == 0

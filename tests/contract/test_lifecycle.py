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

"""What an operator decides: brand, scopes, defaults, public address. Keys survive that decisions change."""

import re
from pathlib import Path
from typing import Any

import pytest

from answers import data, refused
from onepin.contract.scopes import SCOPES
from service import Service, bearer, running


async def rotate(service: Service, key: dict[str, Any]) -> Any:
    return data(await service.call("PATCH", f"api-keys/{key['id']}/rotate", service.session()))["new_key"]


async def test_another_brand_is_minted_and_the_old_one_still_accepted(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url) as service:
        old = await service.create_key()
    async with running(tmp_path, database_url, key_prefix="op") as service:
        new = await service.create_key()
        assert re.fullmatch(r"op_live_[0-9A-Za-z]{38}", new["api_key"])
        assert (new["key_prefix"], new["preview"]) == ("op_live_", new["api_key"][:16])
        for key in (old, new):
            assert data(await service.whoami(key["api_key"]))["api_key_id"] == key["id"]
        successor = await rotate(service, old)
        assert successor["key_prefix"] == "op_live_"
        assert data(await service.call("GET", f"api-keys/{old['id']}", service.session()))["key_prefix"] == "pk_live_"


async def test_a_brand_that_is_not_accepted_is_no_key(tmp_path: Path, database_url: str) -> None:
    """If this failed, an operator could not retire a brand."""
    async with running(tmp_path, database_url) as service:
        old = await service.create_key()
    async with running(tmp_path, database_url, key_prefix="acme", key_prefixes_accepted="acme") as service:
        refused(await service.whoami(old["api_key"]), "UNAUTHORIZED")
        assert (await service.whoami((await service.create_key())["api_key"])).status_code == 200


async def test_defaults_are_the_operators(tmp_path: Path, database_url: str) -> None:
    scopes = ["catalog:read", "voices:read"]
    async with running(
        tmp_path, database_url, default_scopes=",".join(scopes), default_rate_limit_per_min="7"
    ) as service:
        key = await service.create_key()
        assert (key["scopes"], key["rate_limit_per_min"]) == (scopes, 7)
    async with running(tmp_path, database_url, default_scopes="none", default_rate_limit_per_min="none") as service:
        key = await service.create_key()
        assert (key["scopes"], key["rate_limit_per_min"]) == ([], None)
        assert (await service.create_key(rate_limit_per_min=1))["rate_limit_per_min"] == 1


async def test_extra_scopes_stand_beside_the_built_in_ones(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url, extra_scopes="billing:read,billing:write") as service:
        key = await service.create_key(scopes=["billing:write", "voices:read"])
        assert key["scopes"] == ["billing:write", "voices:read"]
        assert data(await service.whoami(key["api_key"]))["scopes"] == ["billing:write", "voices:read"]
        who = data(await service.call("GET", "auth/whoami", service.session()))
        assert who["scopes"] == sorted({*SCOPES, "billing:read", "billing:write"})
        answer = await service.call("POST", "api-keys", service.session(), json={"name": "a", "scopes": ["billing:x"]})
        assert answer.status_code == 422


async def test_scopes_can_be_replaced_altogether(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url, scopes="jobs:run,jobs:read", default_scopes="jobs:read") as service:
        assert (await service.create_key())["scopes"] == ["jobs:read"]
        body = {"name": "a", "scopes": ["workflows:read"]}
        assert (await service.call("POST", "api-keys", service.session(), json=body)).status_code == 422


async def test_a_scope_that_is_gone_still_shows_and_works_but_is_not_given_again(
    tmp_path: Path, database_url: str
) -> None:
    async with running(tmp_path, database_url, extra_scopes="billing:read") as service:
        key = await service.create_key(scopes=["billing:read", "voices:read"])
    async with running(tmp_path, database_url) as service:
        path = f"api-keys/{key['id']}"
        assert data(await service.call("GET", path, service.session()))["scopes"] == ["billing:read", "voices:read"]
        assert data(await service.whoami(key["api_key"]))["scopes"] == ["billing:read", "voices:read"]
        changes: list[dict[str, Any]] = [{"name": "new"}, {"active": False}, {"active": True}]
        for change in (*changes, {"rate_limit_per_min": 5}):
            assert data(await service.call("PATCH", path, service.session(), json=change))
        new = await rotate(service, key)
        assert new["scopes"] == ["billing:read", "voices:read"]
        again = await service.call(
            "PATCH", f"api-keys/{new['id']}", service.session(), json={"scopes": ["billing:read"]}
        )
        assert again.status_code == 422
        body = {"name": "a", "scopes": ["billing:read"]}
        assert (await service.call("POST", "api-keys", service.session(), json=body)).status_code == 422


async def test_links_stand_on_the_public_url(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url, public_url="https://keys.example.com") as service:
        await service.create_key()
        await service.create_key()
        for path in ("api-keys?limit=1&status=all", "workspaces?limit=1&offset=1"):
            answer = await service.call("GET", path, service.session())
            pages = answer.json()["pagination"]
            link = pages["next"] or pages["prev"]
            assert link.startswith(f"https://keys.example.com/api/v1/{path.partition('?')[0]}?")
            assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        own = await service.call("GET", "auth/whoami", service.session() | {"Host": "keys.example.com"})
        assert own.status_code == 200


@pytest.mark.parametrize("minutes", [1, 1440])
async def test_how_long_a_secret_is_held_for_a_retry_is_the_operators(
    tmp_path: Path, database_url: str, minutes: int
) -> None:
    async with running(tmp_path, database_url, idempotency_secret_minutes=str(minutes)) as service:
        value = {"Idempotency-Key": "a-value-that-is-sent-twice"}
        asked = {"json": {"name": "a"}}
        first = data(await service.call("POST", "api-keys", service.session() | value, **asked), 201)
        service.clock.advance(60 * minutes - 1)
        again = await service.call("POST", "api-keys", service.session() | value, **asked)
        assert data(again, 201) == first
        service.clock.advance(1)
        late = await service.call("POST", "api-keys", service.session() | value, **asked)
        assert late.status_code == (409 if minutes < 1440 else 201)


async def test_a_restart_loses_nothing(tmp_path: Path, database_url: str) -> None:
    async with running(tmp_path, database_url) as service:
        key = await service.create_key(name="kept")
        revoked = await service.create_key()
        await service.call("DELETE", f"api-keys/{revoked['id']}", service.session())
        before = (await service.call("GET", "api-keys?status=all", service.session())).json()["data"]
    async with running(tmp_path, database_url) as service:
        assert (await service.call("GET", "api-keys?status=all", service.session())).json()["data"] == before
        assert data(await service.call("GET", "auth/whoami", bearer(key["api_key"])))["api_key_id"] == key["id"]
        refused(await service.whoami(revoked["api_key"]), "INVALID_API_KEY")

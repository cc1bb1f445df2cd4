"""POST /api/v1/api-keys: what a new key is, and what no key can be."""

import re
import zlib
from typing import Any
from uuid import UUID

import pytest

from answers import data, refused
from onepin.contract.scopes import SCOPES
from service import Service
from standing import standing_loop
from tenants import audit, user_id_of

pytestmark = standing_loop
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SEED_FIELDS = {
    *("id", "workspace_id", "created_by", "name", "key_type", "key_prefix", "key_suffix", "scopes", "active"),
    *("last_used_at", "rate_limit_per_min", "revoked_at", "created_at", "updated_at", "preview", "api_key"),
}
LIMITS_REFUSED = [0, -1, 1_000_001, 2**31, 2**63, 10**30, True, False, 1.0, 10.5, "10", "", [], [5], {}]
KEY_TYPES_REFUSED = [None, "", "LIVE", "live ", "other", 1, True, ["live"]]
SCOPES_REFUSED: list[Any] = [
    *(None, "workflows:read", {}, 1, ["nothing:here"], ["workflows:read", "WORKFLOWS:READ"], ["workflows:*"], [""]),
    *([None], [1], [["workflows:read"]], ["workflows:read "]),
]
NOT_TO_BE_SAID = [
    *("id", "workspace_id", "created_by", "user_id", "api_key", "active", "key_prefix", "key_suffix", "preview"),
    *("revoked_at", "created_at", "updated_at", "expires_at", "last_used_at", "role", "Name", "NAME", ""),
]


async def test_a_name_alone_gives_a_key_with_the_documented_defaults(service: Service) -> None:
    key = data(await service.call("POST", "api-keys", service.session(), json={"name": "Production key"}), 201)
    assert set(key) == SEED_FIELDS
    assert UUID(key["id"]).version == 7
    assert key["workspace_id"] == str(await service.workspace_of(service.user))
    assert key["created_by"] == str(await user_id_of(service, service.user))
    assert key["name"] == "Production key"
    assert key["key_type"] == "live"
    assert key["key_prefix"] == "pk_live_"
    assert key["scopes"] == ["workflows:read", "workflows:run", "voices:read"]
    assert key["active"] is True
    assert key["rate_limit_per_min"] == 1000
    assert key["last_used_at"] is None
    assert key["revoked_at"] is None
    assert key["created_at"] == key["updated_at"]


async def test_the_text_of_a_key_is_prefix_random_characters_and_a_checksum(service: Service) -> None:
    """If this failed, scanners and clients could not tell a key of ours from noise, or more of it would be shown."""
    key = await service.create_key()
    secret = key["api_key"]
    assert re.fullmatch(r"pk_live_[0-9A-Za-z]{38}", secret)
    assert key["key_suffix"] == secret[8:16]
    assert key["preview"] == key["key_prefix"] + key["key_suffix"] == secret[:16]
    number, digits = zlib.crc32(secret[:-6].encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    assert secret[-6:] == digits


async def test_the_plaintext_is_shown_once(service: Service) -> None:
    """If this failed, whoever may read the list of keys could use them all."""
    key = await service.create_key()
    shown = data(await service.call("GET", f"api-keys/{key['id']}", service.session()))
    listed = data(await service.call("GET", "api-keys", service.session()))
    assert shown == {name: value for name, value in key.items() if name != "api_key"}
    assert listed == [shown]


async def test_every_field_can_be_said(service: Service) -> None:
    key = await service.create_key(name="CI", scopes=["voices:write"], rate_limit_per_min=7, key_type="live")
    assert (key["name"], key["scopes"], key["rate_limit_per_min"], key["key_type"]) == (
        "CI",
        ["voices:write"],
        7,
        "live",
    )


async def test_names_need_not_differ_but_keys_do(service: Service) -> None:
    one, two = await service.create_key(name="same"), await service.create_key(name="same")
    assert one["id"] < two["id"]
    assert one["api_key"] != two["api_key"]


async def test_an_admin_may_give_every_scope(service: Service) -> None:
    assert (await service.create_key(scopes=list(SCOPES)))["scopes"] == list(SCOPES)


async def test_scopes_keep_their_order_and_lose_their_doubles(service: Service) -> None:
    key = await service.create_key(scopes=["voices:read", "catalog:read", "voices:read", "workflows:run"])
    assert key["scopes"] == ["voices:read", "catalog:read", "workflows:run"]
    who = data(await service.whoami(key["api_key"]))
    assert who["scopes"] == ["catalog:read", "voices:read", "workflows:run"]


async def test_a_key_without_scopes_may_still_ask_who_it_is(service: Service) -> None:
    key = await service.create_key(scopes=[])
    assert key["scopes"] == []
    assert data(await service.whoami(key["api_key"]))["scopes"] == []


@pytest.mark.parametrize("scopes", SCOPES_REFUSED)
async def test_scopes_are_a_list_of_those_that_exist(service: Service, scopes: object) -> None:
    answer = await service.call("POST", "api-keys", service.session(), json={"name": "a", "scopes": scopes})
    assert answer.status_code == 422, answer.text
    assert all(detail["field"].startswith("scopes") for detail in answer.json()["error"]["details"])


@pytest.mark.parametrize("limit", [1, 60, 1_000_000, None])
async def test_a_limit_from_one_to_a_million_or_none_is_kept(service: Service, limit: int | None) -> None:
    assert (await service.create_key(rate_limit_per_min=limit))["rate_limit_per_min"] == limit


@pytest.mark.parametrize("limit", LIMITS_REFUSED)
async def test_a_limit_is_a_whole_number_in_range(service: Service, limit: object) -> None:
    answer = await service.call("POST", "api-keys", service.session(), json={"name": "a", "rate_limit_per_min": limit})
    refused(answer, "VALIDATION_ERROR", "rate_limit_per_min")


@pytest.mark.parametrize("key_type", ["test", "public"])
async def test_reserved_types_are_refused_and_called_reserved(service: Service, key_type: str) -> None:
    answer = await service.call("POST", "api-keys", service.session(), json={"name": "a", "key_type": key_type})
    assert "reserved" in refused(answer, "VALIDATION_ERROR", "key_type")


@pytest.mark.parametrize("key_type", KEY_TYPES_REFUSED)
async def test_every_other_type_is_refused(service: Service, key_type: object) -> None:
    answer = await service.call("POST", "api-keys", service.session(), json={"name": "a", "key_type": key_type})
    refused(answer, "VALIDATION_ERROR", "key_type")


@pytest.mark.parametrize("field", NOT_TO_BE_SAID)
async def test_nothing_else_can_be_said(service: Service, field: str) -> None:
    """If this failed, a caller could set what only the server decides: whose key it is, or where."""
    value = str(await service.workspace_of(service.user))
    answer = await service.call("POST", "api-keys", service.session(), json={"name": "a", field: value})
    refused(answer, "VALIDATION_ERROR", field or "body")
    assert data(await service.call("GET", "api-keys", service.session())) == []


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'"name"', b"1", b"true", b'[{"name":"a"}]', b""])
async def test_a_body_is_an_object_with_a_name(service: Service, body: bytes) -> None:
    headers = service.session() | {"Content-Type": "application/json"}
    refused(await service.call("POST", "api-keys", headers, content=body), "VALIDATION_ERROR")


async def test_every_wrong_field_is_named(service: Service) -> None:
    wrong = {"name": "", "scopes": None, "rate_limit_per_min": 0, "key_type": "test", "colour": "red"}
    answer = await service.call("POST", "api-keys", service.session(), json=wrong)
    assert {detail["field"] for detail in answer.json()["error"]["details"]} == set(wrong)
    assert {tuple(issue["loc"]) for issue in answer.json()["detail"]} == {("body", field) for field in wrong}


async def test_what_was_sent_is_not_repeated(service: Service) -> None:
    """If this failed, a secret pasted into the wrong field would end up in error trackers."""
    pasted = "pk_live_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q1SPwG5"
    for field in ("name", "scopes", "rate_limit_per_min", "key_type"):
        body = {"name": "a"} | {field: [pasted] if field in ("scopes", "name") else pasted}
        answer = await service.call("POST", "api-keys", service.session(), json=body)
        assert answer.status_code == 422
        assert pasted[16:] not in answer.text


async def test_a_key_is_made_in_the_workspace_that_the_header_names(service: Service) -> None:
    made = data(await service.call("POST", "workspaces", service.session(), json={"name": "Team"}), 201)
    key = await service.create_key(service.session(workspace=made["id"]))
    assert key["workspace_id"] == made["id"]
    assert data(await service.call("GET", "api-keys", service.session())) == []
    assert data(await service.whoami(key["api_key"]))["workspace_id"] == made["id"]


async def test_creating_is_written_down_once_without_the_secret(service: Service) -> None:
    workspace = await service.workspace_of(service.user)
    before = await audit(service, workspace)
    answer = await service.call("POST", "api-keys", service.session(), json={"name": "a"})
    key = data(answer, 201)
    (event,) = await audit(service, workspace, but=before)
    assert (event.action, str(event.target_id), event.actor_kind) == ("api_key.created", key["id"], "user")
    assert event.actor_id == key["created_by"]
    assert str(event.request_id) == answer.headers["x-request-id"]
    assert key["api_key"][16:-6] not in repr(event)

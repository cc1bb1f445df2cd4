"""GET and PATCH /api/v1/api-keys/{key_id}."""

from typing import Any
from uuid import uuid4

import pytest

from answers import data, refused, without_meta
from service import Service
from standing import standing_loop
from tenants import audit

pytestmark = standing_loop
NO_UUID = [
    *("1", "null", "undefined", "-", "pk_live_", "a" * 36, "a" * 1000, "%00", "%ff", "..%2fwhoami", "%2e%2e"),
    *(
        "{0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10}",
        "0199d8a45f1e7c3b9a543f1c2b7d9e10",
        "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e1",
    ),
    *("urn:uuid:0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10%20", "'%20OR%201=1--"),
    *("0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e1%D9%A0", "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10;x", "%EF%BC%90" * 36),
]
WRONG_LIMITS: list[Any] = [0, -1, 1_000_001, 2**63, True, 1.0, "10", []]
WRONG_SCOPES: list[Any] = ["voices:read", ["nothing:here"], [None], {}, 1]
WRONG_SWITCHES: list[Any] = [1, 0, "true", "false", [], {}]
WRONG_FIELDS: list[tuple[str, Any]] = [
    *(("rate_limit_per_min", value) for value in WRONG_LIMITS),
    *(("scopes", value) for value in WRONG_SCOPES),
    *(("active", value) for value in WRONG_SWITCHES),
    *(
        (field, "x")
        for field in ("id", "workspace_id", "created_by", "key_type", "api_key", "key_prefix", "key_suffix")
    ),
    *((field, None) for field in ("revoked_at", "expires_at", "created_at", "updated_at", "last_used_at", "preview")),
]


async def patch(service: Service, key: dict[str, Any], **body: Any) -> Any:
    """The key after a change."""
    return data(await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json=body))


async def get(service: Service, key: dict[str, Any]) -> Any:
    return data(await service.call("GET", f"api-keys/{key['id']}", service.session()))


async def test_a_key_is_got_as_it_was_made_without_its_secret(service: Service) -> None:
    key = await service.create_key(name="CI", scopes=["voices:read"], rate_limit_per_min=None)
    assert await get(service, key) == {name: value for name, value in key.items() if name != "api_key"}


async def test_an_id_may_be_written_in_capitals(service: Service) -> None:
    key = await service.create_key()
    answer = await service.call("GET", f"api-keys/{key['id'].upper()}", service.session())
    assert data(answer)["id"] == key["id"]


@pytest.mark.parametrize("key_id", NO_UUID)
@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("PATCH", "/rotate")])
async def test_an_id_that_is_no_uuid_is_invalid(service: Service, method: str, suffix: str, key_id: str) -> None:
    body: Any = {} if method == "PATCH" else None
    answer = await service.call(method, f"api-keys/{key_id}{suffix}", service.session(), json=body)
    if "%2f" in key_id:  # the server's path is decoded before it is routed, so this is a path that does not exist
        refused(answer, "NOT_FOUND")
    else:
        refused(answer, "VALIDATION_ERROR", "key_id")
        assert answer.json()["detail"][0]["loc"] == ["path", "key_id"]


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("PATCH", "/rotate")])
async def test_an_unknown_key_and_one_of_another_workspace_look_alike(
    service: Service, method: str, suffix: str
) -> None:
    """If this failed, ids could be probed: which exist, in workspaces one has no part in."""
    foreign = await service.create_key(service.session(f"{uuid4().hex}@example.com"))
    body: Any = {} if method == "PATCH" else None
    answers = [
        await service.call(method, f"api-keys/{key_id}{suffix}", service.session(), json=body)
        for key_id in (uuid4(), foreign["id"])
    ]
    refused(answers[0], "NOT_FOUND")
    assert without_meta(answers[0]) == without_meta(answers[1])


@pytest.mark.parametrize("shown", ["key_suffix", "preview", "api_key", "name"])
async def test_what_is_shown_of_a_key_is_no_way_to_name_it(service: Service, shown: str) -> None:
    """If this failed, the part of a key that stands in screenshots would work as its name."""
    key = await service.create_key(name="name")
    refused(await service.call("DELETE", f"api-keys/{key[shown]}", service.session()), "VALIDATION_ERROR", "key_id")


async def test_every_field_changes_alone(service: Service) -> None:
    key = await service.create_key()
    before = await get(service, key)
    changes: dict[str, Any] = {"name": "new", "scopes": ["catalog:read"], "rate_limit_per_min": 5, "active": False}
    for field, value in changes.items():
        service.clock.advance(1)
        after = await patch(service, key, **{field: value})
        assert after == before | {field: value, "updated_at": after["updated_at"]}
        assert after["updated_at"] > before["updated_at"]
        assert await get(service, key) == after
        before = after


async def test_all_fields_change_together(service: Service) -> None:
    key = await service.create_key()
    after = await patch(service, key, name=" new ", scopes=["voices:read"] * 2, rate_limit_per_min=9, active=False)
    assert (after["name"], after["scopes"], after["rate_limit_per_min"], after["active"]) == (
        "new",
        ["voices:read"],
        9,
        False,
    )


async def test_null_leaves_a_field_but_removes_the_limit(service: Service) -> None:
    key = await service.create_key(rate_limit_per_min=5)
    before = await get(service, key)
    assert await patch(service, key, name=None, scopes=None, active=None) == before
    after = await patch(service, key, rate_limit_per_min=None)
    assert after == before | {"rate_limit_per_min": None, "updated_at": after["updated_at"]}


async def test_scopes_can_all_be_taken_away(service: Service) -> None:
    key = await service.create_key()
    assert (await patch(service, key, scopes=[]))["scopes"] == []
    assert data(await service.whoami(key["api_key"]))["scopes"] == []


@pytest.mark.parametrize(
    "body", [{}, {"name": "a key"}, {"active": True}, {"rate_limit_per_min": 1000}, {"name": None}]
)
async def test_a_change_that_changes_nothing_leaves_no_trace(service: Service, body: dict[str, Any]) -> None:
    key = await service.create_key()
    events, before = await audit(service, key["workspace_id"]), await get(service, key)
    service.clock.advance(1)
    assert await patch(service, key, **body) == before
    assert await audit(service, key["workspace_id"], but=events) == []


@pytest.mark.parametrize(("field", "value"), WRONG_FIELDS)
async def test_a_wrong_value_changes_nothing(service: Service, field: str, value: object) -> None:
    key = await service.create_key()
    before = await get(service, key)
    answer = await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json={"name": "new", field: value})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "VALIDATION_ERROR"
    assert answer.json()["error"]["details"][0]["field"].startswith(field)
    assert await get(service, key) == before


async def test_a_paused_key_is_refused_until_it_is_resumed(service: Service) -> None:
    """If this failed, pausing would not stop whoever has the secret."""
    key = await service.create_key()
    paused = await patch(service, key, active=False)
    assert (paused["active"], paused["revoked_at"]) == (False, None)
    refused(await service.whoami(key["api_key"]), "INVALID_API_KEY")
    resumed = await patch(service, key, active=True)
    assert (resumed["active"], resumed["revoked_at"]) == (True, None)
    assert (await service.whoami(key["api_key"])).status_code == 200


async def test_a_change_of_scopes_holds_from_the_next_request_on(service: Service) -> None:
    """If this failed, a scope taken away would go on working."""
    key = await service.create_key(scopes=["workspace:read"])
    own = f"workspaces/{key['workspace_id']}"
    bearer = {"Authorization": f"Bearer {key['api_key']}"}
    assert (await service.call("GET", own, bearer)).status_code == 200
    await patch(service, key, scopes=["voices:read"])
    refused(await service.call("GET", own, bearer), "INSUFFICIENT_SCOPE")


@pytest.mark.parametrize(
    "body",
    [
        {"active": True},
        {"active": False},
        {"name": "new"},
        {"name": None},
        {"scopes": []},
        {"rate_limit_per_min": None},
    ],
)
async def test_a_revoked_key_can_not_come_back(service: Service, body: dict[str, Any]) -> None:
    """If this failed, a key that was revoked because it leaked could work again."""
    key = await service.create_key()
    await service.call("DELETE", f"api-keys/{key['id']}", service.session())
    before = await get(service, key)
    refused(await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json=body), "CONFLICT")
    assert await patch(service, key) == before == await get(service, key)


async def test_each_kind_of_change_is_written_down_once(service: Service) -> None:
    key = await service.create_key()
    seen = await audit(service, key["workspace_id"])
    changes: list[tuple[dict[str, Any], str]] = [
        ({"name": "new"}, "api_key.updated"),
        ({"active": False}, "api_key.paused"),
        ({"active": True}, "api_key.resumed"),
        ({"scopes": []}, "api_key.updated"),
    ]
    for body, action in changes:
        await patch(service, key, **body)
        (event,) = await audit(service, key["workspace_id"], but=seen)
        assert (event.action, str(event.target_id)) == (action, key["id"])
        seen = [*seen, event]

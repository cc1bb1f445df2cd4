"""POST /api/v1/auth/verify: a service asks about the key that its customer sent."""

import json
from typing import Any
from uuid import uuid4

import pytest

from answers import data, refused, without_meta
from asgi_client import ask
from onepin.contract.scopes import DEFAULT_SCOPES
from onepin.contract.verification import VerifyCode
from onepin.server.keys.format import mint
from service import Service, bearer
from standing import standing_loop
from tenants import tenant
from verification.asking import (
    DEAD,
    KEYS_VERIFY,
    RATE_LIMIT_HEADERS,
    make_verifier,
    patch,
    rotate,
    verdict,
    verifiers,
    verify,
)

pytestmark = standing_loop
NOTHING: dict[str, Any] = {"api_key_id": None, "workspace_id": None, "name": None, "scopes": [], "rate_limit": None}
JSON = ("Content-Type", "application/json")


async def test_a_good_key_is_valid_and_the_verdict_says_whose_it_is(service: Service, verifier: str) -> None:
    key = await service.create_key(name="Schlüssel")
    assert await verdict(service, verifier, key["api_key"]) == {
        "valid": True,
        "code": "VALID",
        "api_key_id": key["id"],
        "workspace_id": key["workspace_id"],
        "name": "Schlüssel",
        "scopes": list(DEFAULT_SCOPES),
        "rate_limit": {"limit": 1000, "remaining": 999, "reset_after": 60, "retry_after": 0},
    }


async def test_a_key_without_a_limit_has_none_in_the_verdict(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=None)
    assert (await verdict(service, verifier, key["api_key"], cost=1_000_000))["rate_limit"] is None


@pytest.mark.parametrize("state", DEAD)
async def test_why_a_key_does_not_work_is_told_to_who_may_know(service: Service, verifier: str, state: str) -> None:
    """If this failed, a key that its owner ended would go on opening what the service guards."""
    key = await service.create_key()
    kill, code = DEAD[state]
    assert (await verdict(service, verifier, key["api_key"]))["code"] == "VALID"
    await kill(service, key)
    for caller in (verifier, service.session()):
        found = await verdict(service, caller, key["api_key"])
        assert (found["code"], found["api_key_id"], found["rate_limit"]) == (code, key["id"], None)


NO_KEYS = {
    "nothing": "",
    "a space": " ",
    "a letter": "x",
    "a prefix": "pk_live_",
    "a wrong checksum": "pk_live_" + "a" * 38,
    "nobody's": mint("pk").reveal(),
    "nobody's of another brand": mint("op").reveal(),
    "of a brand that is not taken": mint("acme").reveal(),
    "a NUL": "\x00",
    "a word of elsewhere": "鍵",
    "SQL": "' OR 1=1 --",
    "a header": "Bearer x",
    "60 kB": "a" * 60_000,
    "a verifier": mint("pk", "verifier").reveal(),
}


@pytest.mark.parametrize("text", NO_KEYS.values(), ids=NO_KEYS)
async def test_whatever_is_no_key_is_invalid(service: Service, verifier: str, text: str) -> None:
    """If this failed, a customer could make the service that asks fail by sending it nonsense."""
    body = json.dumps({"api_key": text}).encode()
    answer = await ask(service.app, "POST", "/api/v1/auth/verify", [*bearer(verifier).items(), JSON], body)
    assert answer.status == 200
    assert answer.json()["data"] == {"valid": False, "code": "INVALID_API_KEY", **NOTHING}


async def test_a_secret_that_is_no_api_key_is_invalid(service: Service, verifier: str) -> None:
    """If this failed, a session or a verifier that leaked could be used where only keys should."""
    session = service.session()["Authorization"].partition(" ")[2]
    for secret in (session, verifier):
        assert (await verdict(service, verifier, secret))["code"] == "INVALID_API_KEY"


async def test_every_scope_is_needed(service: Service, verifier: str) -> None:
    """If this failed, a key could use what it was not made for."""
    key = await service.create_key(scopes=["voices:read", "catalog:read"])
    for scopes in ([], ["voices:read"], ["catalog:read", "voices:read"]):
        assert (await verdict(service, verifier, key["api_key"], scopes=scopes))["valid"] is True
    for scopes in (["voices:write"], ["voices:read", "voices:write"], [""], ["voices:"], ["*"], ["voices:read "]):
        found = await verdict(service, verifier, key["api_key"], scopes=scopes)
        assert (found["code"], found["scopes"]) == ("INSUFFICIENT_SCOPE", ["voices:read", "catalog:read"])


async def test_the_limit_is_used_and_then_refused_for_as_long_as_it_says(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=2)
    states = []
    for _ in range(3):
        found = await verdict(service, verifier, key["api_key"])
        states.append((found["code"], *found["rate_limit"].values()))
        service.clock.advance(1)
    assert states == [("VALID", 2, 1, 60, 0), ("VALID", 2, 0, 59, 0), ("RATE_LIMITED", 2, 0, 58, 58)]
    service.clock.advance(57)
    assert (await verdict(service, verifier, key["api_key"]))["code"] == "VALID"


async def test_a_cost_of_nothing_only_looks(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=2)
    for used in range(3):
        for _ in range(3):
            found = await verdict(service, verifier, key["api_key"], cost=0)
            assert (found["code"], found["rate_limit"]["remaining"]) == ("VALID", 2 - used)
        await verdict(service, verifier, key["api_key"])
    assert (await verdict(service, verifier, key["api_key"]))["code"] == "RATE_LIMITED"


async def test_a_cost_counts_as_so_many(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=10)
    costs = [(4, "VALID", 6), (7, "RATE_LIMITED", 6), (6, "VALID", 0), (1, "RATE_LIMITED", 0), (11, "RATE_LIMITED", 0)]
    for cost, code, remaining in costs:
        found = await verdict(service, verifier, key["api_key"], cost=cost)
        assert (found["code"], found["rate_limit"]["remaining"]) == (code, remaining)
    assert (await service.whoami(key["api_key"])).status_code == 429


async def test_a_cost_above_the_limit_never_passes(service: Service, verifier: str) -> None:
    """If this failed, one call could use more than the owner of the key allows in a minute."""
    key = await service.create_key(rate_limit_per_min=10)
    found = await verdict(service, verifier, key["api_key"], cost=11)
    assert (found["code"], found["rate_limit"]["remaining"]) == ("RATE_LIMITED", 10)
    service.clock.advance(120)
    assert (await verdict(service, verifier, key["api_key"], cost=11))["code"] == "RATE_LIMITED"
    assert (await verdict(service, verifier, key["api_key"], cost=10))["code"] == "VALID"


async def test_it_counts_against_the_key_that_is_asked_about_and_never_the_one_that_asks(service: Service) -> None:
    """If this failed, a busy service would be refused for its customers' requests, or they would be free."""
    caller = await service.create_key(scopes=KEYS_VERIFY, rate_limit_per_min=1)
    key = await service.create_key(rate_limit_per_min=3)
    assert (await service.whoami(caller["api_key"])).status_code == 200
    assert (await service.whoami(caller["api_key"])).status_code == 429
    codes = [(await verdict(service, caller["api_key"], key["api_key"]))["code"] for _ in range(5)]
    assert codes == ["VALID"] * 3 + ["RATE_LIMITED"] * 2
    itself = await verdict(service, caller["api_key"], caller["api_key"])
    assert itself["code"] == "RATE_LIMITED"
    service.clock.advance(60)
    for _ in range(3):
        await verdict(service, caller["api_key"], key["api_key"])
    assert (await service.whoami(caller["api_key"])).status_code == 200
    await service.usage.flush()
    for of, counted in ((caller, (2, 2, 0)), (key, (6, 2, 0))):
        usage = data(await service.call("GET", f"api-keys/{of['id']}/usage", service.session()))
        assert tuple(usage["totals"].values()) == counted


async def test_a_cost_is_counted_as_use(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=10, scopes=["voices:read"])
    for cost in (0, 4, 5, 7):
        await verdict(service, verifier, key["api_key"], cost=cost)
    await verdict(service, verifier, key["api_key"], scopes=["voices:write"])
    await service.usage.flush()
    usage = data(await service.call("GET", f"api-keys/{key['id']}/usage", service.session()))
    assert usage["totals"] == {"ok": 9, "rate_limited": 1, "insufficient_scope": 1}


async def test_the_answer_has_no_headers_about_anybodys_limit(service: Service, verifier: str) -> None:
    """If this failed, a client that reads them would take its customer's limit for its own."""
    caller = await service.create_key(scopes=KEYS_VERIFY, rate_limit_per_min=1)
    key = await service.create_key(rate_limit_per_min=1)
    for asking in (verifier, caller["api_key"]):
        for _ in range(2):
            answer = await verify(service, asking, key["api_key"])
            assert not RATE_LIMIT_HEADERS & set(answer.headers)
            assert "retry-after" not in answer.headers


async def test_a_verifier_hears_of_every_workspace(service: Service, verifier: str) -> None:
    for user in (service.user, f"another-{service.user}"):
        key = await service.create_key(service.session(user))
        assert (await verdict(service, verifier, key["api_key"]))["workspace_id"] == key["workspace_id"]


async def test_a_verifier_that_names_a_workspace_is_told_when_a_key_is_anothers(
    service: Service, verifier: str
) -> None:
    """If this failed, a service that serves one customer would let in the keys of another."""
    key, other = await service.create_key(rate_limit_per_min=5), uuid4()
    own = await verdict(service, bearer(verifier) | {"X-Workspace-Id": key["workspace_id"]}, key["api_key"])
    assert own["code"] == "VALID"
    found = await verdict(service, bearer(verifier) | {"X-Workspace-Id": str(other)}, key["api_key"])
    assert (found["code"], found["rate_limit"]["remaining"]) == ("WORKSPACE_MISMATCH", 4)
    answer = await verify(service, bearer(verifier) | {"X-Workspace-Id": "acme"}, key["api_key"])
    refused(answer, "VALIDATION_ERROR", "X-Workspace-Id")


async def test_a_verifier_is_good_until_it_is_revoked(service: Service) -> None:
    """If this failed, a verifier that leaked could not be ended."""
    made = await make_verifier(service)
    key = await service.create_key()
    assert (await verdict(service, made.secret.reveal(), key["api_key"]))["valid"] is True
    await (await verifiers(service)).revoke(made.id)
    answer = await verify(service, made.secret.reveal(), key["api_key"])
    refused(answer, "UNAUTHORIZED")
    assert without_meta(answer) == without_meta(await verify(service, mint("pk", "verifier").reveal(), "x"))


NO_VERIFIERS = {
    "a prefix": "pk_verifier_",
    "junk": "pk_verifier_" + "a" * 38,
    "nobody's": mint("pk", "verifier").reveal(),
}


@pytest.mark.parametrize("secret", NO_VERIFIERS.values(), ids=NO_VERIFIERS)
async def test_what_looks_like_a_verifier_is_none(service: Service, secret: str) -> None:
    """If this failed, anybody could ask about every key of the deployment."""
    answer = await verify(service, secret, "x")
    refused(answer, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_session_needs_the_role_that_may_hand_the_scope_out(service: Service) -> None:
    """If this failed, whoever may look at a workspace could use up the limits of its keys."""
    team = await tenant(service)
    key = await service.create_key(team.admin)
    assert (await verdict(service, team.admin, key["api_key"]))["code"] == "VALID"
    for headers in (team.editor, team.viewer):
        refused(await verify(service, headers, key["api_key"]), "FORBIDDEN")
    stranger = service.session(f"stranger-{service.user}", team.id)
    refused(await verify(service, stranger, key["api_key"]), "NOT_A_MEMBER")


async def test_a_key_needs_the_scope(service: Service) -> None:
    key = await service.create_key(scopes=["workspace:read"])
    answer = await verify(service, key["api_key"], key["api_key"])
    assert "keys:verify" in refused(answer, "INSUFFICIENT_SCOPE", "scopes")
    assert set(answer.headers) >= RATE_LIMIT_HEADERS


@pytest.mark.parametrize("state", DEAD)
async def test_a_key_that_does_not_work_may_not_ask(service: Service, state: str) -> None:
    caller, key = await service.create_key(scopes=KEYS_VERIFY), await service.create_key()
    assert (await verdict(service, caller["api_key"], key["api_key"]))["valid"] is True
    await DEAD[state][0](service, caller)
    refused(await verify(service, caller["api_key"], key["api_key"]), "INVALID_API_KEY")


async def test_a_key_in_grace_is_valid_and_may_ask(service: Service, verifier: str) -> None:
    caller, key = await service.create_key(scopes=KEYS_VERIFY), await service.create_key()
    new_caller, new = await rotate(service, caller, grace=60), await rotate(service, key, grace=60)
    for asking in (verifier, caller["api_key"], new_caller["api_key"]):
        for asked in (key, new):
            assert (await verdict(service, asking, asked["api_key"]))["code"] == "VALID"


async def out_of_reach(service: Service) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A key of somebody else's workspace, and callers who may only hear of their own."""
    key = await service.create_key(service.session(f"another-{service.user}"), rate_limit_per_min=2)
    own = await service.create_key(scopes=KEYS_VERIFY)
    named = bearer(own["api_key"]) | {"X-Workspace-Id": own["workspace_id"]}
    team = await tenant(service)
    return key, [service.session(), bearer(own["api_key"]), named, team.admin]


async def test_a_key_out_of_reach_is_answered_as_one_that_never_was(service: Service) -> None:
    """If this failed, one customer could find out which keys of another are good, and spend their limits."""
    key, callers = await out_of_reach(service)
    for asked in ({}, {"scopes": ["voices:write"]}, {"cost": 0}, {"cost": 1_000_000}):
        for caller in callers:
            unknown = await verify(service, caller, mint("pk").reveal(), **asked)
            assert without_meta(await verify(service, caller, key["api_key"], **asked)) == without_meta(unknown)
            assert unknown.json()["data"] == {"valid": False, "code": "INVALID_API_KEY", **NOTHING}
    whoami = await service.whoami(key["api_key"])
    assert whoami.headers["x-ratelimit-remaining"] == "1", "and nobody else's question was counted"


@pytest.mark.parametrize("state", DEAD)
async def test_a_dead_key_out_of_reach_is_answered_as_one_that_never_was(service: Service, state: str) -> None:
    own = service.anew()
    key = await own.create_key()
    await DEAD[state][0](own, key)
    unknown = await verify(service, service.session(), mint("pk").reveal())
    assert without_meta(await verify(service, service.session(), key["api_key"])) == without_meta(unknown)


async def test_a_caller_may_name_no_workspace_but_its_own(service: Service) -> None:
    key, other = await service.create_key(scopes=KEYS_VERIFY), await tenant(service)
    for headers, code in (
        (bearer(key["api_key"]) | {"X-Workspace-Id": str(other.id)}, "WORKSPACE_MISMATCH"),
        (service.session(workspace=other.id), "NOT_A_MEMBER"),
        (service.session(workspace="acme"), "VALIDATION_ERROR"),
    ):
        refused(await verify(service, headers, key["api_key"]), code)


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "BAD_REQUEST"),
    "no object": (b'"pk_live_x"', "VALIDATION_ERROR"),
    "a list": (b"[]", "VALIDATION_ERROR"),
    "no key": (b"{}", "VALIDATION_ERROR"),
    "null": (b'{"api_key":null}', "VALIDATION_ERROR"),
    "a number": (b'{"api_key":1}', "VALIDATION_ERROR"),
    "another field": (b'{"api_key":"x","workspace_id":"0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"}', "VALIDATION_ERROR"),
    "the key twice": (b'{"api_key":"x","api_key":"y"}', "BAD_REQUEST"),
    "malformed": (b'{"api_key":"x"', "BAD_REQUEST"),
    "more behind it": (b'{"api_key":"x"}{}', "BAD_REQUEST"),
    "not UTF-8": (b'{"api_key":"\xff"}', "BAD_REQUEST"),
    "NaN": (b'{"api_key":"x","cost":NaN}', "BAD_REQUEST"),
    "too deep": (b'{"api_key":' + b"[" * 20 + b"]" * 20 + b"}", "BAD_REQUEST"),
    "too large": (b'{"api_key":"' + b"x" * 65_536 + b'"}', "PAYLOAD_TOO_LARGE"),
    "scopes as text": (b'{"api_key":"x","scopes":"voices:read"}', "VALIDATION_ERROR"),
    "scopes of numbers": (b'{"api_key":"x","scopes":[1]}', "VALIDATION_ERROR"),
    "no scopes": (b'{"api_key":"x","scopes":null}', "VALIDATION_ERROR"),
    "too many scopes": (b'{"api_key":"x","scopes":[' + b'"a",' * 50 + b'"a"]}', "VALIDATION_ERROR"),
    "a cost below nothing": (b'{"api_key":"x","cost":-1}', "VALIDATION_ERROR"),
    "a cost beyond all": (b'{"api_key":"x","cost":1000001}', "VALIDATION_ERROR"),
    "an endless cost": (b'{"api_key":"x","cost":' + b"9" * 400 + b"}", "VALIDATION_ERROR"),
    "half a cost": (b'{"api_key":"x","cost":0.5}', "VALIDATION_ERROR"),
    "a whole cost with a point": (b'{"api_key":"x","cost":1.0}', "VALIDATION_ERROR"),
    "a cost as text": (b'{"api_key":"x","cost":"1"}', "VALIDATION_ERROR"),
    "a true cost": (b'{"api_key":"x","cost":true}', "VALIDATION_ERROR"),
    "no cost": (b'{"api_key":"x","cost":null}', "VALIDATION_ERROR"),
}


@pytest.mark.parametrize(("body", "code"), BODIES.values(), ids=BODIES)
async def test_a_body_is_strict_json_of_what_is_known(service: Service, verifier: str, body: bytes, code: str) -> None:
    """If this failed, a slip such as a misspelt "scopes" would ask less than was meant."""
    answer = await ask(service.app, "POST", "/api/v1/auth/verify", [*bearer(verifier).items(), JSON], body)
    assert answer.code == code
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = [*bearer(verifier).items(), ("Content-Type", kind)]
        plain = await ask(service.app, "POST", "/api/v1/auth/verify", headers, body)
        assert plain.code == ("PAYLOAD_TOO_LARGE" if len(body) > 65_536 else "UNSUPPORTED_MEDIA_TYPE")


async def test_a_key_in_the_query_is_refused(service: Service, verifier: str) -> None:
    """If this failed, keys would stand in access logs."""
    key = await service.create_key()
    answer = await service.call(
        "POST", f"auth/verify?api_key={key['api_key']}", bearer(verifier), json={"api_key": key["api_key"]}
    )
    refused(answer, "VALIDATION_ERROR", "api_key")


async def test_a_change_of_the_key_holds_from_the_next_question(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=2, scopes=["voices:read"])
    await verdict(service, verifier, key["api_key"])
    for changes, asked, code in (
        ({"active": False}, {}, VerifyCode.PAUSED),
        ({"active": True}, {}, VerifyCode.VALID),
        ({"rate_limit_per_min": 1}, {}, VerifyCode.RATE_LIMITED),
        ({"rate_limit_per_min": 3}, {}, VerifyCode.VALID),
        ({"scopes": []}, {"scopes": ["voices:read"]}, VerifyCode.INSUFFICIENT_SCOPE),
        ({"rate_limit_per_min": None}, {"cost": 1000}, VerifyCode.VALID),
    ):
        await patch(service, key, **changes)
        assert (await verdict(service, verifier, key["api_key"], **asked))["code"] == code

"""/api/v1/auth/check: a reverse proxy asks whether the key of a request may pass."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest

from answers import data, refused, without_meta
from asgi_client import ask
from onepin.server.keys.format import mint
from routes import CHECK
from service import Service, bearer, running
from standing import standing_loop
from tenants import tenant
from verification.asking import DEAD, check, verify

pytestmark = standing_loop
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "FOO"]
BELOW = ["", "/", "/anything", "/v1/things/7", "/api/v1/api-keys", "//", "/%00", "/..", "/é"]
SCOPES = "X-OnePin-Require-Scopes"
ABOUT_THE_KEY = ["x-onepin-key-id", "x-onepin-workspace-id", "x-onepin-key-creator", "x-onepin-scopes"]
ABOUT_THE_KEY += ["x-onepin-key-name"]


async def unread() -> AsyncIterator[bytes]:
    """A body that nobody may ask for."""
    pytest.fail("the body was read")
    yield b""


@pytest.mark.parametrize("method", METHODS)
async def test_any_method_is_answered_and_its_body_never_read(service: Service, method: str) -> None:
    """If this failed, a proxy that passes the method on would let in, or shut out, whoever uses another one."""
    key = await service.create_key()
    more = [("Content-Type", "application/json"), ("Content-Length", "1000000000"), ("Expect", "100-continue")]
    for secret, status in ((key["api_key"], 200), (mint("pk").reveal(), 401)):
        answer = await ask(service.app, method, CHECK.at(), [*bearer(secret).items(), *more], unread())
        assert (answer.status, answer.receives) == (status, 0)
        assert (answer.header("x-onepin-key-id") == key["id"]) == (status == 200)


@pytest.mark.parametrize("below", BELOW)
async def test_any_path_below_is_the_same_question(service: Service, below: str) -> None:
    """If this failed, a proxy that appends the customer's path would be told that there is no such path."""
    key = await service.create_key()
    target = CHECK.at() + below
    assert (await ask(service.app, "POST", target, list(bearer(key["api_key"]).items()))).status == 200
    assert (await ask(service.app, "POST", target)).status == 401


@pytest.mark.parametrize("path", ["x", ".json", ";a=b", "%2fa", "%20"])
async def test_a_path_beside_it_is_none(service: Service, path: str) -> None:
    key = await service.create_key()
    answer = await ask(service.app, "GET", CHECK.at() + path, list(bearer(key["api_key"]).items()))
    assert answer.status == (200 if path == "%2fa" else 404)


async def test_the_answer_says_whose_key_it_is(service: Service) -> None:
    key = await service.create_key(scopes=["voices:read", "catalog:read"], name="CI key")
    answer = await check(service, key["api_key"])
    assert data(answer) == {}
    assert [answer.headers[name] for name in ABOUT_THE_KEY] == [
        *(key["id"], key["workspace_id"], key["created_by"], "voices:read catalog:read", "CI key")
    ]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ["Schlüssel für Bücher", "100 % & more; a=b, c", "鍵", "\U0001f511", 'say "hi" \\', "%0d%0aX-Evil: 1", "a/b?c#d"],
)
async def test_a_name_is_percent_encoded(service: Service, name: str) -> None:
    """If this failed, whoever names a key could write headers of the request behind the proxy."""
    key = await service.create_key(name=name)
    shown = (await check(service, key["api_key"])).headers["x-onepin-key-name"]
    assert shown.isascii()
    assert shown.isprintable()
    assert unquote(shown) == name


@pytest.mark.parametrize("name", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b"])
async def test_a_name_that_would_break_a_header_is_no_name(service: Service, name: str) -> None:
    answer = await service.call("POST", "api-keys", service.session(), json={"name": name})
    refused(answer, "VALIDATION_ERROR", "name")


async def test_every_scope_that_is_asked_for_is_needed(service: Service) -> None:
    """If this failed, a key could use what it was not made for."""
    key = (await service.create_key(scopes=["voices:read", "catalog:read"]))["api_key"]
    for good in ("", "?scope=voices:read", "?scope=voices:read&scope=catalog:read", "?scope=voices:read+catalog:read"):
        assert (await check(service, key, good)).status_code == 200
    for query, missing in (
        ("?scope=voices:write", "voices:write"),
        ("?scope=voices:read&scope=voices:write", "voices:write"),
        ("?scope=voices:write&scope=voices:read", "voices:write"),
        ("?scope=voices:rea", "voices:rea"),
        ("?scope=VOICES:READ", "VOICES:READ"),
        ("?scope=voices:read%2ccatalog:read", "voices:read,catalog:read"),
        ("?scope=*", "*"),
    ):
        answer = await check(service, key, query)
        assert missing in refused(answer, "INSUFFICIENT_SCOPE", "scopes")
        assert missing in answer.headers["www-authenticate"]
        assert not set(ABOUT_THE_KEY) & set(answer.headers)


async def test_the_proxys_header_asks_as_the_query_does_and_both_count(service: Service) -> None:
    key = (await service.create_key(scopes=["voices:read", "catalog:read"]))["api_key"]
    for needed in (
        "voices:read",
        "voices:read catalog:read",
        "voices:read,catalog:read",
        "voices:read, catalog:read",
        "",
    ):
        assert (await check(service, key, x_onepin_require_scopes=needed)).status_code == 200
    for needed in ("voices:write", "voices:read,voices:write", "voices:read voices:write"):
        answer = await check(service, key, "?scope=catalog:read", x_onepin_require_scopes=needed)
        refused(answer, "INSUFFICIENT_SCOPE")


@pytest.mark.parametrize("below", ["/", "/anything", "/v1/things/7"])
async def test_below_it_the_query_is_the_customers_and_asks_nothing(service: Service, below: str) -> None:
    """If this failed, a customer could choose what their own key is checked for."""
    key = (await service.create_key(scopes=["voices:read"]))["api_key"]
    other = uuid4()
    for query in (f"?workspace={other}", "?scope=voices:write", "?workspace=nonsense", "?limit=10&limit=11", "?%ff"):
        assert (await check(service, key, below + query)).status_code == 200
        for needed, status in (("voices:read", 200), ("voices:write", 403)):
            answer = await check(service, key, below + query, x_onepin_require_scopes=needed)
            assert answer.status_code == status


async def test_any_of_the_workspaces_will_do(service: Service) -> None:
    """If this failed, the key of one customer would open what belongs to another."""
    key, other = await service.create_key(), uuid4()
    own = key["workspace_id"]
    for good in (f"?workspace={own}", f"?workspace={other}&workspace={own}", f"?workspace={own.upper()}"):
        assert (await check(service, key["api_key"], good)).status_code == 200
    for bad in (f"?workspace={other}", f"?workspace={other}&workspace={uuid4()}"):
        refused(await check(service, key["api_key"], bad), "WORKSPACE_MISMATCH")


async def test_the_workspace_header_restricts_too(service: Service) -> None:
    """If this failed, a key could act in a workspace that it was not made in."""
    key, other = await service.create_key(), (await tenant(service)).id
    own = key["workspace_id"]
    for named in (own, own.upper(), "", " "):
        assert (await check(service, key["api_key"], x_workspace_id=named)).status_code == 200
        assert (await check(service, key["api_key"], "/below", x_workspace_id=named)).status_code == 200
    for query, named in (
        ("", other),
        ("/below", other),
        (f"?workspace={own}", other),
        (f"?workspace={other}", own),
        (f"?workspace={own}&workspace={other}", other),
        ("", uuid4()),
    ):
        answer = await check(service, key["api_key"], query, x_workspace_id=str(named))
        refused(answer, "WORKSPACE_MISMATCH")


FAULTS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "a workspace that is no id": ("?workspace=acme", {}, "VALIDATION_ERROR", "workspace"),
    "an empty workspace": ("?workspace=", {}, "VALIDATION_ERROR", "workspace"),
    "one workspace of two": (f"?workspace={uuid4()}&workspace=x", {}, "VALIDATION_ERROR", "workspace"),
    "an unknown parameter": ("?scopes=voices:read", {}, "VALIDATION_ERROR", "scopes"),
    "a parameter in capitals": ("?Scope=voices:read", {}, "VALIDATION_ERROR", "Scope"),
    "an empty scope": ("?scope=", {}, "VALIDATION_ERROR", "scope"),
    "a scope with a quote": ("?scope=%22", {}, "VALIDATION_ERROR", "scope"),
    "a scope in letters of elsewhere": ("?scope=%E2%82%AC", {}, "VALIDATION_ERROR", "scope"),
    "a scope with a line's end": ("?scope=a%00b", {}, "VALIDATION_ERROR", "scope"),
    "more scopes than there can be": ("?" + "&".join(["scope=a"] * 51), {}, "VALIDATION_ERROR", "scope"),
    "a header that is no scope": ("", {SCOPES: 'a"b'}, "VALIDATION_ERROR", SCOPES),
    "a header of too many scopes": ("", {SCOPES: "a " * 51}, "VALIDATION_ERROR", SCOPES),
    "a workspace header that is no id": ("", {"X-Workspace-Id": "acme"}, "VALIDATION_ERROR", "X-Workspace-Id"),
}


@pytest.mark.parametrize(("query", "headers", "code", "field"), FAULTS.values(), ids=FAULTS)
async def test_what_is_wrong_with_the_question_is_told_to_good_keys_alone(
    service: Service, query: str, headers: dict[str, str], code: str, field: str
) -> None:
    """If this failed, a mistake in a proxy's configuration would let everybody pass."""
    key, paused = await service.create_key(), await service.create_key()
    await DEAD["paused"][0](service, paused)
    sent = {name.replace("-", "_"): value for name, value in headers.items()}
    refused(await check(service, key["api_key"], query, **sent), code, field)
    for bad in (paused["api_key"], mint("pk").reveal(), "pk_live_x"):
        refused(await check(service, bad, query, **sent), "INVALID_API_KEY")
    refused(await check(service, None, query, **sent), "UNAUTHORIZED")


async def test_two_headers_about_scopes_are_refused(service: Service) -> None:
    """If this failed, a header that a customer smuggles in could take the place of the proxy's."""
    key = await service.create_key(scopes=["voices:read"])
    twice = [("X-OnePin-Require-Scopes", "voices:read"), ("X-OnePin-Require-Scopes", "voices:write")]
    answer = await ask(service.app, "GET", CHECK.at(), [*bearer(key["api_key"]).items(), *twice])
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


async def test_nothing_but_an_api_key_is_checked(service: Service, verifier: str) -> None:
    """If this failed, a stolen browser session would open what only keys should."""
    session = service.session()["Authorization"].partition(" ")[2]
    assert (await verify(service, verifier, "x")).status_code == 200, "so it is a good one"
    for secret in (session, verifier, "pk_verifier_x", "pk_session_" + "a" * 38, "a.b.c", "x"):
        for query in ("", "/below", "?workspace=acme"):
            answer = await check(service, secret, query)
            refused(answer, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    answer = await check(service, None)
    refused(answer, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_in_the_query_or_a_cookie_is_no_key(service: Service) -> None:
    """If this failed, keys would stand in the logs of every proxy."""
    key = (await service.create_key())["api_key"]
    for query in (f"?api_key={key}", f"/below?api_key={key}", f"?access_token={key}"):
        refused(await check(service, None, query), "UNAUTHORIZED")
    refused(await check(service, None, x_api_key=key, cookie=f"api_key={key}"), "UNAUTHORIZED")


CLAIMS = dict.fromkeys(ABOUT_THE_KEY, "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10") | {
    "x-onepin-scopes": "workflows:write",
    "x-onepin-key-scopes": "workflows:write",
    "x-onepin-principal": "admin",
}


async def test_headers_about_a_key_that_come_from_the_client_are_not_believed(service: Service) -> None:
    """If this failed, whoever can send a header could be anybody's key."""
    key = await service.create_key(scopes=["voices:read"])
    plain = await check(service, key["api_key"])
    claiming = await service.call("GET", "auth/check", bearer(key["api_key"]) | CLAIMS)
    said = [[pair for pair in answer.headers.multi_items() if "onepin" in pair[0]] for answer in (plain, claiming)]
    assert said[0] == said[1]
    answer = await service.call("GET", "auth/check?scope=workflows:write", bearer(key["api_key"]) | CLAIMS)
    refused(answer, "INSUFFICIENT_SCOPE")
    refused(await service.call("GET", "auth/check", CLAIMS), "UNAUTHORIZED")


@pytest.mark.parametrize("state", DEAD)
async def test_a_key_that_does_not_work_is_answered_as_one_that_never_was(service: Service, state: str) -> None:
    """If this failed, a thief could learn that a key existed, and why it stopped."""
    key = await service.create_key(rate_limit_per_min=5)
    assert (await check(service, key["api_key"])).status_code == 200
    await DEAD[state][0](service, key)
    unknown = without_meta(await check(service, mint("pk").reveal()))
    assert unknown[0] == 401
    assert without_meta(await check(service, key["api_key"])) == unknown


async def test_a_browsers_preflight_does_not_pass_for_a_key(tmp_path: Path) -> None:
    """If this failed, an OPTIONS request that names a page of ours would pass every proxy without a key."""
    page, url = "https://app.example.com", f"sqlite:///{tmp_path / 'onepin.db'}"
    asked = [("Origin", page), ("Access-Control-Request-Method", "GET")]
    async with running(tmp_path, url, cors_origins=page) as service:
        key = await service.create_key()
        for target in (CHECK.at(), CHECK.at() + "/below"):
            answer = await ask(service.app, "OPTIONS", target, asked)
            assert (answer.status, answer.header("access-control-allow-origin")) == (401, None)
            passed: Any = await ask(service.app, "OPTIONS", target, [*asked, *bearer(key["api_key"]).items()])
            assert passed.status == 200

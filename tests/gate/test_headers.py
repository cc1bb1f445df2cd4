"""Credentials come in one header, once; other headers are nobody's credential."""

from typing import Any

import pytest

from answers import data, refused
from asgi_client import Headers, ask
from onepin.server.keys.format import mint
from routes import EVERY, Route
from service import Service, bearer
from standing import standing_loop

pytestmark = standing_loop
every_route = pytest.mark.parametrize("route", EVERY, ids=lambda route: route.name)
NO_CREDENTIAL: list[Headers] = [
    [],
    [("Authorization", "")],
    [("Authorization", " ")],
    [("Authorization", "Bearer")],
    [("Authorization", "Bearer ")],
    [("Authorization", "bearer ")],
]
SPOILED = [
    *(
        "Basic {}",
        "Token {}",
        "{}",
        "Bearer Bearer {}",
        "Bearer  {}",
        "Bearer\t{}",
        "Bearer {} ",
        "Bearer {}\t",
        "ApiKey {}",
    ),
    *("Bearer {},{}", "Bearer {};", 'Bearer "{}"', "Bearer={}", "Bearer: {}", "Bearer:{}", " Bearer {}", "Bearer {} x"),
    *("Bearer token={}", "Bearer {}\u00a0", "Bearer\u00a0{}", "Béarer {}", "Bearer {}é", "Bearer {}\x00", "DPoP {}"),
]
INJECTIONS = [
    *(
        "' OR '1'='1",
        "'; DROP TABLE api_keys;--",
        "x' UNION SELECT * FROM api_keys--",
        "pk_live_' OR 1=1--",
        '" OR ""="',
    ),
    *(
        "pk_live_%",
        "pk_live_" + "_" * 38,
        "pk_live_\\x00",
        "../../etc/passwd",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "%s%n",
        "*",
    ),
    *(
        "pk_live_" + "é" * 38,
        "pk_live_" + "٠" * 38,
        "pk_live_" + "A" * 100_00,
        "PK_LIVE_" + "a" * 38,
        "pk_live",
        "pk_test_x",
    ),
]


async def whoami(service: Service, headers: Headers, target: str = "/api/v1/auth/whoami") -> Any:
    return await ask(service.app, "GET", target, headers)


@every_route
@pytest.mark.parametrize("headers", NO_CREDENTIAL)
async def test_without_a_credential_the_challenge_names_no_error(
    service: Service, route: Route, headers: Headers
) -> None:
    answer = await ask(service.app, route.method, route.at(), headers)
    assert (answer.status, answer.code, answer.header("www-authenticate")) == (401, "UNAUTHORIZED", "Bearer")


@pytest.mark.parametrize("form", SPOILED)
async def test_a_credential_is_one_bearer_token(service: Service, form: str) -> None:
    """If this failed, a proxy in front could read another credential out of the header than we do."""
    key = await service.create_key()
    for token in (key["api_key"], service.session()["Authorization"].partition(" ")[2]):
        answer = await whoami(service, [("Authorization", form.replace("{}", token).encode("utf-8"))])
        assert answer.status == 401
        assert answer.header("www-authenticate") == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR"])
async def test_the_case_of_the_scheme_does_not_matter(service: Service, scheme: str) -> None:
    key = await service.create_key()
    session = service.session()["Authorization"].partition(" ")[2]
    assert (await whoami(service, [("Authorization", f"{scheme} {key['api_key']}")])).status == 200
    assert (await whoami(service, [("Authorization", f"{scheme} {session}")])).status == 200


@every_route
async def test_two_credentials_are_a_broken_request_whatever_they_are(service: Service, route: Route) -> None:
    """If this failed, a proxy could check the one and we act on the other."""
    key = await service.create_key()
    good, other = service.session()["Authorization"], f"Bearer {key['api_key']}"
    for pair in ((good, good), (good, other), (other, good), (good, ""), ("", ""), ("Bearer x", good)):
        answer = await ask(service.app, route.method, route.at(), [("Authorization", value) for value in pair])
        assert (answer.status, answer.code) == (400, "BAD_REQUEST")
        assert answer.header("www-authenticate") is None


@pytest.mark.parametrize("name", ["X-Workspace-Id", "Content-Type", "Idempotency-Key", "Content-Length", "Host"])
async def test_a_header_that_decides_something_comes_once(service: Service, name: str) -> None:
    twice = [*service.session().items(), (name, "127.0.0.1:8000"), (name, "127.0.0.1:8000")]
    answer = await whoami(service, twice)
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("token", INJECTIONS)
async def test_text_that_means_something_elsewhere_means_nothing_here(service: Service, token: str) -> None:
    """If this failed, a stranger could reach into the database or the log through the credential."""
    answer = await whoami(service, [("Authorization", f"Bearer {token}".encode())])
    assert answer.status == 401


async def test_nothing_but_the_header_carries_a_credential(service: Service) -> None:
    """If this failed, credentials would end up in addresses and logs, and other sites could use a browser's."""
    key = await service.create_key()
    for token in (key["api_key"], service.session()["Authorization"].partition(" ")[2]):
        for name in (
            "X-API-Key",
            "X-Api-Key",
            "Api-Key",
            "Proxy-Authorization",
            "X-Authorization",
            "X-Forwarded-Authorization",
        ):
            assert (await whoami(service, [(name, token)])).status == 401
            assert (await whoami(service, [(name, f"Bearer {token}")])).status == 401
        for cookie in ("__session", "session", "token", "api_key", "__client_uat"):
            assert (await whoami(service, [("Cookie", f"{cookie}={token}")])).status == 401
        for parameter in ("access_token", "api_key", "token", "key", "Authorization"):
            assert (await whoami(service, [], f"/api/v1/auth/whoami?{parameter}={token}")).status == 401
        form = [("Content-Type", "application/x-www-form-urlencoded")]
        answer = await ask(service.app, "POST", "/api/v1/api-keys", form, f"access_token={token}".encode())
        assert answer.status == 401


@pytest.mark.parametrize(
    "name",
    [
        *("X-User-Id", "X-Principal-Id", "X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Clerk-User-Id"),
        *("X-OnePin-Workspace-Id", "X-OnePin-Key-Id", "X-OnePin-Scopes", "X-Forwarded-For", "X-Real-Ip", "Forwarded"),
        *("X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host", "X-Forwarded-Prefix"),
    ],
)
async def test_headers_that_claim_something_are_not_believed(service: Service, name: str) -> None:
    """If this failed, whoever can send a header could be anybody."""
    other = await service.create_key(service.session(f"other-{service.user}"))
    plain = data(await service.call("GET", "auth/whoami", service.session()))
    for claim in (other["created_by"], other["workspace_id"], "DELETE", "/api/v1/workspaces", "evil.example"):
        claimed = await service.call("GET", "auth/whoami", service.session() | {name: claim})
        assert data(claimed) == plain
        refused(await service.call("GET", "auth/whoami", {name: claim}), "UNAUTHORIZED")


async def test_a_request_id_is_always_ours(service: Service) -> None:
    """If this failed, a caller could make two requests look like one in the log."""
    theirs = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
    for sent in (theirs, "x" * 5000, "a\tb", ""):
        answer = await whoami(service, [*service.session().items(), ("X-Request-Id", sent)])
        assert answer.status == 200
        assert answer.header("x-request-id") != theirs


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ([(f"X-{number}", "x") for number in range(62)], 200),
        ([(f"X-{number}", "x") for number in range(63)], 400),
        ([(f"X-{number}", "x") for number in range(2000)], 400),
        ([("X-Padding", "x" * 14_000)], 200),
        ([("X-Padding", "x" * 16_384)], 400),
        ([("X-Padding", "x" * 1_000_000)], 400),
        ([("x" * 16_384, "")], 400),
        ([("Content-Length", "0"), ("Transfer-Encoding", "chunked")], 400),
        ([("Transfer-Encoding", "chunked"), ("Content-Length", "5")], 400),
    ],
    ids=["64", "65", "2002", "14 KiB", "16 KiB", "1 MB", "long name", "length and chunks", "chunks and length"],
)
async def test_headers_are_bounded_and_unambiguous(service: Service, more: Headers, status: int) -> None:
    key = await service.create_key()
    answer = await whoami(service, [*bearer(key["api_key"]).items(), *more])
    assert answer.status == status
    if status == 400:
        assert answer.code == "BAD_REQUEST"


async def test_a_key_of_another_deployment_is_unknown_however_well_formed(service: Service) -> None:
    for brand, code in (("pk", "INVALID_API_KEY"), ("op", "INVALID_API_KEY"), ("acme", "UNAUTHORIZED")):
        refused(await service.whoami(mint(brand).reveal()), code)


@pytest.mark.parametrize("kind", ["verifier", "session"])
@pytest.mark.parametrize("brand", ["pk", "op"])
@every_route
async def test_credentials_for_other_purposes_open_nothing_here(
    service: Service, route: Route, brand: str, kind: str
) -> None:
    """If this failed, a credential made for one narrow purpose would open the management of keys."""
    answer = await ask(service.app, route.method, route.at(), [("Authorization", f"Bearer {brand}_{kind}_{'a' * 43}")])
    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")

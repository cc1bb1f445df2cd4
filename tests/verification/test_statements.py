"""What a credential costs the database: nothing when it is junk, one look-up when it is not."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from answers import without_meta
from asgi_client import Headers, ask
from onepin.server.keys.format import mint
from onepin.server.store.key_queries import KEY_BY_DIGEST
from onepin.server.store.query import Query
from onepin.server.store.system_queries import PEPPERS
from onepin.server.store.verifier_queries import VERIFIER_BY_DIGEST
from service import Service, bearer
from standing import standing_loop
from verification.asking import check, verify

pytestmark = standing_loop
UNKNOWN = mint("pk").reveal()
MALFORMED = {
    "a prefix": "pk_live_",
    "too short": UNKNOWN[:-1],
    "too long": UNKNOWN + "a",
    "a wrong checksum": UNKNOWN[:-6] + ("000000" if UNKNOWN[-6:] != "000000" else "000001"),
    "one letter changed": UNKNOWN[:10] + ("a" if UNKNOWN[10] != "a" else "b") + UNKNOWN[11:],
    "SQL": "pk_live_'OR'1'='1'--" + "a" * 18,
    "a wildcard": "pk_live_" + "%" * 38,
    "of another brand's checksum": "op_live_" + UNKNOWN[8:],
    "long": "pk_live_" + "a" * 10_000,
}


@contextmanager
def statements(service: Service) -> Iterator[list[Query[Any]]]:
    """What the application asks its database meanwhile, but for what housekeeping asks beside the requests."""
    asked: list[Query[Any]] = []
    with pytest.MonkeyPatch.context() as patched:
        for name in ("one", "all"):
            patched.setattr(service.store, name, _noting(getattr(service.store, name), asked))
        yield asked


def _noting(real: Any, asked: list[Query[Any]]) -> Any:
    async def noting(query: Query[Any], **params: Any) -> Any:
        if query is not PEPPERS:
            asked.append(query)
        return await real(query, **params)

    return noting


@pytest.mark.parametrize("secret", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_key_costs_no_look_up(service: Service, verifier: str, secret: str) -> None:
    """If this failed, anybody could keep the database busy with made-up keys."""
    session = service.session()
    await service.whoami(UNKNOWN)
    with statements(service) as asked:
        await service.whoami(secret)
        await check(service, secret)
        await check(service, secret, "/below")
        await verify(service, secret, UNKNOWN)
        await service.call("GET", "workspaces", bearer(secret))
        await service.call("GET", "api-keys", bearer(secret))
    assert asked == []
    with statements(service) as asked:
        await verify(service, verifier, secret)
    assert asked == [VERIFIER_BY_DIGEST]
    with statements(service) as asked:
        await verify(service, session, secret)
    assert KEY_BY_DIGEST not in asked


@pytest.mark.parametrize("secret", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_key_is_answered_as_an_unknown_one(service: Service, verifier: str, secret: str) -> None:
    """If this failed, whoever guesses would learn which guesses were worth it."""
    ways: list[Callable[[str], Awaitable[httpx.Response]]] = [
        lambda key: service.whoami(key),
        lambda key: check(service, key),
        lambda key: check(service, key, "/below?scope=x"),
        lambda key: check(service, key, "?workspace=acme"),
        lambda key: verify(service, verifier, key),
        lambda key: verify(service, verifier, key, cost=7, scopes=["voices:read"]),
        lambda key: verify(service, service.session(), key),
        lambda key: verify(service, key, UNKNOWN),
        lambda key: service.call("GET", "workspaces", bearer(key)),
        lambda key: service.call("GET", "usage/summary", bearer(key)),
        lambda key: service.call("GET", "api-keys", bearer(key)),
    ]
    for ask_about in ways:
        assert without_meta(await ask_about(secret)) == without_meta(await ask_about(UNKNOWN))


async def test_any_other_key_costs_one_look_up(service: Service, verifier: str) -> None:
    key = await service.create_key(rate_limit_per_min=1)
    for secret in (UNKNOWN, key["api_key"], key["api_key"]):
        for use in (service.whoami(secret), check(service, secret), check(service, secret, "?scope=voices:write")):
            with statements(service) as asked:
                await use
            assert asked == [KEY_BY_DIGEST]
        with statements(service) as asked:
            await verify(service, verifier, secret)
        assert asked == [VERIFIER_BY_DIGEST, KEY_BY_DIGEST]


async def test_where_only_a_session_will_do_a_key_is_not_looked_up(service: Service) -> None:
    """If this failed, routes that take no keys could be used to find out which keys are good."""
    key = await service.create_key()
    with statements(service) as asked:
        good = await service.call("GET", "api-keys", bearer(key["api_key"]))
    assert asked == []
    assert without_meta(good) == without_meta(await service.call("GET", "api-keys", bearer(UNKNOWN)))


async def test_junk_that_claims_to_be_a_verifier_costs_no_look_up(service: Service) -> None:
    with statements(service) as asked:
        for secret in ("pk_verifier_", "pk_verifier_" + "a" * 38, "pk_verifier_' OR 1=1--", "pk_session_x"):
            assert (await verify(service, secret, UNKNOWN)).status_code == 401
    assert asked == []


CORPUS = [
    *(b"' OR '1'='1", b"'; DROP TABLE api_keys;--", b"1 UNION SELECT * FROM api_keys", b"%27%20OR%201=1", b"\\x27"),
    *(b"pk_live_' AND SLEEP(5)--", b"sk-1' OR 1=1--", b"x' AND 1=CAST((SELECT digest FROM api_keys) AS INT)--"),
    *(b'"; SELECT pg_sleep(9);--', b"$$ OR 1=1 $$", b"pk_live_%00", b"\xbf\x27 OR 1=1", b"admin'--", b"') OR ('1'='1"),
]
junk = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(CORPUS),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=60).map(lambda raw: b"pk_live_" + raw),
    st.text(alphabet="0123456789abcXYZ_", min_size=38, max_size=38).map(lambda body: b"pk_live_" + body.encode()),
)
schemes = st.sampled_from(
    [b"", b"Bearer ", b"bearer  ", b"Bearer\t", b"Basic ", b"Bearer pk_live_", b"Bearer pk_verifier_"]
)
places = st.sampled_from(["GET whoami", "GET check", "POST check/below", "POST verify"])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(scheme=schemes, raw=junk, place=places)
@example(scheme=b"Bearer ", raw=UNKNOWN.encode(), place="GET whoami")
@example(scheme=b"Bearer ", raw=b"", place="GET check")
async def test_whatever_bytes_come_as_a_credential_the_answer_is_no_and_cheap(
    service: Service, scheme: bytes, raw: bytes, place: str
) -> None:
    """If this failed, a stranger could reach into the database through a header (LiteLLM, CVE-2026-42208)."""
    method, _, path = place.partition(" ")
    with statements(service) as asked:
        headers: Headers = [("Authorization", scheme + raw), ("Content-Type", "application/json")]
        answer = await ask(service.app, method, f"/api/v1/auth/{path}", headers, b'{"api_key":"x"}')
    assert answer.status in (400, 401)
    assert answer.receives == 0
    assert asked in ([], [KEY_BY_DIGEST])

"""When something that the service needs is away: 503 that says when to come back, and back without a restart."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

import databases
from answers import data, refused
from issuer import PARTY, JwksServer, PretendIssuer
from onepin.server.keys.format import mint
from service import Service, bearer, running

NOBODYS = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
MANAGEMENT = [
    ("GET", "api-keys"),
    ("POST", "api-keys"),
    ("GET", f"api-keys/{NOBODYS}"),
    ("PATCH", f"api-keys/{NOBODYS}"),
    ("DELETE", f"api-keys/{NOBODYS}"),
    ("PATCH", f"api-keys/{NOBODYS}/rotate"),
    ("GET", "auth/whoami"),
    ("POST", "auth/verify"),
    ("GET", "usage/summary"),
    ("GET", "workspaces"),
    ("POST", "workspaces"),
    ("GET", "workspaces/slug-available?slug=a"),
    ("GET", f"workspaces/{NOBODYS}"),
    ("PATCH", f"workspaces/{NOBODYS}"),
    ("DELETE", f"workspaces/{NOBODYS}"),
]


async def ready(service: Service) -> httpx.Response:
    return await service.call("GET", "/ready")


async def test_without_its_database_every_operation_is_503_and_then_works_again(tmp_path: Path) -> None:
    with databases.PostgresCluster() as server:
        url = server.fresh_database()
        await asyncio.to_thread(databases.migrate, url)
        async with running(tmp_path, url) as service:
            key = await service.create_key()
            verifier = mint("pk", "verifier").reveal()
            await asyncio.to_thread(server.stop)
            for method, path in MANAGEMENT:
                body = {} if method == "PATCH" else {"name": "a"} if method == "POST" else None
                refused(await service.call(method, path, service.session(), json=body), "UNAVAILABLE")
            for path in ("auth/whoami", "auth/check", "auth/check/below"):
                refused(await service.call("GET", path, bearer(key["api_key"])), "UNAVAILABLE")
            refused(await service.whoami("pk_live_x"), "INVALID_API_KEY")
            asked = {"api_key": key["api_key"]}
            refused(await service.call("POST", "auth/verify", bearer(verifier), json=asked), "UNAVAILABLE")
            assert (await ready(service)).json() == {"status": "unavailable", "reasons": ["database"]}
            assert (await service.call("GET", "/health")).status_code == 200
            await asyncio.to_thread(server.start)
            assert data(await service.whoami(key["api_key"]))["api_key_id"] == key["id"]
            assert (await ready(service)).status_code == 200


@pytest.mark.parametrize("behaviour", ["500", "no-keys"])
async def test_without_the_issuers_keys_sessions_are_503_and_keys_go_on(
    tmp_path: Path, database_url: str, behaviour: str
) -> None:
    """If this failed, an outage of the identity provider would be an outage of every customer, or let strangers in."""
    async with running(tmp_path, database_url) as before:
        key = await before.create_key(scopes=["workspace:read"])
    issuer = PretendIssuer()
    with JwksServer(issuer) as server:
        server.behave(behaviour)
        async with running(
            tmp_path,
            database_url,
            clerk_issuer=issuer.url,
            clerk_jwks_url=server.url,
            clerk_authorized_parties=PARTY,
            sign_up="open",
        ) as service:
            session = bearer(issuer.token(now=service.clock.now()))
            began = time.monotonic()
            for method, path in MANAGEMENT:
                body = {} if method == "PATCH" else {"name": "a"} if method == "POST" else None
                refused(await service.call(method, path, session, json=body), "UNAVAILABLE")
            assert time.monotonic() - began < 5
            assert data(await service.whoami(key["api_key"]))["api_key_id"] == key["id"]
            assert data(await service.call("GET", "workspaces", bearer(key["api_key"])))
            assert (await ready(service)).json() == {"status": "unavailable", "reasons": ["session_keys"]}
            server.behave("ok")
            service.clock.advance(120)
            session = bearer(issuer.token(now=service.clock.now()))
            async with asyncio.timeout(5):
                while (answer := await service.call("GET", "api-keys", session)).status_code != 200:
                    refused(answer, "UNAVAILABLE")
                    await asyncio.sleep(0.02)
            assert (await ready(service)).status_code == 200

"""Sessions of an identity provider, end to end: whose they are, and what is written down about who used them."""

import base64
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from answers import data, refused
from issuer import PARTY, JwksServer, PretendIssuer
from onepin.server.ids import user_id
from service import Service, bearer, running
from tenants import audit


@contextlib.asynccontextmanager
async def with_clerk(folder: Path, database_url: str, issuer: PretendIssuer, **settings: str) -> AsyncIterator[Service]:
    """A service that trusts ``issuer``, by configuration alone."""
    with JwksServer(issuer) as server:
        trust = {"clerk_issuer": issuer.url, "clerk_jwks_url": server.url, "clerk_authorized_parties": PARTY}
        async with running(
            folder, database_url, None, store=None, **({"sign_up": "open"} | trust | settings)
        ) as started:
            yield started


def session(service: Service, issuer: PretendIssuer, **more: Any) -> dict[str, str]:
    return bearer(issuer.token(now=service.clock.now(), **more))


@pytest.mark.parametrize("version", [1, 2])
async def test_a_session_of_the_provider_manages_keys(tmp_path: Path, database_url: str, version: int) -> None:
    issuer = PretendIssuer()
    async with with_clerk(tmp_path, database_url, issuer) as service:
        headers = session(service, issuer, version=version)
        key = data(await service.call("POST", "api-keys", headers, json={"name": "a"}), 201)
        who = data(await service.call("GET", "auth/whoami", headers))
        assert (who["auth_kind"], who["user_id"]) == ("clerk", key["created_by"])
        assert who["user_id"] == str(user_id(issuer.url, issuer.claims(service.clock.now())["sub"]))
        service.clock.advance(66)
        refused(await service.call("GET", "api-keys", headers), "UNAUTHORIZED")


async def test_people_of_two_issuers_are_different_people(tmp_path: Path, database_url: str) -> None:
    """If this failed, whoever can make an account at one issuer could take over somebody's at another."""
    issuer = PretendIssuer()
    async with with_clerk(tmp_path, database_url, issuer, allow_local_sign_in="true") as service:
        local = data(await service.call("GET", "auth/whoami", service.session()))
        token = service.session()["Authorization"]
        same_subject = session(service, issuer, claims={"sub": _subject(token)})
        assert data(await service.call("GET", "auth/whoami", same_subject))["user_id"] != local["user_id"]
        await service.create_key()
        assert data(await service.call("GET", "api-keys", same_subject)) == []


async def test_local_sign_in_is_off_beside_a_provider_unless_allowed(tmp_path: Path, database_url: str) -> None:
    """If this failed, whoever has read an old data folder could sign in as anybody."""
    issuer = PretendIssuer()
    async with with_clerk(tmp_path, database_url, issuer) as service:
        refused(await service.call("GET", "api-keys", service.session()), "UNAUTHORIZED")
        refused(await service.call("POST", "auth/local/sign-in", json={"code": "x"}), "NOT_FOUND")
        refused(await service.call("GET", "/.well-known/jwks.json"), "NOT_FOUND")


async def test_a_token_of_another_instance_is_nobodys(tmp_path: Path, database_url: str) -> None:
    """If this failed, any customer of the same identity provider could sign in here."""
    issuer = PretendIssuer()
    stranger = PretendIssuer("https://other.example.com", kid=issuer.kid, key="second")
    impostor = PretendIssuer(issuer.url, kid=issuer.kid, key="second")
    async with with_clerk(tmp_path, database_url, issuer) as service:
        for other in (stranger, impostor):
            refused(await service.call("GET", "api-keys", session(service, other)), "UNAUTHORIZED")


async def test_an_impersonated_session_names_who_is_behind_it(tmp_path: Path, database_url: str) -> None:
    """If this failed, support staff could act as a customer without a trace."""
    issuer = PretendIssuer()
    async with with_clerk(tmp_path, database_url, issuer) as service:
        behind = {"act": {"iss": "https://dashboard.clerk.com", "sub": "user_support", "sid": "sess_x"}}
        plain = data(await service.call("POST", "api-keys", session(service, issuer), json={"name": "a"}), 201)
        seen = await audit(service, plain["workspace_id"])
        assert all("impersonated_by" not in event.details for event in seen)
        headers = session(service, issuer, claims=behind)
        data(await service.call("DELETE", f"api-keys/{plain['id']}", headers))
        (event,) = await audit(service, plain["workspace_id"], but=seen)
        assert event.details["impersonated_by"] == "user_support"
        assert event.actor_id == plain["created_by"]


def _subject(authorization: str) -> str:
    payload = authorization.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])

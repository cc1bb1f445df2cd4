"""The issuer of devices' tokens beside Clerk's and the local one: each speaks for its own, and none for another."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import databases
from answers import data, refused
from devices.flow import Device, carrying, denied, refresh, sessions, signed_in
from issuer import PretendIssuer, rsa_key
from members.test_clerk_webhooks import Clerk, gone, settings
from onepin.server.identity.device_tokens import URL
from onepin.server.identity.local import KEY_FILE
from service import Service, bearer, running

ANN = "user_2annAnnAnn"


@pytest_asyncio.fixture
async def clerk(tmp_path: Path, database_url: str) -> AsyncIterator[Clerk]:
    issuer = PretendIssuer()
    async with running(tmp_path, database_url, **settings(issuer)) as service:
        yield Clerk(service, issuer)


async def who(service: Service, headers: dict[str, str]) -> str:
    return str(data(await service.call("GET", "auth/whoami", headers))["user_id"])


async def test_with_clerk_a_device_acts_as_the_person_of_clerks(clerk: Clerk) -> None:
    """There is no local sign-in then, and yet devices have sessions."""
    session = clerk.session(ANN)
    granted = await signed_in(clerk.service, session)
    assert await who(clerk.service, carrying(granted)) == await who(clerk.service, session)
    assert await clerk.home(carrying(granted)) == await clerk.home(session)
    local = clerk.service.session("operator@example.com")
    refused(await clerk.service.call("GET", "auth/whoami", local), "UNAUTHORIZED")
    device = await Device.start(clerk.service)
    refused(await device.decide(local), "UNAUTHORIZED")


def forged(service: Service, **changes: Any) -> dict[str, Any]:
    """The claims of a device's token, with something else in them."""
    return {"iss": URL, "azp": URL, "sid": f"sess_{uuid4()}", "onepin_for": service.config.clerk_issuer} | changes


async def test_no_other_key_signs_for_devices(clerk: Clerk) -> None:
    """If this failed, whoever can make one kind of token could be anybody."""
    service = clerk.service
    pem = (service.config.data_dir / KEY_FILE).read_bytes()
    local = load_pem_private_key(pem, password=None)
    assert isinstance(local, RSAPrivateKey)
    kid = service.issuer.jwks()["keys"][0]["kid"]
    for key, key_id in ((None, None), (local, kid), (rsa_key("evil"), "dev_0123"), (rsa_key("evil"), "' OR 1=1 --")):
        header = {} if key_id is None else {"kid": key_id}
        token = clerk.issuer.token(now=service.clock.now(), claims=forged(service), header=header, key=key)
        refused(await service.call("GET", "auth/whoami", bearer(token)), "UNAUTHORIZED")


async def test_the_kid_of_a_devices_key_vouches_for_no_other_issuer(clerk: Clerk) -> None:
    """If this failed, keys of one issuer would be looked for among another's."""
    granted = await signed_in(clerk.service, clerk.session(ANN))
    kid = _header(granted["access_token"])["kid"]
    token = clerk.issuer.token(now=clerk.service.clock.now(), header={"kid": kid}, claims=forged(clerk.service))
    refused(await clerk.service.call("GET", "auth/whoami", bearer(token)), "UNAUTHORIZED")


def _header(token: str) -> dict[str, Any]:
    import jwt

    found: dict[str, Any] = jwt.get_unverified_header(token)
    return found


async def test_a_session_of_clerks_can_not_say_whom_it_speaks_for(clerk: Clerk) -> None:
    """If this failed, a custom claim in a session token would make its person another one."""
    plain = await who(clerk.service, clerk.session(ANN))
    for claims in ({"onepin_for": "https://onepin.local"}, {"onepin_for": "https://evil.example"}):
        assert await who(clerk.service, clerk.session(ANN, **claims)) == plain
    device = await Device.start(clerk.service)
    data(await device.decide(clerk.session(ANN, onepin_for=URL)))


async def test_somebody_who_acts_as_another_approves_nothing(clerk: Clerk) -> None:
    """If this failed, an hour of support would leave a session of thirty days, and nothing would say whose."""
    device = await Device.start(clerk.service)
    support = clerk.session(ANN, act={"sub": "user_2support"})
    refused(await device.decide(support), "FORBIDDEN")
    assert denied(await device.ask()) == "authorization_pending"


async def test_who_is_deleted_at_clerk_has_no_sessions(clerk: Clerk) -> None:
    """If this failed, somebody who was let go would stay signed in at the command line."""
    granted = await signed_in(clerk.service, clerk.session(ANN))
    device = await Device.start(clerk.service)
    data(await device.decide(clerk.session(ANN)))
    await clerk.tell(gone(ANN))
    assert denied(await refresh(clerk.service, granted["refresh_token"])) == "invalid_grant"
    assert denied(await device.ask()) == "invalid_grant"
    refused(await clerk.service.call("GET", "api-keys", carrying(granted)), "UNAUTHORIZED")


async def test_an_uninvited_person_approves_nothing(tmp_path: Path, database_url: str) -> None:
    """If this failed, everybody in the Clerk instance could have a session here."""
    issuer = PretendIssuer()
    async with running(tmp_path, database_url, **settings(issuer, sign_up="invited")) as service:
        device = await Device.start(service)
        refused(await device.decide(Clerk(service, issuer).session(ANN)), "NOT_A_MEMBER")
        assert denied(await device.ask()) == "authorization_pending"


async def test_an_issuer_that_is_believed_no_more_takes_its_sessions_along(tmp_path: Path, database_url: str) -> None:
    """If this failed, switching local sign-in off would leave its people signed in."""
    issuer = PretendIssuer()
    async with running(tmp_path, database_url, **settings(issuer, allow_local_sign_in="true")) as both:
        local = await signed_in(both, both.session("operator@example.com"))
        remote = await signed_in(both, Clerk(both, issuer).session(ANN))
    async with running(tmp_path, database_url, **settings(issuer)) as after:
        refused(await after.call("GET", "auth/whoami", carrying(local)), "UNAUTHORIZED")
        assert denied(await refresh(after, local["refresh_token"])) == "invalid_grant"
        assert (await after.call("GET", "auth/whoami", carrying(remote))).status_code == 200, "also over a restart"
        assert (await refresh(after, remote["refresh_token"])).status_code == 200


async def test_servers_that_share_a_database_take_each_others_tokens(
    tmp_path: Path, postgres_server: databases.PostgresCluster
) -> None:
    """If this failed, a device would be signed in at one server and a stranger at the next."""
    url = postgres_server.fresh_database(postgres_server.template("migrated", databases.migrate))
    issuer = PretendIssuer()
    async with (
        running(tmp_path / "a", url, **settings(issuer)) as one,
        running(tmp_path / "b", url, one.clock, **settings(issuer)) as two,
    ):
        ann = Clerk(one, issuer).session(ANN)
        device = await Device.start(one)
        data(await Device(two, device.started).decide(ann))
        granted = (await Device(two, device.started).ask()).json()
        assert await who(one, carrying(granted)) == await who(two, carrying(granted)) == await who(one, ann)
        again = (await refresh(one, granted["refresh_token"])).json()
        assert await who(two, carrying(again)) == await who(one, ann)
        assert len(await sessions(two, ann)) == 1
    postgres_server.drop_database(url)


@pytest.mark.parametrize("days", [6, 8, 16])
async def test_keys_are_renewed_and_their_tokens_go_on(clerk: Clerk, days: int) -> None:
    """If this failed, a server that runs for long would sign with a key that the others have forgotten."""
    granted = await signed_in(clerk.service, clerk.session(ANN))
    first = _header(granted["access_token"])["kid"]
    clerk.service.clock.advance(days * 86_400)
    again = (await refresh(clerk.service, granted["refresh_token"])).json()
    assert (_header(again["access_token"])["kid"] == first) == (days < 7)
    assert await who(clerk.service, carrying(again)) == await who(clerk.service, clerk.session(ANN))

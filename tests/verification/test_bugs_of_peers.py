"""Mistakes that other key services made, each as the test that would have caught it. Numbers are their issues."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import bindparam, update

from answers import data, refused
from onepin.server.clock import ManualClock
from onepin.server.store.key_queries import KEY_BY_DIGEST
from onepin.server.store.query import Query, Tx
from onepin.server.store.tables import api_keys
from service import Service, bearer, running
from standing import standing_loop
from tenants import tenant
from verification.asking import DEAD, KEYS_VERIFY, Key, check, make_verifier, patch, revoke, rotate, verdict, verify

pytestmark = standing_loop
SCOPES = ["workspace:read", "keys:verify"]
Entry = Callable[[Service, str, str], Coroutine[Any, Any, bool]]
"""A way in: whether it lets a key pass. Takes the service, the key and the secret of a verifier."""


def passed(answer: httpx.Response) -> bool:
    """Whether a key was let in; a refusal has to be the one for keys that do not work."""
    if answer.status_code == 200:
        return True
    refused(answer, "INVALID_API_KEY")
    return False


async def _whoami(service: Service, key: str, _: str) -> bool:
    return passed(await service.whoami(key))


async def _check(service: Service, key: str, _: str) -> bool:
    return passed(await check(service, key))


async def _check_scope(service: Service, key: str, _: str) -> bool:
    return passed(await check(service, key, "?scope=workspace:read"))


async def _check_below(service: Service, key: str, _: str) -> bool:
    return passed(await check(service, key, "/v1/things", "POST", x_onepin_require_scopes="keys:verify"))


async def _verifier(service: Service, key: str, verifier: str) -> bool:
    return bool((await verdict(service, verifier, key))["valid"])


async def _look(service: Service, key: str, verifier: str) -> bool:
    return bool((await verdict(service, verifier, key, cost=0, scopes=SCOPES))["valid"])


async def _session(service: Service, key: str, _: str) -> bool:
    return bool((await verdict(service, service.session(), key))["valid"])


async def _caller(service: Service, key: str, _: str) -> bool:
    return passed(await verify(service, key, "x"))


def _get(path: str) -> Entry:
    async def get(service: Service, key: str, _: str) -> bool:
        return passed(await service.call("GET", path, bearer(key)))

    return get


ENTRIES: dict[str, Entry] = {
    "whoami": _whoami,
    "check": _check,
    "check with a scope": _check_scope,
    "below check": _check_below,
    "verify by a verifier": _verifier,
    "verify without cost": _look,
    "verify by a session": _session,
    "verify by the key": _caller,
    "workspaces": _get("workspaces"),
    "slugs": _get("workspaces/slug-available?slug=a-slug"),
    "usage": _get("usage/summary"),
    "activity": _get("usage/activity"),
}
each_entry = pytest.mark.parametrize("enter", ENTRIES.values(), ids=ENTRIES)
each_death = pytest.mark.parametrize("state", DEAD)


@each_entry
@each_death
async def test_no_way_in_forgets_a_state(service: Service, verifier: str, enter: Entry, state: str) -> None:
    """djangorestframework-api-key #261: one of three ways to verify did not look at expiry."""
    key = await service.create_key(scopes=SCOPES)
    assert await enter(service, key["api_key"], verifier)
    await DEAD[state][0](service, key)
    assert not await enter(service, key["api_key"], verifier)


@each_entry
async def test_every_way_in_takes_a_key_in_grace(service: Service, verifier: str, enter: Entry) -> None:
    key = await service.create_key(scopes=SCOPES)
    new = await rotate(service, key, grace=30)
    for seconds, expected in ((29.9, True), (0.1, False), (3600, False)):
        service.clock.advance(seconds)
        assert await enter(service, key["api_key"], verifier) is expected
        assert await enter(service, new["api_key"], verifier)


@each_entry
async def test_a_grace_of_one_second_ends_after_it_and_for_good(service: Service, verifier: str, enter: Entry) -> None:
    """Kong #9801, #11464: a lifetime below a second was rounded to nothing, which meant for ever."""
    key = await service.create_key(scopes=SCOPES)
    await rotate(service, key, grace=1)
    for seconds, expected in ((0.0, True), (0.5, True), (0.499, True), (0.001, False), (0.001, False), (7200, False)):
        service.clock.advance(seconds)
        assert await enter(service, key["api_key"], verifier) is expected
    await revoke(service, key)  # which sweeps it
    assert not await enter(service, key["api_key"], verifier)


async def test_any_one_reason_is_enough_whatever_the_others_say(service: Service, verifier: str) -> None:
    """Keycloak GHSA-83c4-ffjp-mxp9: of two ways to end a credential one was not looked at."""
    now = service.clock.now()
    for active in (True, False):
        for revoked_at in (None, now, now - timedelta(days=1)):
            for expires_at in (None, now, now - timedelta(seconds=1), now + timedelta(hours=1)):
                if active and revoked_at is not None:
                    continue  # the database refuses such a row
                key = await service.create_key(scopes=SCOPES)
                await _set(service, key, active=active, revoked_at=revoked_at, expires_at=expires_at)
                good = active and (expires_at is None or expires_at > now)
                for enter in ENTRIES.values():
                    assert await enter(service, key["api_key"], verifier) is good


_SET: Query[None] = Query(
    update(api_keys)
    .where(api_keys.c.id == bindparam("key"))
    .values(active=bindparam("active"), revoked_at=bindparam("revoked_at"), expires_at=bindparam("expires_at")),
    lambda: None,
)


async def _set(service: Service, key: Key, **values: Any) -> None:
    async def work(tx: Tx) -> None:
        await tx.run(_SET, key=UUID(key["id"]), **values)

    await service.store.write(work)


@each_entry
async def test_the_keys_of_a_workspace_end_with_it(service: Service, verifier: str, enter: Entry) -> None:
    team = await tenant(service)
    key = await service.create_key(team.admin, scopes=SCOPES)
    assert await enter(service, key["api_key"], verifier) is (enter is not _session)
    data(await service.call("DELETE", f"workspaces/{team.id}", team.admin))
    assert not await enter(service, key["api_key"], verifier)


class Barrier:
    """Holds the next look-up of a key between what it read and whoever waits for it."""

    def __init__(self, service: Service, patched: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self._real = service.store.one
        self._armed = True
        patched.setattr(service.store, "one", self._one)

    async def _one(self, query: Query[Any], **params: Any) -> Any:
        found = await self._real(query, **params)
        if query is KEY_BY_DIGEST and self._armed:
            self._armed = False
            self.reached.set()
            await self.go_on.wait()
        return found


async def _pause(service: Service, key: Key) -> None:
    await patch(service, key, active=False)


CHANGES = {"revoke": revoke, "pause": _pause, "rotate": rotate}


@each_entry
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_use_that_is_under_way_never_brings_a_key_back(
    service: Service, verifier: str, monkeypatch: pytest.MonkeyPatch, enter: Entry, change: Any
) -> None:
    """better-auth #9974, keyshield: who verified wrote back the row they had read before it was revoked."""
    key = await service.create_key(scopes=SCOPES)
    barrier = Barrier(service, monkeypatch)
    under_way = asyncio.create_task(enter(service, key["api_key"], verifier))
    await barrier.reached.wait()
    await change(service, key)
    barrier.go_on.set()
    assert await under_way, "it had begun before"
    await service.usage.flush()
    assert not await enter(service, key["api_key"], verifier)
    shown = data(await service.call("GET", f"api-keys/{key['id']}", service.session()))
    assert shown["active"] is False
    assert (shown["revoked_at"] is None) == (change is _pause)
    assert (shown["last_used_at"] is None) == (enter is _look)


@asynccontextmanager
async def two_servers(folder: Path, database_url: str) -> AsyncIterator[tuple[Service, Service]]:
    """Two servers on one database, one of them idle most of the time."""
    clock = ManualClock()
    async with running(folder, database_url, clock) as one, running(folder, database_url, clock) as other:
        yield one, other


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ENTRIES)
async def test_the_first_use_after_a_revocation_is_refused_on_another_server_too(
    tmp_path: Path, standing_postgres: Service, name: str
) -> None:
    """Unkey: a server that had been silent since the key was deleted elsewhere let it in once more."""
    url = standing_postgres.config.database_url
    async with two_servers(tmp_path, url) as (one, other):
        verifier = (await make_verifier(one)).secret.reveal()
        key = await one.create_key(scopes=SCOPES)
        for _ in range(3):
            assert await ENTRIES[name](other, key["api_key"], verifier)
        await revoke(one, key)
        one.clock.advance(300)
        assert not await ENTRIES[name](other, key["api_key"], verifier)


@each_entry
async def test_the_first_use_after_a_revocation_is_refused(service: Service, verifier: str, enter: Entry) -> None:
    """Unkey, on one server: warm, silent, and then one request."""
    for seconds in (0, 300):
        key = await service.create_key(scopes=SCOPES)
        assert await enter(service, key["api_key"], verifier)
        await revoke(service, key)
        service.clock.advance(seconds)
        assert not await enter(service, key["api_key"], verifier)


async def test_a_key_without_scopes_may_do_nothing(service: Service, verifier: str) -> None:
    """CUDly #1567: a key without scopes was as good as its owner."""
    key = await service.create_key(scopes=[])
    assert data(await service.whoami(key["api_key"]))["scopes"] == []
    assert (await check(service, key["api_key"])).headers["x-onepin-scopes"] == ""
    for scope in data(await service.call("GET", "auth/whoami", service.session()))["scopes"]:
        refused(await check(service, key["api_key"], f"?scope={scope}"), "INSUFFICIENT_SCOPE")
        found = await verdict(service, verifier, key["api_key"], scopes=[scope])
        assert (found["code"], found["scopes"]) == ("INSUFFICIENT_SCOPE", [])
    refused(await verify(service, key["api_key"], "x"), "INSUFFICIENT_SCOPE")
    for path in ("workspaces", f"workspaces/{key['workspace_id']}", "usage/summary", "usage/activity"):
        refused(await service.call("GET", path, bearer(key["api_key"])), "INSUFFICIENT_SCOPE")
    refused(await service.call("GET", "api-keys", bearer(key["api_key"])), "SESSION_REQUIRED")


async def test_a_key_of_one_workspace_is_none_of_another(service: Service) -> None:
    """better-auth #9393: a key made for one configuration was taken by another."""
    key, other = await service.create_key(scopes=SCOPES), await tenant(service)
    headers = bearer(key["api_key"]) | {"X-Workspace-Id": str(other.id)}
    for method, path in (
        ("GET", "auth/whoami"),
        ("GET", "auth/check"),
        ("POST", "auth/check/below"),
        ("POST", "auth/verify"),
        ("GET", "workspaces"),
        ("GET", f"workspaces/{other.id}"),
        ("GET", "workspaces/slug-available?slug=a"),
        ("GET", "usage/summary"),
        ("GET", "usage/activity"),
        ("GET", f"api-keys/{key['id']}/usage"),
    ):
        refused(await service.call(method, path, headers, json={"api_key": "x"}), "WORKSPACE_MISMATCH")


async def test_the_old_key_of_a_rotation_can_not_hurt_the_new_one(service: Service, verifier: str) -> None:
    """GitLab !125270, #472006: whoever replayed an old token could end the live one."""
    key = await service.create_key(scopes=SCOPES)
    new = await rotate(service, key)
    for _ in range(20):
        for enter in ENTRIES.values():
            assert not await enter(service, key["api_key"], verifier)
    for enter in ENTRIES.values():
        assert await enter(service, new["api_key"], verifier)


async def test_a_steady_client_within_its_limit_is_never_refused_and_beyond_it_told_so(service: Service) -> None:
    """better-auth #1886, #9504 and six more: a tenth of the limit was refused, and as a 401."""
    key = (await service.create_key(rate_limit_per_min=10))["api_key"]
    for gap in (59, 30, 7, 6.1, 6):
        for _ in range(60):
            service.clock.advance(gap)
            assert (await service.whoami(key)).status_code == 200
    service.clock.advance(60)
    for _ in range(10):
        assert (await service.whoami(key)).status_code == 200
    refused(await service.whoami(key), "RATE_LIMITED")


async def test_answers_to_many_at_once_are_each_their_own(service: Service) -> None:
    """Grafana CVE-2022-21673: a request with a token was given another user's identity."""
    people = [service.anew() for _ in range(6)]
    keys = [await person.create_key(scopes=KEYS_VERIFY) for person in people]

    async def own(number: int) -> None:
        person, key = people[number % 6], keys[number % 6]
        by_key, by_session = await asyncio.gather(
            service.whoami(key["api_key"]), service.call("GET", "auth/whoami", person.session())
        )
        assert (data(by_key)["api_key_id"], data(by_key)["user_id"]) == (key["id"], key["created_by"])
        assert (data(by_session)["api_key_id"], data(by_session)["user_id"]) == (None, key["created_by"])
        assert (await check(service, key["api_key"])).headers["x-onepin-key-id"] == key["id"]
        found = await verdict(service, key["api_key"], keys[(number + 1) % 6]["api_key"])
        assert found["code"] == "INVALID_API_KEY"

    await asyncio.gather(*[own(number) for number in range(60)])

"""The ways to ask about a key, and the states that it can be in."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from answers import data
from onepin.server.keys.format import KeyFormat
from onepin.server.keys.peppers import Peppers, parse_peppers
from onepin.server.keys.verifiers import MadeVerifier, Verifiers
from service import PEPPER, Service, bearer

Key = dict[str, Any]
RATE_LIMIT_HEADERS = {
    "ratelimit",
    "ratelimit-policy",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
}
KEYS_VERIFY = ["keys:verify"]


async def verifiers(service: Service) -> Verifiers:
    """What ``onepin verifier`` works with."""
    peppers = Peppers(parse_peppers(PEPPER), service.store, service.clock)
    await peppers.refresh()
    return Verifiers(service.store, KeyFormat(("pk",)), lambda: peppers.digester, service.clock)


async def make_verifier(service: Service, name: str = "billing") -> MadeVerifier:
    """A verifier, and its secret."""
    return await (await verifiers(service)).create("pk", name)


async def check(
    service: Service, secret: str | None, query: str = "", method: str = "GET", **headers: str
) -> httpx.Response:
    """What a proxy is told. Headers by name with underscores: ``x_workspace_id``."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | (bearer(secret) if secret else {})
    return await service.call(method, f"auth/check{query}", sent)


async def verify(service: Service, caller: str | dict[str, str], api_key: str, **body: Any) -> httpx.Response:
    """What a service is told. ``caller``: its credential, or its headers."""
    headers = bearer(caller) if isinstance(caller, str) else caller
    return await service.call("POST", "auth/verify", headers, json={"api_key": api_key, **body})


async def verdict(service: Service, caller: str | dict[str, str], api_key: str, **body: Any) -> dict[str, Any]:
    """The verdict; it is there whatever becomes of the key."""
    found: dict[str, Any] = data(await verify(service, caller, api_key, **body))
    assert found["valid"] is (found["code"] == "VALID")
    return found


async def patch(service: Service, key: Key, **changes: Any) -> None:
    """Change a key as its owner would."""
    data(await service.call("PATCH", f"api-keys/{key['id']}", service.session(), json=changes))


async def revoke(service: Service, key: Key) -> None:
    """Revoke a key as its owner would."""
    data(await service.call("DELETE", f"api-keys/{key['id']}", service.session()))


async def rotate(service: Service, key: Key, grace: int = 0) -> Key:
    """Rotate a key as its owner would; the new one."""
    body = {"grace_seconds": grace}
    rotated = data(await service.call("PATCH", f"api-keys/{key['id']}/rotate", service.session(), json=body))
    new: Key = rotated["new_key"]
    return new


async def _pause(service: Service, key: Key) -> None:
    await patch(service, key, active=False)


async def _replace(service: Service, key: Key) -> None:
    await rotate(service, key)


async def _expire(service: Service, key: Key) -> None:
    await rotate(service, key, grace=30)
    service.clock.advance(30)


async def _expire_and_sweep(service: Service, key: Key) -> None:
    await _expire(service, key)
    await revoke(service, key)  # too late: the sweep comes first


async def _end_grace(service: Service, key: Key) -> None:
    await rotate(service, key, grace=30)
    await revoke(service, key)


DEAD: dict[str, tuple[Callable[[Service, Key], Awaitable[None]], str]] = {
    "paused": (_pause, "PAUSED"),
    "revoked": (revoke, "REVOKED"),
    "rotated": (_replace, "REVOKED"),
    "its grace is over": (_expire, "EXPIRED"),
    "its grace is over and swept": (_expire_and_sweep, "EXPIRED"),
    "revoked in grace": (_end_grace, "REVOKED"),
}
"""Every way for a key to stop working, and what a service is told of it then."""

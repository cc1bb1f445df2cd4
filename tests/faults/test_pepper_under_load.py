"""A pepper is added to the file while keys are made and used: nobody notices."""

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest_asyncio

from onepin.server.app import assemble
from onepin.server.clock import ManualClock
from onepin.server.config import Config
from onepin.server.identity.local import LocalIssuer
from onepin.server.keys.peppers import SETTLE, Peppers, add_to_file, new_line, parse_peppers
from onepin.server.store.store import Store, open_store
from onepin.server.store.system_queries import COUNT_BY_CHAIN
from service import HOST, Service, lifespan

PATIENCE = 20.0


@pytest_asyncio.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """The application with a pepper in a file."""
    (tmp_path / "pepper").write_text(new_line(1))
    settings = {"data_dir": str(tmp_path), "database_url": database_url, "pepper_file": str(tmp_path / "pepper")}
    config = Config.load({}, settings)
    issuer, clock = LocalIssuer.load_or_create(tmp_path, config.local_issuer_url), ManualClock()
    parts = assemble(config, local=issuer, clock=clock)
    async with lifespan(parts.asgi):
        transport = httpx.ASGITransport(app=parts.asgi, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
            yield Service(parts.asgi, config, clock, http, issuer, parts.api, parts.store, parts.usage)


class Customers:
    """Some make keys, some use them, without a pause; whoever is refused remembers it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stopped = False
        self.secrets: list[str] = []
        self.answers = 0
        self.refused: list[str] = []

    async def make(self) -> None:
        """Make keys."""
        while not self._stopped:
            headers = self._service.session() | {"Idempotency-Key": secrets.token_hex(16)}
            answer = await self._service.call("POST", "api-keys", headers, json={"name": "a key"})
            self._note(answer, 201)
            again = await self._service.call("POST", "api-keys", headers, json={"name": "a key"})
            self._note(again, 201)
            if answer.status_code == again.status_code == 201:
                self.secrets.append(answer.json()["data"]["api_key"])
                if again.json()["data"] != answer.json()["data"]:
                    self.refused.append("a replay gave another key")
            await asyncio.sleep(0.02)

    async def use(self) -> None:
        """Use keys."""
        while not self._stopped:
            secret = random.choice(self.secrets)
            self._note(await self._service.whoami(secret), 200)
            await asyncio.sleep(0.001)

    def _note(self, answer: httpx.Response, expected: int) -> None:
        self.answers += 1
        if answer.status_code != expected:
            self.refused.append(answer.text)

    @contextlib.asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Everybody at work, for the time of the block."""
        async with asyncio.TaskGroup() as group:
            for work in (self.make, self.use, self.use):
                group.create_task(work())
            try:
                yield
            finally:
                self._stopped = True


async def activate_as_operator(service: Service) -> None:
    """What ``onepin pepper rotate`` does where several servers share a database."""
    store = open_store(service.config.database_url)
    await store.start(migrate=False)
    try:
        peppers = Peppers(parse_peppers(service.config.pepper_path.read_text()), store, service.clock)
        await peppers.refresh()
        await peppers.activate_newest()
    finally:
        await store.close()


async def chains(store: Store) -> dict[str, int]:
    """How many keys there are under each chain of pepper versions."""
    return dict(await store.all(COUNT_BY_CHAIN))


async def until(satisfied: Callable[[dict[str, int]], bool], store: Store) -> None:
    """Wait for the housekeeper to bring the digests there."""
    deadline = time.monotonic() + PATIENCE
    while not satisfied(found := await chains(store)):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def test_no_key_is_refused_and_none_is_left_bare(service: Service) -> None:
    """If this failed, an operator would have to choose between an outage and a pepper that somebody has seen."""
    dormant = [(await service.create_key())["api_key"] for _ in range(5)]
    customers = Customers(service)
    customers.secrets = [(await service.create_key())["api_key"] for _ in range(5)]
    async with customers.busy():
        await asyncio.sleep(0.3)
        add_to_file(service.config.pepper_path)
        if not service.store.exclusive:
            await asyncio.sleep(0.5)  # the server may or may not have read its file by now
            await activate_as_operator(service)
        await until(lambda found: "1" not in found and len(found) > 1, service.store)
        await asyncio.sleep(0.5)
    assert customers.refused == []
    assert customers.answers > 100
    service.clock.advance(SETTLE.total_seconds())
    for secret in customers.secrets:
        assert (await service.whoami(secret)).status_code == 200
    await until(lambda found: found.keys() == {"1>2", "2"} and found["1>2"] == len(dormant), service.store)
    for secret in dormant:
        assert (await service.whoami(secret)).status_code == 200

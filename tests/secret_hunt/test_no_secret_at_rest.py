"""Drives the service through everything that touches a secret, then looks for each one wherever bytes are kept."""

import base64
import contextlib
import io
import logging
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from starlette.requests import Request
from starlette.routing import Route

import databases
from devices.flow import Device, refresh
from faults.wrapped_store import WrappedStore
from onepin.server import logs
from onepin.server.audit import OPERATOR, Action, record
from onepin.server.keys.peppers import new_line, parse_peppers
from onepin.server.store.query import Tx
from onepin.server.store.store import Store, Work, open_store
from secret_hunt.hunt import Hunt, encoded
from secret_hunt.places import Place, Postgres, Sqlite
from service import Service, bearer, running

T = TypeVar("T")
Format = Literal["text", "json"]


@dataclass(frozen=True)
class Settings:
    """What of the configuration the log needs."""

    log_format: Format


@contextlib.contextmanager
def logging_to(log_format: Format) -> Iterator[io.StringIO]:
    """The log of one format in a buffer; what was configured before comes back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(Settings(log_format), stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = before


class CrashingStore(WrappedStore):
    """When told to, fails with all it knows in the exception, as a careless piece of code would."""

    crash = False
    last_words = ""

    async def write(self, work: Work[T]) -> T:
        """As the store within, but for the crash."""
        if not self.crash:
            return await super().write(work)

        async def careless(tx: Tx) -> T:
            words = f"could not write {await work(tx)!r}"
            self.last_words += words
            raise RuntimeError(words)

        return await super().write(careless)


class Spy:
    """Uses the service, and remembers every secret that passed through its hands."""

    def __init__(self, service: Service, hunt: Hunt) -> None:
        self._service = service
        self._hunt = hunt
        self.secrets: list[str] = []

    def session(self) -> dict[str, str]:
        """A new session."""
        headers = self._service.session()
        _, payload, signature = headers["Authorization"].removeprefix("Bearer ").split(".")
        self._hunt.add("session token's payload", payload)
        self._hunt.add("session token's signature", signature)
        return headers

    def once(self) -> dict[str, str]:
        """A new Idempotency-Key."""
        value = secrets.token_urlsafe(24)
        self._hunt.add("Idempotency-Key", value)
        return {"Idempotency-Key": value}

    async def call(self, method: str, path: str, headers: dict[str, str], body: object = None) -> Any:
        """The answer's JSON; keys in it are remembered."""
        more = {} if body is None else {"json": body}
        answer = await self._service.call(method, path, headers, **more)
        found = answer.json()
        if answer.is_success and isinstance(found.get("data"), dict):
            made = found["data"].get("new_key", found["data"])
            if "api_key" in made and made["api_key"] not in self.secrets:
                self.secrets.append(made["api_key"])
                self._hunt.add_key(made["api_key"])
        return found

    async def live(self) -> None:
        """Every operation on keys, with and without replay."""
        for _ in range(3):
            once, session = self.once(), self.session()
            made = await self.call("POST", "api-keys", session | once, {"name": "a key"})
            again = await self.call("POST", "api-keys", session | once, {"name": "a key"})
            assert again["data"] == made["data"]
            path = f"api-keys/{made['data']['id']}"
            await self.call("PATCH", path, session, {"name": "renamed", "active": True})
            for grace in (60, 0):
                once = self.once()
                rotated = await self.call("PATCH", f"{path}/rotate", session | once, {"grace_seconds": grace})
                assert await self.call("PATCH", f"{path}/rotate", session | once, {"grace_seconds": grace}) != {}
                path = f"api-keys/{rotated['data']['new_key']['id']}"
            await self.call("PATCH", path, session, {"active": False})
        await self.call("DELETE", path, session)
        await self.call("GET", "api-keys?status=all", session)

    async def blunder(self) -> None:
        """Secrets where they don't belong, and wrong ones where they do."""
        for secret in self.secrets[:3]:
            await self._service.whoami(secret)
            await self._service.whoami(secret[:-1])
            await self._service.whoami(secret.swapcase())
            for headers in (
                {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"},
                {"Authorization": secret},
                {"X-API-Key": secret},
                {"Cookie": f"__session={secret}"},
                self.session() | {"X-Workspace-Id": secret},
                self.session() | {"X-Request-Id": secret, "User-Agent": secret},
            ):
                await self._service.call("GET", f"api-keys?api_key={secret}", headers)
            for method in ("GET", "PATCH", "DELETE", "PUT"):
                await self.call(method, f"api-keys/{secret}", self.session(), {secret: secret})
                await self.call(method, f"/{secret}/{self._token()}", bearer(secret))
            await self.call("POST", "api-keys", bearer(secret), {"name": "a key"})
            await self.call("POST", "auth/local/sign-in", {}, {"code": secret})

    async def meet(self) -> None:
        """An invite and a device: their secrets used as they should be, by others, and where they don't belong."""
        (home, *_) = (await self.call("GET", "workspaces", self.session()))["data"]
        body = {"email": "guest@example.com", "role": "viewer"}
        invite = (await self.call("POST", f"workspaces/{home['id']}/invites", self.session(), body))["data"]["token"]
        self._hunt.add("invite", invite[len("pk_invite_") + 8 :])
        for who in (None, "guest@example.com", "guest@example.com"):
            await self._service.call("POST", f"workspaces/invites/{invite}/accept", self._service.session(who))
        await self.call("GET", f"workspaces/{invite}/{invite}", bearer(invite))
        device = await Device.start(self._service, device_name="a device")
        self._hunt.add("device code", device.started["device_code"])
        await device.ask()
        await device.decide(self.session())
        granted = (await device.ask()).json()
        self._hunt.add("refresh secret", granted["refresh_token"][len("pk_session_") + 8 :])
        again = (await refresh(self._service, granted["refresh_token"])).json()
        for token in (granted["access_token"], again["access_token"]):
            self._hunt.add("device's token", token.partition(".")[2].replace(".", ""))
        await self.call("GET", f"auth/approvals/{granted['refresh_token']}", bearer(granted["refresh_token"]))

    def _token(self) -> str:
        return self.session()["Authorization"].removeprefix("Bearer ")

    async def crash(self, store: CrashingStore) -> None:
        """A handler and a transaction that fail with secrets in their hands."""

        async def careless(request: Request) -> None:
            raise LookupError(f"{dict(request.headers)} {request.url}")

        self._service.api.router.routes.append(Route("/crash", careless))
        await self.call("GET", f"/crash?key={self.secrets[0]}", self.session())
        await self.call("GET", "/crash", bearer(self.secrets[1]) | {"X-API-Key": self.secrets[2]})
        store.crash = True
        for headers in (self.session() | self.once(), self.session()):
            await self.call("POST", "api-keys", headers, {"name": "lost"})
        store.crash = False
        lost = set(re.findall("pk_live_[0-9A-Za-z]{38}", store.last_words))
        assert len(lost) >= 2
        for secret in lost:
            self._hunt.add_key(secret)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[databases.PostgresCluster]:
    with databases.PostgresCluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        return Sqlite(tmp_path / "onepin.db")
    return Postgres(request.getfixturevalue("own_postgres"))


@contextlib.asynccontextmanager
async def watched(place: Place, folder: Path, hunt: Hunt) -> AsyncIterator[tuple[Service, CrashingStore]]:
    """The service with a pepper that is looked for too."""
    pepper = new_line(1).strip()
    hunt.add("pepper", parse_peppers(pepper)[1])
    store = CrashingStore(open_store(place.url))
    async with running(folder, place.url, store=store, pepper=pepper, access_log="all") as service:
        yield service, store


def findings(place: Place, hunt: Hunt) -> set[str]:
    return {found for name, content in place.contents() for found in hunt.findings(name, content)}


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_no_secret_is_in_the_database_its_files_or_the_log(
    place: Place, log_format: Format, tmp_path: Path
) -> None:
    """If this failed, whoever reads a backup, a disk or a log could call the API as its customers."""
    hunt = Hunt()
    with logging_to(log_format) as stream:
        async with watched(place, tmp_path, hunt) as (service, store):
            spy = Spy(service, hunt)
            await spy.live()
            await spy.blunder()
            await spy.meet()
            await spy.crash(store)
            while_it_runs = findings(place, hunt)
    written = stream.getvalue()
    assert written.count("LookupError") >= 2  # so the crashes were logged,
    assert written.count("could not write") >= 2  # with what they had in their hands
    assert len(spy.secrets) == 9
    assert hunt.findings("the log", written.encode()) == set()
    assert while_it_runs == set()
    assert findings(place, hunt) == set()


async def test_a_planted_piece_of_a_secret_is_found_in_whatever_form(place: Place, tmp_path: Path) -> None:
    """The test above is worth something only if its search finds what is there."""
    hunt = Hunt()
    forms = ["as it is", "hex", "URL", "JSON", "base64"]
    async with watched(place, tmp_path, hunt) as (service, store):
        await service.create_key()
        planted = {form: secrets.token_hex(20) for form in forms}
        for form, secret in planted.items():
            hunt.add(f"the {form} one", secret)
        assert findings(place, hunt) == set()
        for form, secret in planted.items():
            for name, piece in encoded(secret[5:17].encode()):
                if name == form:
                    await plant(store, piece.decode())
        found = findings(place, hunt)
    assert {form for form in forms for line in found if line.startswith(f"the {form} one, {form}")} == set(forms)


async def plant(store: Store, text: str) -> None:
    """Put a text where the service would not."""

    async def work(tx: Tx) -> None:
        details = {"note": f"~{text}~"}
        now = datetime.now(UTC)
        await record(
            tx, Action.USER_CREATED, actor=OPERATOR, at=now, workspace_id=None, target_id=None, details=details
        )

    await store.write(work)

"""Digests move to a new pepper while keys are in use: no look-up may fall between two places.

A digest moves when it is wrapped (``1`` to ``1>2``) and when its key is used (to ``2``).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from faults.wrapped_store import InterruptedStore
from onepin.contract.api_keys import ApiKeyCreate
from onepin.server.audit import Actor
from onepin.server.clock import ManualClock
from onepin.server.keys.digest import Digester
from onepin.server.keys.format import KeyFormat
from onepin.server.keys.peppers import SETTLE, Peppers, new_line, parse_peppers
from onepin.server.keys.service import Author, Created, Defaults, KeyService
from onepin.server.keys.verify import KeyVerifier
from onepin.server.people import Person
from onepin.server.presence import Presence
from onepin.server.records import VerifiedRow
from onepin.server.store.query import Tx
from onepin.server.store.store import Store, open_store
from onepin.server.store.system_queries import COUNT_BY_CHAIN
from onepin.server.workspaces import WorkspaceService
from service import PEPPER

PEPPERS = parse_peppers(PEPPER + "\n" + new_line(2) + new_line(3))


class Rotation:
    """A database with one key under version 1, and the parts that move it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = ManualClock()
        self.peppers = self.holding(1)
        self.author: Author
        self.made: Created

    async def open(self) -> None:
        """Somebody, their workspace, their key."""
        await self.store.start(migrate=False)
        await self.peppers.refresh()
        person, someone = Person(uuid4(), "https://issuer.example", "user_1"), Actor("user")
        home = await WorkspaceService(self.store, self.clock, Presence(self.store, self.clock)).welcome(person, someone)
        self.author = Author(home.workspace_id, person.id, someone, lambda _scopes: None)
        self.made = await self.store.write(self.create(self.peppers))

    @property
    def secret(self) -> str:
        """The key's plaintext."""
        return self.made.secret.reveal()

    def keys(self, peppers: Peppers) -> KeyService:
        """The key service of a process that holds ``peppers``."""
        return KeyService(self.store, lambda: peppers.digester, self.clock, Defaults("pk", (), None))

    def create(self, peppers: Peppers) -> Callable[[Tx], Awaitable[Created]]:
        """The transaction in which that process makes a key."""
        return lambda tx: self.keys(peppers).create(tx, self.author, ApiKeyCreate(name="a key"))

    def holding(self, newest: int) -> Peppers:
        """A process that has the versions up to ``newest``."""
        held = {version: pepper for version, pepper in PEPPERS.items() if version <= newest}
        return Peppers(held, self.store, self.clock)

    async def activate(self, version: int) -> None:
        """Make a version current."""
        self.peppers = self.holding(version)
        await self.peppers.refresh()
        await self.peppers.activate_newest()

    async def wrap(self) -> None:
        """Wrap every digest that is bare."""
        after: UUID | None = UUID(int=0)
        while after is not None:
            after, _ = await self.peppers.wrap_some(after)

    async def use(self) -> None:
        """What follows a use of the key."""
        seen: list[VerifiedRow] = []
        await self.verifier(self.store, self.peppers.digester, seen).find(self.secret)
        for row in seen:
            await self.peppers.unwrap(row, self.secret)

    def verifier(self, store: Store, digester: Digester, seen: list[VerifiedRow]) -> KeyVerifier:
        """The look-up of a server that holds ``digester``."""
        return KeyVerifier(store, KeyFormat(("pk",)), lambda: digester, self.clock, lambda row, _: seen.append(row))

    async def found(self, store: Store, digester: Digester) -> bool:
        """Whether that server finds the key."""
        key = await self.verifier(store, digester, []).find(self.secret)
        return key is not None and key.id == self.made.key.id

    async def chains(self) -> dict[str, int]:
        """How many keys there are under each chain of versions."""
        return dict(await self.store.all(COUNT_BY_CHAIN))


@pytest_asyncio.fixture
async def rotation(database_url: str) -> AsyncIterator[Rotation]:
    started = Rotation(open_store(database_url))
    await started.open()
    yield started
    await started.store.close()


Move = Callable[[Rotation], Awaitable[None]]


async def nothing(_rotation: Rotation) -> None:
    """The digest stays."""


async def wrap(rotation: Rotation) -> None:
    await rotation.wrap()


async def use(rotation: Rotation) -> None:
    await rotation.use()


async def wrap_and_use(rotation: Rotation) -> None:
    await rotation.wrap()
    await rotation.use()


async def rotate_again(rotation: Rotation) -> None:
    """Another version becomes current, and every digest moves to it."""
    await rotation.activate(3)
    await rotation.wrap()


@pytest.mark.parametrize("moves", [(nothing, wrap), (nothing, use), (wrap, use), (nothing, wrap_and_use)])
@pytest.mark.parametrize("before", range(1, 5))
async def test_a_digest_that_moves_during_a_look_up_is_found(
    rotation: Rotation, moves: tuple[Move, Move], before: int
) -> None:
    """If this failed, a customer's good key would be refused now and then while a pepper is rotated."""
    earlier, meanwhile = moves
    await rotation.activate(2)
    await earlier(rotation)
    store = InterruptedStore(rotation.store, before, lambda: meanwhile(rotation))
    assert await rotation.found(store, rotation.peppers.digester)


@pytest.mark.parametrize("moves", [(nothing, rotate_again), (wrap, rotate_again), (use, rotate_again)])
@pytest.mark.parametrize("before", range(1, 8))
async def test_a_digest_that_moves_to_a_version_just_activated_is_found(
    rotation: Rotation, moves: tuple[Move, Move], before: int
) -> None:
    """On several servers one activates; the others hold the pepper already and hear of it up to a second later."""
    earlier, meanwhile = moves
    await rotation.activate(2)
    await earlier(rotation)
    late = rotation.holding(3)
    await late.refresh()
    store = InterruptedStore(rotation.store, before, lambda: meanwhile(rotation))
    assert await rotation.found(store, late.digester)


@pytest.mark.parametrize("moves", [(nothing,), (wrap,), (use,), (wrap, use)])
async def test_a_server_that_has_not_heard_of_the_activation_finds_every_key(
    rotation: Rotation, moves: tuple[Move, ...]
) -> None:
    """If this failed, a rotation would refuse good keys on every server but one, for a second."""
    late = rotation.holding(2)
    await late.refresh()
    assert late.current == 1
    await rotation.activate(2)
    for move in moves:
        await move(rotation)
    assert await rotation.found(rotation.store, late.digester)


async def test_a_version_that_was_never_wrapped_can_be_skipped(rotation: Rotation) -> None:
    """An operator in a hurry rotates twice: keys of the first version have to verify as before."""
    await rotation.activate(2)
    await rotation.activate(3)
    assert await rotation.found(rotation.store, rotation.peppers.digester)
    await rotation.wrap()
    assert await rotation.found(rotation.store, rotation.peppers.digester)
    await rotation.use()
    assert await rotation.chains() == {"3": 1}
    assert await rotation.found(rotation.store, rotation.peppers.digester)


async def test_a_used_key_needs_the_new_pepper_alone(rotation: Rotation) -> None:
    """If this failed, the old pepper could never be thrown away."""
    await rotation.activate(2)
    await rotation.wrap()
    assert await rotation.chains() == {"1>2": 1}
    await rotation.use()
    assert await rotation.chains() == {"2": 1}
    only_new = Peppers({2: PEPPERS[2]}, rotation.store, rotation.clock)
    await only_new.refresh()
    assert await rotation.found(rotation.store, only_new.digester)


async def test_writing_a_new_digest_does_not_bring_a_revoked_key_back(rotation: Rotation) -> None:
    """If this failed, a key that is used while it is revoked would live on, as in Better Auth before 1.6.16."""
    await rotation.activate(2)
    seen: list[VerifiedRow] = []
    verifier = rotation.verifier(rotation.store, rotation.peppers.digester, seen)
    read_before = await verifier.find(rotation.secret)
    assert read_before is not None
    assert verifier.state(read_before) is None
    await rotation.keys(rotation.peppers).revoke(rotation.author, rotation.made.key.id)
    await rotation.peppers.unwrap(seen[0], rotation.secret)
    assert await rotation.chains() == {"2": 1}
    read_after = await verifier.find(rotation.secret)
    assert read_after is not None
    assert verifier.state(read_after) is not None


async def test_writing_a_new_digest_too_late_changes_nothing(rotation: Rotation) -> None:
    """If this failed, a digest could move backwards, and the key be lost once the old pepper is thrown away."""
    await rotation.activate(2)
    seen: list[VerifiedRow] = []
    await rotation.verifier(rotation.store, rotation.peppers.digester, seen).find(rotation.secret)
    slow = rotation.peppers
    await rotation.activate(3)
    await rotation.wrap()
    await slow.unwrap(seen[0], rotation.secret)
    assert await rotation.chains() == {"1>2>3": 1}
    assert await rotation.found(rotation.store, rotation.peppers.digester)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_key_made_under_the_old_pepper_during_the_wrap_is_wrapped_later(rotation: Rotation) -> None:
    """If this failed, a leaked old pepper would still tell whether a text is this key. SQLite has one writer."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    old = rotation.peppers

    async def slow(tx: Tx) -> Created:
        made = await rotation.create(old)(tx)
        begun.set()
        await go_on.wait()
        return made

    creating = asyncio.ensure_future(rotation.store.write(slow))
    await begun.wait()
    await rotation.activate(2)
    await rotation.wrap()
    go_on.set()
    await creating
    assert await rotation.chains() == {"1": 1, "1>2": 1}
    await rotation.peppers.refresh()
    assert not rotation.peppers.all_wrapped
    rotation.clock.advance(SETTLE.total_seconds())
    await rotation.wrap()
    await rotation.peppers.refresh()
    assert rotation.peppers.all_wrapped
    assert await rotation.chains() == {"1>2": 2}

"""Which pepper versions there are, which is current, and how digests move from one to the next.

The peppers live in a file or the environment; the database knows their numbers, a check value each, and which is
current. Rotating is three steps that each survive a crash: every server learns the new pepper, one activates it, then
old digests are wrapped, 500 at a time.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from onepin.server import private_files
from onepin.server.audit import OPERATOR, Action, record
from onepin.server.clock import Clock
from onepin.server.keys.digest import Digester, check_value
from onepin.server.records import PepperRecord, VerifiedRow
from onepin.server.store.key_queries import REDIGEST
from onepin.server.store.query import Tx
from onepin.server.store.store import Store, StoreError
from onepin.server.store.system_queries import (
    ACTIVATE_PEPPER,
    COUNT_BY_CHAIN,
    DIGESTS_TO_WRAP,
    PEPPER_WRAPPED,
    PEPPERS,
)
from onepin.server.store.verifier_queries import (
    COUNT_VERIFIERS_BY_CHAIN,
    REDIGEST_VERIFIER,
    VERIFIERS_TO_WRAP,
    VerifierRecord,
)

SHORTEST = 32
SETTLE = timedelta(seconds=60)
"""How long after an activation another server may still store a digest of the version before: the second until it
hears of it, and the longest transaction.
"""
_VERSIONED = re.compile(r"v([1-9][0-9]{0,5}):(\S+)")


def parse_peppers(text: str) -> dict[int, bytes]:
    """Peppers by version. ``text`` is one pepper as it is (version 1), or ``v1:<base64>`` items, comma or line each.

    Raises ``ValueError`` saying what is wrong, never showing the value.
    """
    items = [item.strip() for item in re.split(r"[,\n]", text) if item.strip() and not item.strip().startswith("#")]
    if not items or not _VERSIONED.fullmatch(items[0]):
        peppers = {1: text.strip().encode()}
    else:
        peppers = {}
        for item in items:
            match = _VERSIONED.fullmatch(item)
            if match is None or int(match[1]) in peppers:
                raise ValueError("every item must look like v1:<base64>, each version once")
            try:
                peppers[int(match[1])] = base64.b64decode(match[2].replace("-", "+").replace("_", "/"), validate=True)
            except binascii.Error:
                raise ValueError(f"version {match[1]} is not base64") from None
    for version, pepper in peppers.items():
        if len(pepper) < SHORTEST:
            raise ValueError(f"version {version} has {len(pepper)} bytes, at least {SHORTEST} are needed")
    return peppers


def new_line(version: int) -> str:
    """A fresh pepper as a line of a pepper file."""
    return f"v{version}:{base64.b64encode(secrets.token_bytes(SHORTEST)).decode()}\n"


def read(given: str | None, path: Path) -> str:
    """The text of the peppers: given as it is, or from the file."""
    return path.read_text() if given is None else given


def load_or_create(path: Path) -> str:
    """The text of a pepper file, made with one fresh pepper (0600, atomically) when there is none yet."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        private_files.create(path, new_line(1).encode())
    return path.read_text()


def add_to_file(path: Path) -> int:
    """Append a fresh pepper to a pepper file, atomically. Returns its version."""
    peppers = parse_peppers(path.read_text())
    lines = [f"v{number}:{base64.b64encode(value).decode()}\n" for number, value in sorted(peppers.items())]
    version = max(peppers) + 1
    private_files.replace(path, "".join([*lines, new_line(version)]).encode())
    return version


class PepperStatus(NamedTuple):
    """The versions that the database knows, and how many keys and verifiers stand under each chain of them."""

    versions: list[PepperRecord]
    keys: list[tuple[str, int]]
    verifiers: list[tuple[str, int]]


class Peppers:
    """The peppers this process holds, held against what the database says."""

    def __init__(self, peppers: Mapping[int, bytes], store: Store, clock: Clock) -> None:
        self._peppers = dict(peppers)
        self._store = store
        self._clock = clock
        self._digester: Digester | None = None
        self.settled_at = datetime.min.replace(tzinfo=UTC)
        """From when on no digest of an older version can come any more."""
        self.all_wrapped = False
        """Whether no digest of an older version is left without the current one around it."""
        self.missing: int | None = None
        """The current version when this process does not hold it: it can't verify new keys then and is not ready."""

    @property
    def digester(self) -> Digester:
        """For new digests and look-ups. ``refresh`` must have run."""
        if self._digester is None:
            raise StoreError("peppers were not loaded")
        return self._digester

    @property
    def held(self) -> frozenset[int]:
        """The versions this process has."""
        return frozenset(self._peppers)

    @property
    def current(self) -> int:
        """The version new digests are made with here."""
        return self.digester.current

    def learn(self, peppers: Mapping[int, bytes]) -> None:
        """Take note of peppers that were added to the file while running; none is ever dropped."""
        self._peppers = {**peppers, **self._peppers}

    async def refresh(self) -> None:
        """Read which version is current; the first server ever activates its highest.

        Raises ``StoreError`` when a pepper held here is not the one the database was made with.
        """
        known = await self._store.all(PEPPERS)
        if not known:
            await self.activate(max(self._peppers))
            known = await self._store.all(PEPPERS)
        for row in known:
            held = self._peppers.get(row.version)
            if held is not None and check_value(held) != row.check_value:
                raise StoreError(
                    f"The pepper (version {row.version}) is not the one this database was made with, so no key would "
                    "verify. Set ONEPIN_PEPPER or ONEPIN_PEPPER_FILE to the right one, or choose another database."
                )
        current = max(row.version for row in known)
        self.missing = None if current in self._peppers else current
        self.all_wrapped = known[-1].wrapped_at is not None
        self.settled_at = known[-1].activated_at + (timedelta() if self._store.exclusive else SETTLE)
        usable = [row.version for row in known if row.version in self._peppers]
        if not usable:
            raise StoreError(f"This database needs pepper version {current}; ONEPIN_PEPPER holds none that it knows.")
        self._digester = Digester(dict(self._peppers), max(usable))

    async def activate_newest(self) -> int | None:
        """Make the highest version held here the current one. Returns it, or None when it was that already."""
        newest = max(self._peppers)
        done = newest > self.current and await self.activate(newest)
        await self.refresh()
        return newest if done else None

    async def activate(self, version: int) -> bool:
        """Make ``version`` known and so, being the highest, current. Returns False when it was already known."""

        async def work(tx: Tx) -> bool:
            now = self._clock.now()
            known = await tx.all(PEPPERS)
            made = await tx.one(
                ACTIVATE_PEPPER,
                version=version,
                check_value=check_value(self._peppers[version]),
                activated_at=now,
                wrapped_at=None if known else now,
            )
            if made is not None and known:
                await record(
                    tx,
                    Action.PEPPER_ROTATED,
                    actor=OPERATOR,
                    at=now,
                    workspace_id=None,
                    target_id=None,
                    details={"version": version},
                )
            return made is not None

        return await self._store.write(work)

    async def wrap_some(self, after: UUID) -> tuple[UUID | None, int]:
        """Wrap up to 500 digests of older versions, those with ids above ``after``, or, after the last of the keys, the
        few of the verifiers. Returns where to go on and how many it were; None when all are done, which is written down
        if no more can come.
        """
        digester = self.digester
        old = {"chain": str(digester.current), "wrapped_chain": f"%>{digester.current}"}

        async def work(tx: Tx) -> tuple[UUID | None, int]:
            rows = await tx.all(DIGESTS_TO_WRAP, **old, after=after)
            for key_id, digest, chain in rows:
                new, longer = digester.wrap(digest, chain)
                await tx.run(REDIGEST, id=key_id, old_digest=digest, new_digest=new, chain=longer)
            if rows:
                return rows[-1][0], len(rows)
            verifiers = await tx.all(VERIFIERS_TO_WRAP, **old)
            for row in verifiers:
                new, longer = digester.wrap(row.digest, row.digest_chain)
                await tx.run(REDIGEST_VERIFIER, id=row.id, old_digest=row.digest, new_digest=new, chain=longer)
            now = self._clock.now()
            if now >= self.settled_at:
                await tx.run(PEPPER_WRAPPED, pepper=digester.current, wrapped_now=now)
            return None, len(verifiers)

        return await self._store.write(work)

    async def unwrap(self, row: VerifiedRow | VerifierRecord, text: str) -> None:
        """Give a key or verifier that was just used a plain digest of the current version."""
        digest, chain = self.digester.digest(text)
        redigest, of = (REDIGEST, row.key.id) if isinstance(row, VerifiedRow) else (REDIGEST_VERIFIER, row.id)

        async def work(tx: Tx) -> None:
            await tx.run(redigest, id=of, old_digest=row.digest, new_digest=digest, chain=chain)

        await self._store.write(work)

    async def left_to_wrap(self) -> int:
        """How many keys and verifiers stand under older versions only."""
        done, wrapped = str(self.current), f">{self.current}"
        _, keys, verifiers = await self.status()
        return sum(number for chain, number in keys + verifiers if chain != done and not chain.endswith(wrapped))

    async def status(self) -> PepperStatus:
        """Which version is still needed, and by how much."""
        return PepperStatus(
            await self._store.all(PEPPERS),
            await self._store.all(COUNT_BY_CHAIN),
            await self._store.all(COUNT_VERIFIERS_BY_CHAIN),
        )

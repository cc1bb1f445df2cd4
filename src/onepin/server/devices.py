"""Devices that sign in without a browser of their own (RFC 8628), and the sessions they have."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from onepin.contract.codes import Code
from onepin.server.audit import Action, Actor, record
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.identity.device_tokens import DeviceTokens
from onepin.server.ids import uuid7
from onepin.server.keys.format import KeyFormat, Secret, mint, random_text
from onepin.server.store.device_queries import (
    DECIDE_DEVICE,
    DEVICE_REQUEST,
    END_DEVICE_REQUEST,
    END_SESSION,
    INSERT_DEVICE_REQUEST,
    INSERT_SESSION,
    NOTE_POLL,
    REFRESH_SESSION,
    SESSIONS_OF_USER,
    WAITING_DEVICE,
    WHOSE_SESSION,
    DeviceRequestRecord,
    SessionRecord,
)
from onepin.server.store.query import Tx
from onepin.server.store.store import Store

KIND = "session"
WAITS = timedelta(minutes=10)
LASTS = timedelta(days=30)
INTERVAL_SECONDS = 5
INTERVAL_MAX = 60
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words (RFC 8628 §6.1): 8 of them are 2.5e10 codes, for ten minutes each."""
_NO_CODE = "No device waits under this code. It may be too old, or decided already: let the device ask for a new one."


class Denial(StrEnum):
    """Why a device gets no token (RFC 8628 §3.5, RFC 6749 §5.2)."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    INVALID = "invalid_grant"


class Started(NamedTuple):
    """What a device gets to begin with."""

    device_code: str
    user_code: str


class Granted(NamedTuple):
    """A session token; ``refresh`` only where the session was just made."""

    token: str
    refresh: Secret | None = None


class DeviceService:
    """Devices ask, people decide, devices get tokens. ``issuers``: whose people may have sessions here."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        format_: KeyFormat,
        brand: str,
        tokens: DeviceTokens,
        issuers: Collection[str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._format = format_
        self._brand = brand
        self._tokens = tokens
        self._issuers = frozenset(issuers)

    async def start(self, client: str, address: str | None) -> Started:
        """Begin: a code for the device, and one for its person."""
        device_code = random_text(43)

        async def work(tx: Tx) -> str:
            letters, now = [secrets.choice(_LETTERS) for _ in range(8)], self._clock.now()
            waiting = DeviceRequestRecord(
                "".join(letters), client, address, "pending", None, INTERVAL_SECONDS, None, now, now + WAITS
            )
            await tx.run(INSERT_DEVICE_REQUEST, **waiting._asdict(), digest=_digest(device_code))
            return waiting.user_code

        return Started(device_code, shown_code(await self._store.write(work)))

    async def waiting(self, user_code: str) -> DeviceRequestRecord:
        """The device that waits under a code. Raises ``Refused`` (NOT_FOUND)."""
        found = await self._store.one(WAITING_DEVICE, code=_bare(user_code), now=self._clock.now())
        if found is None:
            raise Refused(Code.NOT_FOUND, _NO_CODE)
        return found

    async def decide(self, user_code: str, user_id: UUID, actor: Actor, *, approve: bool) -> None:
        """Let the device sign in as the user, or not. Raises ``Refused`` (NOT_FOUND)."""
        status = "approved" if approve else "denied"

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            decided = await tx.one(DECIDE_DEVICE, code=_bare(user_code), now=now, decision=status, by=user_id)
            if decided is None:
                raise Refused(Code.NOT_FOUND, _NO_CODE)
            action = Action.DEVICE_APPROVED if approve else Action.DEVICE_DENIED
            await _audit(tx, action, actor, user_id, now, {"name": decided.client, "address": decided.address})

        await self._store.write(work)

    async def redeem(self, device_code: str, actor: Actor) -> Granted | Denial:
        """What a device gets that asks whether its person has decided; it must not ask too often."""

        async def work(tx: Tx) -> tuple[SessionRecord, Secret] | Denial:
            digest, now = _digest(device_code), self._clock.now()
            waiting = await tx.one(DEVICE_REQUEST, digest=digest)
            if waiting is None:
                return Denial.INVALID
            if waiting.expires_at <= now:
                return Denial.EXPIRED
            if waiting.status == "denied":
                return Denial.DENIED
            if waiting.status == "pending" or waiting.user_id is None:
                return await _pace(tx, digest, waiting, now)
            await tx.run(END_DEVICE_REQUEST, digest=digest)
            session = SessionRecord(uuid7(now), waiting.user_id, waiting.client, now, now, now + LASTS)
            secret = mint(self._brand, KIND)
            await tx.run(INSERT_SESSION, **session._asdict(), digest=_digest(secret.reveal()))
            who = Actor("user", str(session.user_id), actor.request_id)
            await _audit(tx, Action.SESSION_CREATED, who, session.id, now, {"name": session.client})
            return session, secret

        made = await self._store.write(work)
        if isinstance(made, Denial):
            return made
        token = await self._token(made[0])
        return Denial.INVALID if token is None else Granted(token, made[1])

    async def refresh(self, secret: str) -> Granted | Denial:
        """A new session token for a refresh secret, whose 30 days begin anew."""
        if self._format.parse(secret, KIND) is None:
            return Denial.INVALID

        async def work(tx: Tx) -> SessionRecord | None:
            now = self._clock.now()
            return await tx.one(REFRESH_SESSION, the_digest=_digest(secret), now=now, until=now + LASTS)

        session = await self._store.write(work)
        token = None if session is None else await self._token(session)
        return Denial.INVALID if token is None else Granted(token)

    async def sessions(self, user_id: UUID) -> list[SessionRecord]:
        """Somebody's signed-in devices, the last used one first."""
        return await self._store.all(SESSIONS_OF_USER, user_id=user_id, now=self._clock.now())

    async def revoke(self, user_id: UUID, session_id: UUID, actor: Actor) -> None:
        """End one of somebody's sessions: it gets no more tokens. Raises ``Refused`` (NOT_FOUND)."""

        async def work(tx: Tx) -> None:
            ended = await tx.one(END_SESSION, user_id=user_id, id=session_id)
            if ended is None:
                raise Refused(Code.NOT_FOUND)
            await _audit(tx, Action.SESSION_REVOKED, actor, ended.id, self._clock.now(), {"name": ended.client})

        await self._store.write(work)

    async def _token(self, session: SessionRecord) -> str | None:
        """A token for the session's person, if the one who vouched for them is still believed here."""
        found = await self._store.one(WHOSE_SESSION, user_id=session.user_id)
        if found is None or found[0] not in self._issuers:
            return None
        return await self._tokens.mint(issuer=found[0], subject=found[1], session_id=session.id)


def shown_code(user_code: str) -> str:
    """A user code as people read it."""
    return f"{user_code[:4]}-{user_code[4:]}"


def _bare(user_code: str) -> str:
    """A user code as it is kept, however it was typed (RFC 8628 §6.1)."""
    return "".join(letter for letter in user_code.upper() if letter in _LETTERS)[:9]


def _digest(secret: str) -> bytes:
    """Plain SHA-256: codes and secrets have 190 random bits or more, so there is nothing to guess them from."""
    return hashlib.sha256(secret.encode()).digest()


async def _pace(tx: Tx, digest: bytes, waiting: DeviceRequestRecord, now: datetime) -> Denial:
    """Note the question; who asks before the interval is over waits 5 seconds longer from then on."""
    early = waiting.polled_at is not None and now < waiting.polled_at + timedelta(seconds=waiting.interval)
    interval = min(waiting.interval + INTERVAL_SECONDS * early, INTERVAL_MAX)
    await tx.run(NOTE_POLL, the_digest=digest, polled=now, next_interval=interval)
    return Denial.SLOW_DOWN if early else Denial.PENDING


async def _audit(tx: Tx, action: Action, actor: Actor, target: UUID, now: datetime, details: dict[str, Any]) -> None:
    await record(tx, action, actor=actor, at=now, workspace_id=None, target_id=target, details=details)

"""What can happen to an API key. Each method is one transaction, its audit event inside."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from onepin.contract.api_keys import ApiKeyCreate, ApiKeyListQuery, ApiKeyUpdate
from onepin.contract.codes import Code
from onepin.server.audit import SYSTEM, Action, Actor, record
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.ids import uuid7
from onepin.server.keys.counting import count_change, count_created, page
from onepin.server.keys.digest import Digester
from onepin.server.keys.format import KEY_TYPE, Secret, mint
from onepin.server.records import KeyRecord
from onepin.server.store.key_queries import (
    CHANGE_KEY,
    END_KEY,
    EXPIRED_ANYWHERE,
    INSERT_KEY,
    KEY,
    KEY_FOR_CHANGE,
    START_GRACE,
)
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.system_queries import FORGET_SECRETS_OF_KEY
from onepin.server.store.workspace_queries import WORKSPACE_LIVES


@dataclass(frozen=True, slots=True)
class Author:
    """On whose behalf keys change: where, who, and what they may hand out (raises ``Refused`` if they may not)."""

    workspace_id: UUID
    user_id: UUID
    actor: Actor
    require_grantable: Callable[[Iterable[str]], None]


@dataclass(frozen=True, slots=True)
class Created:
    """A key just made, and the only copy of its secret."""

    key: KeyRecord
    secret: Secret


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a key gets when the request does not say."""

    brand: str
    scopes: tuple[str, ...]
    rate_limit_per_min: int | None


class KeyService:
    """The life of keys: create, list, get, update, pause, resume, revoke, rotate, expire."""

    def __init__(self, store: Store, digester: Callable[[], Digester], clock: Clock, defaults: Defaults) -> None:
        self._store = store
        self._digester = digester
        self._clock = clock
        self._defaults = defaults

    async def get(self, workspace_id: UUID, key_id: UUID) -> KeyRecord:
        """One key as it is now. Raises ``Refused`` (NOT_FOUND), alike for an unknown id and another workspace's."""
        key = await self._store.one(KEY, workspace_id=workspace_id, id=key_id)
        if key is None:
            raise Refused(Code.NOT_FOUND)
        return key.seen_at(self._clock.now())

    async def list(self, workspace_id: UUID, query: ApiKeyListQuery) -> tuple[list[KeyRecord], int]:
        """A page of keys, newest first, and the total, from one snapshot."""
        now = self._clock.now()

        async def work(tx: Tx) -> tuple[list[KeyRecord], int]:
            return await page(tx, workspace_id, status=query.status, offset=query.offset, limit=query.limit, now=now)

        keys, total = await self._store.read(work)
        return [key.seen_at(now) for key in keys], total

    async def create(self, tx: Tx, author: Author, body: ApiKeyCreate) -> Created:
        """Make a key, in the caller's transaction. Raises ``Refused`` (FORBIDDEN) for scopes beyond the author's."""
        given, defaults = body.model_fields_set, self._defaults
        scopes = tuple(body.scopes) if "scopes" in given else defaults.scopes
        limit = body.rate_limit_per_min if "rate_limit_per_min" in given else defaults.rate_limit_per_min
        author.require_grantable(scopes)
        await _enter(tx, author)
        created = await self._insert(
            tx, author, name=body.name, scopes=scopes, rate_limit_per_min=limit, active=True, window_id=None
        )
        await self._audit(tx, Action.KEY_CREATED, author.actor, created.key, _facts(created.key))
        return created

    async def update(self, author: Author, key_id: UUID, body: ApiKeyUpdate) -> KeyRecord:
        """Change, pause or resume a key. Raises ``Refused``: NOT_FOUND; CONFLICT when revoked or in grace;
        FORBIDDEN when the result holds scopes the author may not grant (pausing and renaming need no such right).
        """

        async def work(tx: Tx) -> KeyRecord:
            key = await self._mine(tx, author, key_id)
            wanted = _wanted(key, body)
            if not body.model_fields_set:
                return key
            _refuse_change(key, "changed")
            if body.scopes is not None or body.active or "rate_limit_per_min" in body.model_fields_set:
                author.require_grantable(wanted.scopes)
            if wanted == key:
                return key
            return await self._change(tx, author, key, wanted)

        return await self._store.write(work)

    async def revoke(self, author: Author, key_id: UUID) -> KeyRecord:
        """End a key for good. Idempotent: a second time changes nothing. Raises ``Refused`` (NOT_FOUND)."""

        async def work(tx: Tx) -> KeyRecord:
            key = await self._mine(tx, author, key_id)
            if key.revoked_at is not None:
                return key
            return await self._end(tx, key, author.actor, Action.KEY_REVOKED, self._clock.now(), {})

        return await self._store.write(work)

    async def rotate(self, tx: Tx, author: Author, key_id: UUID, grace_seconds: int) -> tuple[KeyRecord, Created]:
        """Replace a key by a new one with the same rights, in the caller's transaction.

        The old one ends at once, or after ``grace_seconds`` in which both work and share one limit. A paused key can't
        be used anyway, so it ends at once and its successor starts paused. Raises ``Refused``: NOT_FOUND, CONFLICT,
        FORBIDDEN.
        """
        old = await self._mine(tx, author, key_id)
        _refuse_change(old, "rotated")
        author.require_grantable(old.scopes)
        new = await self._insert(
            tx,
            author,
            name=old.name,
            scopes=old.scopes,
            rate_limit_per_min=old.rate_limit_per_min,
            active=old.active,
            window_id=old.window_id,
        )
        now = self._clock.now()
        details = {"new_key_id": str(new.key.id), "grace_seconds": grace_seconds if old.active else 0}
        if grace_seconds and old.active:
            where = {"workspace_id": old.workspace_id, "id": old.id}
            ends = now + timedelta(seconds=grace_seconds)
            ended = await tx.one(START_GRACE, **where, expires_at=ends, updated_at=now)
            await tx.run(FORGET_SECRETS_OF_KEY, **where)
            await self._audit(tx, Action.KEY_ROTATED, author.actor, old, details)
        else:
            ended = await self._end(tx, old, author.actor, Action.KEY_ROTATED, now, details)
        await self._audit(tx, Action.KEY_CREATED, author.actor, new.key, {"rotated_from": str(old.id)})
        return _certain(ended), new

    async def end_expired(self) -> int:
        """Write down the end of graces that are over. Returns how many; at most 100 at once."""

        async def work(tx: Tx) -> int:
            keys = await tx.all(EXPIRED_ANYWHERE, now=self._clock.now())
            for key in keys:
                await self._expire(tx, key)
            return len(keys)

        return await self._store.write(work)

    async def _mine(self, tx: Tx, author: Author, key_id: UUID) -> KeyRecord:
        """The key, locked until the transaction ends; one whose grace is over is ended first."""
        await _enter(tx, author)
        key = await tx.one(KEY_FOR_CHANGE, workspace_id=author.workspace_id, id=key_id)
        if key is None:
            raise Refused(Code.NOT_FOUND)
        return await self._expire(tx, key) if key.active and key.expired(self._clock.now()) else key

    async def _expire(self, tx: Tx, key: KeyRecord) -> KeyRecord:
        return await self._end(tx, key, SYSTEM, Action.KEY_EXPIRED, _certain(key.expires_at), {})

    async def _insert(
        self,
        tx: Tx,
        author: Author,
        *,
        name: str,
        scopes: tuple[str, ...],
        rate_limit_per_min: int | None,
        active: bool,
        window_id: UUID | None,
    ) -> Created:
        secret = mint(self._defaults.brand)
        digest, chain = self._digester().digest(secret.reveal())
        seq, moment = await count_created(tx, author.workspace_id, active=active, now=self._clock.now())
        key_id = uuid7(moment)
        key = KeyRecord(
            id=key_id,
            workspace_id=author.workspace_id,
            created_by=author.user_id,
            name=name,
            key_type=KEY_TYPE,
            key_prefix=secret.prefix,
            key_suffix=secret.suffix,
            scopes=scopes,
            active=active,
            rate_limit_per_min=rate_limit_per_min,
            last_used_at=None,
            revoked_at=None,
            expires_at=None,
            created_at=moment,
            updated_at=moment,
            seq=seq,
            window_id=window_id or key_id,
        )
        await tx.run(INSERT_KEY, **key._asdict(), digest=digest, digest_chain=chain)
        return Created(key, secret)

    async def _change(self, tx: Tx, author: Author, key: KeyRecord, wanted: KeyRecord) -> KeyRecord:
        changed: KeyRecord = _certain(
            await tx.one(
                CHANGE_KEY,
                workspace_id=key.workspace_id,
                id=key.id,
                name=wanted.name,
                scopes=wanted.scopes,
                rate_limit_per_min=wanted.rate_limit_per_min,
                active=wanted.active,
                updated_at=self._clock.now(),
            )
        )
        await count_change(tx, key, active=wanted.active)
        before, after = _facts(key), _facts(changed)
        differing = {name: {"from": before[name], "to": after[name]} for name in before if before[name] != after[name]}
        if key.active != changed.active:
            action = Action.KEY_RESUMED if changed.active else Action.KEY_PAUSED
            await self._audit(tx, action, author.actor, changed, {})
        if differing:
            await self._audit(tx, Action.KEY_UPDATED, author.actor, changed, differing)
        return changed

    async def _end(
        self, tx: Tx, key: KeyRecord, actor: Actor, action: Action, at: datetime, details: dict[str, Any]
    ) -> KeyRecord:
        where = {"workspace_id": key.workspace_id, "id": key.id}
        ended: KeyRecord = _certain(await tx.one(END_KEY, **where, revoked_at=at))
        await count_change(tx, key, active=False)
        await tx.run(FORGET_SECRETS_OF_KEY, **where)
        await self._audit(tx, action, actor, key, details)
        return ended

    async def _audit(self, tx: Tx, action: Action, actor: Actor, key: KeyRecord, details: dict[str, Any]) -> None:
        await record(
            tx,
            action,
            actor=actor,
            at=self._clock.now(),
            workspace_id=key.workspace_id,
            target_id=key.id,
            details=details,
        )


async def _enter(tx: Tx, author: Author) -> None:
    """Keep the workspace from being deleted meanwhile, or a key could outlive it. First, as there: so no deadlock."""
    if await tx.one(WORKSPACE_LIVES, workspace_id=author.workspace_id) is None:
        raise Refused(Code.NOT_A_MEMBER)


def _wanted(key: KeyRecord, body: ApiKeyUpdate) -> KeyRecord:
    """``key`` with the changes of ``body``; null leaves a field, but removes a limit."""
    given = body.model_fields_set
    return key._replace(
        name=key.name if body.name is None else body.name,
        scopes=key.scopes if body.scopes is None else tuple(body.scopes),
        active=key.active if body.active is None else body.active,
        rate_limit_per_min=body.rate_limit_per_min if "rate_limit_per_min" in given else key.rate_limit_per_min,
    )


def _refuse_change(key: KeyRecord, verb: str) -> None:
    if key.revoked_at is not None:
        raise Refused(Code.CONFLICT, f"This key is revoked and can't be {verb}. Create a new one.")
    if key.expires_at is not None:
        raise Refused(
            Code.CONFLICT, f"This key was rotated and is in its grace period: it can't be {verb}, only revoked."
        )


def _facts(key: KeyRecord) -> dict[str, Any]:
    return {"name": key.name, "scopes": list(key.scopes), "rate_limit_per_min": key.rate_limit_per_min}


def _certain(value: Any) -> Any:
    """A row that is locked in this transaction can't have gone."""
    assert value is not None, "a locked row vanished"  # noqa: S101
    return value

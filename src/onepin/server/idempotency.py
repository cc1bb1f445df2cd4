"""``Idempotency-Key``: the same request twice makes one key and gives one answer, secret included.

The answer is kept sealed (AES-256-GCM) under a key made from the client's own value and the pepper: neither the
database nor the pepper alone opens it. Claim, change and sealed answer are one transaction.
Source: draft-ietf-httpapi-idempotency-key-header; docs/decisions/0006.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from onepin.contract.codes import Code
from onepin.server.errors import Refused, invalid
from onepin.server.keys.digest import Digester
from onepin.server.store.query import Tx
from onepin.server.store.system_queries import (
    CLAIM_IDEMPOTENCY_KEY,
    FORGET_REQUEST,
    IDEMPOTENT_ANSWER,
    SEAL_ANSWER,
)

REMEMBERED = timedelta(hours=24)
_VALUE = re.compile(r"[\x21-\x7e]{16,255}")
_NONCE = 12
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """A request that must take effect once: who sent it, where to, the client's value, and what it asked for."""

    workspace_id: UUID
    principal_id: UUID
    route: str
    value: str
    fingerprint: bytes

    @property
    def where(self) -> dict[str, Any]:
        """Where the row is found. The client's value alone never suffices, nor is it stored."""
        return {
            "workspace_id": self.workspace_id,
            "principal_id": self.principal_id,
            "route": self.route,
            "value_digest": hashlib.sha256(self.value.encode()).digest(),
        }


def fingerprint(*parts: Any) -> bytes:
    """A digest of what a request asks for: equal for equal requests, whatever their white space and key order."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).digest()


def check_value(value: str) -> str:
    """Raises ``Refused`` (VALIDATION_ERROR) unless ``value`` is 16 to 255 visible ASCII characters."""
    if not _VALUE.fullmatch(value):
        raise invalid("Idempotency-Key", "must be 16 to 255 visible ASCII characters", location="header")
    return value


async def once(
    tx: Tx,
    request: Once | None,
    make: Callable[[], Awaitable[tuple[UUID, Answer]]],
    *,
    digester: Digester,
    now: datetime,
    minutes: int,
) -> tuple[Answer, bool]:
    """Run ``make`` once for equal requests; give its answer again, for ``minutes``, to those that follow.

    Returns the answer and whether it is a replay. A concurrent equal request waits for the first to commit: in the
    writer's queue on SQLite, on the unique row in PostgreSQL. Raises ``Refused``: IDEMPOTENCY_KEY_REUSED for another
    request under the same value, CONFLICT once the secret is no longer held.
    """
    if request is None:
        return (await make())[1], False
    if not await _claim(tx, request, now, minutes):
        kept = await tx.one(IDEMPOTENT_ANSWER, **request.where)
        if kept is not None and kept.expires_at > now:
            if not secrets.compare_digest(kept.fingerprint, request.fingerprint):
                raise Refused(Code.IDEMPOTENCY_KEY_REUSED)
            held = kept.sealed if kept.sealed_until > now else None
            return _open(held, request, digester, kept.key_id), True
        await tx.run(FORGET_REQUEST, **request.where)
        if not await _claim(tx, request, now, minutes):
            raise Refused(Code.CONFLICT, headers={"Retry-After": "1"}, reason="lost a race for an idempotency key")
    made, answer = await make()
    await tx.run(SEAL_ANSWER, **request.where, made=made, sealed_answer=_seal(answer, request, digester))
    return answer, False


async def _claim(tx: Tx, request: Once, now: datetime, minutes: int) -> bool:
    row = await tx.one(
        CLAIM_IDEMPOTENCY_KEY,
        **request.where,
        fingerprint=request.fingerprint,
        key_id=UUID(int=0),
        sealed=None,
        sealed_until=now + timedelta(minutes=minutes),
        expires_at=now + REMEMBERED,
    )
    return row is not None


def _cipher(request: Once, digester: Digester, version: int) -> AESGCM:
    pinned = Digester(digester.peppers, version)
    return AESGCM(pinned.derive(b"onepin idempotency", request.value.encode()))


def _seal(answer: Answer, request: Once, digester: Digester) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    text = json.dumps(answer, separators=(",", ":")).encode()
    sealed = _cipher(request, digester, digester.current).encrypt(nonce, text, request.fingerprint)
    return digester.current.to_bytes(4, "big") + nonce + sealed


def _open(held: bytes | None, request: Once, digester: Digester, key_id: UUID) -> Answer:
    gone = Refused(
        Code.CONFLICT,
        f"This request was already carried out: the key was created as {key_id}; the secret is no longer held. "
        "Unless you have stored it, rotate that key to get a new one.",
    )
    if held is None:
        raise gone
    version, nonce, sealed = int.from_bytes(held[:4], "big"), held[4 : 4 + _NONCE], held[4 + _NONCE :]
    if version not in digester.peppers:
        raise gone
    try:
        opened = _cipher(request, digester, version).decrypt(nonce, sealed, request.fingerprint)
    except InvalidTag:
        raise gone from None
    return json.loads(opened)  # type: ignore[no-any-return]

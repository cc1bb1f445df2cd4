"""Verifiers: credentials of the deployment's own backends, which may ask about any key and do nothing else."""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from onepin.contract.codes import Code
from onepin.server.audit import OPERATOR, Action, record
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.ids import uuid7
from onepin.server.keys.digest import Digester
from onepin.server.keys.format import KeyFormat, Secret, mint
from onepin.server.store.query import Tx
from onepin.server.store.store import Store
from onepin.server.store.verifier_queries import (
    END_VERIFIER,
    INSERT_VERIFIER,
    VERIFIER_BY_DIGEST,
    VERIFIERS,
    VerifierRecord,
)

KIND = "verifier"
OnOldDigest = Callable[[VerifierRecord, str], None]


class MadeVerifier(NamedTuple):
    """A verifier just made, and the only copy of its secret."""

    id: UUID
    secret: Secret


class Verifiers:
    """Made and revoked by the operator, looked up on every use; a revoked one is refused by the next request.

    ``on_old_digest`` hears of one in use whose digest was not made by the current pepper alone.
    """

    def __init__(
        self,
        store: Store,
        format_: KeyFormat,
        digester: Callable[[], Digester],
        clock: Clock,
        on_old_digest: OnOldDigest = lambda _row, _text: None,
    ) -> None:
        self._store = store
        self._format = format_
        self._digester = digester
        self._clock = clock
        self._on_old_digest = on_old_digest

    async def knows(self, text: str) -> bool:
        """Whether ``text`` is a verifier that was not revoked. Junk costs no look-up."""
        if self._format.parse(text, KIND) is None:
            return False
        digester = self._digester()
        for digest, _chain in digester.candidates(text):
            found = await self._store.one(VERIFIER_BY_DIGEST, digest=digest)
            if found is not None and hmac.compare_digest(found.digest, digest):
                if found.revoked_at is None and found.digest_chain != str(digester.current):
                    self._on_old_digest(found, text)
                return found.revoked_at is None
        return False

    async def create(self, brand: str, name: str) -> MadeVerifier:
        """Make one. Its secret is in the result and nowhere else."""
        secret = mint(brand, KIND)
        digest, chain = self._digester().digest(secret.reveal())

        async def work(tx: Tx) -> UUID:
            now = self._clock.now()
            made = uuid7(now)
            await tx.run(
                INSERT_VERIFIER,
                id=made,
                name=name,
                preview=secret.prefix + secret.suffix,
                digest=digest,
                digest_chain=chain,
                created_at=now,
                revoked_at=None,
            )
            await self._audit(tx, Action.VERIFIER_CREATED, made, now, name)
            return made

        return MadeVerifier(await self._store.write(work), secret)

    async def list(self) -> list[VerifierRecord]:
        """All of them, newest first, revoked ones too."""
        return await self._store.all(VERIFIERS)

    async def revoke(self, verifier_id: UUID) -> None:
        """End one for good; a second time changes nothing. Raises ``Refused`` (NOT_FOUND)."""

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            ended = await tx.one(END_VERIFIER, id=verifier_id, now=now)
            if ended is None:
                if all(row.id != verifier_id for row in await tx.all(VERIFIERS)):
                    raise Refused(Code.NOT_FOUND)
                return
            await self._audit(tx, Action.VERIFIER_REVOKED, verifier_id, now, ended.name)

        await self._store.write(work)

    async def _audit(self, tx: Tx, action: Action, verifier_id: UUID, now: datetime, name: str) -> None:
        details = {"name": name}
        await record(tx, action, actor=OPERATOR, at=now, workspace_id=None, target_id=verifier_id, details=details)

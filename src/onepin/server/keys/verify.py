"""Is this text a key of ours, and may it be used now? Identity and state; scope and limit come after, in the gate."""

import hmac
from collections.abc import Callable

from onepin.contract.verification import VerifyCode
from onepin.server.clock import Clock
from onepin.server.keys.digest import Digester
from onepin.server.keys.format import KeyFormat
from onepin.server.records import PresentedKey, VerifiedRow
from onepin.server.store.key_queries import KEY_BY_DIGEST
from onepin.server.store.store import Store

OnOldDigest = Callable[[VerifiedRow, str], None]


class KeyVerifier:
    """Looks keys up by digest, on every request; there is no cache, so a revocation holds from the next one on.

    ``on_old_digest`` hears of a usable key whose digest was not made by the current pepper alone.
    """

    def __init__(
        self,
        store: Store,
        format_: KeyFormat,
        digester: Callable[[], Digester],
        clock: Clock,
        on_old_digest: OnOldDigest,
    ) -> None:
        self._store = store
        self._format = format_
        self._digester = digester
        self._clock = clock
        self._on_old_digest = on_old_digest

    async def find(self, text: str) -> PresentedKey | None:
        """The key that ``text`` is the secret of, whatever its state; None for junk and unknown ones.

        Junk (wrong shape or checksum) costs no look-up. Raises ``Refused`` (UNAVAILABLE) when the store is away.
        """
        if self._format.parse(text) is None:
            return None
        digester = self._digester()
        current = str(digester.current)
        for digest, _chain in digester.candidates(text):
            row = await self._store.one(KEY_BY_DIGEST, digest=digest)
            if row is not None and hmac.compare_digest(row.digest, digest):
                if row.digest_chain != current:
                    self._on_old_digest(row, text)
                return row.key
        return None

    def state(self, key: PresentedKey) -> VerifyCode | None:
        """Why a key opens nothing now: revoked, paused, or past its grace. None when it does."""
        if key.revoked_at is not None:
            return VerifyCode.EXPIRED if key.revoked_at == key.expires_at else VerifyCode.REVOKED
        if not key.active:
            return VerifyCode.PAUSED
        if key.expires_at is not None and key.expires_at <= self._clock.now():
            return VerifyCode.EXPIRED
        return None

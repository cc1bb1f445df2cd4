"""The issuer of the session tokens that signed-in devices get. It is there beside Clerk's and the local one.

Each server signs with a key that exists in its memory alone, made when it is first needed; the public halves are in the
database, so that every server of a deployment takes the others' tokens. A token speaks for the person who approved the
device, as the issuer knows them who vouched for that person then: ``iss`` is ours, ``onepin_for`` is that issuer.
"""

import asyncio
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from onepin.server.clock import Clock
from onepin.server.identity.jose import sign_session
from onepin.server.identity.jwk import jwk_from_key, key_from_jwk
from onepin.server.store.device_queries import INSERT_TOKEN_KEY, TOKEN_KEY
from onepin.server.store.query import Tx
from onepin.server.store.store import Store

URL = "https://onepin.local/devices"
"""The ``iss`` and ``azp`` of these tokens."""
SPEAKS_FOR = "onepin_for"
TOKEN_SECONDS = 300
SIGNS_FOR = timedelta(days=7)
_NBF_BEFORE_IAT = 10


class DeviceTokens:
    """Signs tokens for devices, and knows the keys of all servers that do (a ``KeySource``)."""

    ready = True

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._making = asyncio.Lock()
        self._own: tuple[str, RSAPrivateKey, datetime] | None = None
        self._known: dict[str, tuple[RSAPublicKey, datetime]] = {}

    async def mint(self, *, issuer: str, subject: str, session_id: UUID) -> str:
        """A session token for the person whom ``issuer`` calls ``subject``, good for 5 minutes."""
        kid, key = await self._signing_key()
        now = int(self._clock.now().timestamp())
        claims = {
            "azp": URL,
            "exp": now + TOKEN_SECONDS,
            "iat": now,
            "iss": URL,
            "jti": secrets.token_hex(10),
            "nbf": now - _NBF_BEFORE_IAT,
            SPEAKS_FOR: issuer,
            "sid": f"sess_{session_id}",
            "sts": "active",
            "sub": subject,
            "v": 2,
        }
        return sign_session(claims, key, kid)

    async def key_for(self, kid: str) -> RSAPublicKey | None:
        """The public key of whichever server signed with ``kid``."""
        now = self._clock.now()
        known = self._known.get(kid)
        if known is not None and now < known[1]:
            return known[0]
        found = await self._store.one(TOKEN_KEY, kid=kid, now=now)
        if found is None:
            self._known.pop(kid, None)
            return None
        key = self._known.get(kid, (key_from_jwk(found)[1],))[0]
        self._known[kid] = (key, now + timedelta(seconds=TOKEN_SECONDS))
        return key

    async def start(self) -> None:
        """Nothing to do: a key is made when somebody needs it."""

    async def close(self) -> None:
        """Nothing to do."""

    async def _signing_key(self) -> tuple[str, RSAPrivateKey]:
        async with self._making:
            now = self._clock.now()
            if self._own is None or now >= self._own[2]:
                key = await asyncio.to_thread(generate_private_key, public_exponent=65537, key_size=2048)
                kid = f"dev_{secrets.token_hex(16)}"
                public = jwk_from_key(kid, key.public_key())
                expires = now + SIGNS_FOR + timedelta(days=1)

                async def work(tx: Tx) -> None:
                    await tx.run(INSERT_TOKEN_KEY, kid=kid, public_key=public, expires_at=expires)

                await self._store.write(work)
                self._own = kid, key, now + SIGNS_FOR
            return self._own[0], self._own[1]

"""Where the keys of an issuer come from: fixed ones, or a JWK set that is fetched and kept.

The cache never lets a stranger decide: a bad signature evicts nothing, an unknown key id costs at most one fetch in
30 s, a failed or empty fetch never replaces good keys. Time is monotonic, so a step of the wall clock neither ages the
keys nor keeps them.
"""

import asyncio
import logging
import math
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Any, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from onepin.server.clock import Clock
from onepin.server.errors import unavailable
from onepin.server.identity.jwk import key_from_jwk, key_from_pem, keys_from_jwks
from onepin.server.identity.jwks_fetch import TOTAL_SECONDS, FetchFailed, JwksEndpoint

SOFT_TTL_SECONDS = 600.0
HARD_TTL_SECONDS = 24 * 3600.0
COOL_DOWN_SECONDS = 30.0
BACK_OFF_MAX_SECONDS = 60.0
ABSENT_MAX = 1024
_TICK_SECONDS = 1.0

_log = logging.getLogger(__name__)
_uniform = SystemRandom().uniform


class KeySource(Protocol):
    """What a verifier asks for keys."""

    async def key_for(self, kid: str) -> RSAPublicKey | None:
        """The key with this id, or None when the issuer has none such.

        Raises:
            Refused: 503 with ``Retry-After``, when that can't be known.
        """
        ...

    @property
    def ready(self) -> bool:
        """Whether keys were there once: what /ready waits for."""
        ...

    async def start(self) -> None:
        """Get the first keys if that takes at most a few seconds; never raises."""
        ...

    async def close(self) -> None:
        """Stop everything that runs in the background."""
        ...


class StaticKeys:
    """Keys that need no network: a local issuer's, or a PEM from the settings."""

    def __init__(self, keys: Mapping[str, RSAPublicKey], *, any_kid: RSAPublicKey | None = None) -> None:
        self._keys = dict(keys)
        self._any_kid = any_kid

    @classmethod
    def from_jwks(cls, document: Mapping[str, Any]) -> Self:
        """The keys of a JWK set of our own, all of which must be good.

        Raises:
            ValueError: no key, a key id twice, or a key that session tokens can't be checked with.
        """
        entries = document.get("keys")
        if not isinstance(entries, list) or not entries:
            raise ValueError("the JWK set has no keys")
        keys = dict(key_from_jwk(entry) for entry in entries)
        if len(keys) != len(entries):
            raise ValueError("the JWK set names a kid twice")
        return cls(keys)

    @classmethod
    def from_pem(cls, text: str) -> Self:
        """One public key as PEM (Clerk's "JWT key"); a PEM has no key id, so every key id names it.

        Raises:
            ValueError: it is not an RSA public key fit for RS256; the text says what it is instead.
        """
        return cls({}, any_kid=key_from_pem(text))

    async def key_for(self, kid: str) -> RSAPublicKey | None:
        """The key with this id; from a PEM, the key."""
        return self._keys.get(kid, self._any_kid)

    @property
    def ready(self) -> bool:
        """Always."""
        return True

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""


@dataclass(frozen=True, slots=True)
class _Absence:
    """A fetch has shown that a key id does not exist; it may cause another one after ``until``."""

    until: float
    wait: float


class JwksCache:
    """The keys that an issuer publishes at a URL.

    Fetched when first needed, again every 10 min ± 10 % in the background, at once (but at most every 30 s) for an
    unknown key id. Keys that a successful fetch no longer shows are dropped. While fetches fail (retried after 1 to
    60 s) the last good keys serve for 24 h. One fetch at a time, whatever happens.

    Args:
        url: https; http on loopback only.
        clock: only its monotonic side is asked.
        tls: instead of the system's trust store.
        total_seconds: limit of one fetch.
        jitter: a number between its two arguments.

    Raises:
        ValueError: the URL is not acceptable.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        total_seconds: float = TOTAL_SECONDS,
        jitter: Callable[[float, float], float] = _uniform,
    ) -> None:
        self._url = url
        self._endpoint = JwksEndpoint(url, tls=tls, total_seconds=total_seconds)
        self._monotonic = clock.monotonic
        self._jitter = jitter
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched_at: float | None = None
        self._started_at = -math.inf
        self._due_at = -math.inf
        self._failures = 0
        self._absent: dict[str, _Absence] = {}
        self._flight: asyncio.Task[None] | None = None
        self._flight_kid: str | None = None
        self._ticker: asyncio.Task[None] | None = None
        self.refreshes: Counter[str] = Counter()
        """How many fetches gave ``"ok"`` and ``"failed"``."""

    @property
    def ready(self) -> bool:
        """Whether one fetch has succeeded. It stays so: an outage at the issuer must not stop checks of API keys."""
        return self._fetched_at is not None

    @property
    def age_seconds(self) -> float | None:
        """Time since the last successful fetch began; None before it."""
        return None if self._fetched_at is None else self._monotonic() - self._fetched_at

    async def start(self) -> None:
        """One fetch, then refreshes on time even without traffic. A failure is logged and retried, never raised."""
        self._refresh_if_due()
        await self._landing()
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())

    async def close(self) -> None:
        """End the refreshes, one that is under way included."""
        tasks = [task for task in (self._ticker, self._flight) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._ticker = self._flight = None

    async def key_for(self, kid: str) -> RSAPublicKey | None:
        """The key with this id. Waits only without usable keys, or as the one who asks for a new key id.

        Raises:
            Refused: 503 with ``Retry-After``, when there are no keys or all are older than 24 h.
        """
        self._refresh_if_due()
        if not self._usable():
            await self._landing()
            if not self._usable():
                wait = math.ceil(max(1, self._due_at - self._monotonic()))
                raise unavailable("session keys are not available", retry_after=wait)
        key = self._keys.get(kid)
        if key is None and self._may_ask_for(kid):
            await self._landing()
            key = self._keys.get(kid)
        return key

    def _usable(self) -> bool:
        age = self.age_seconds
        return age is not None and age < HARD_TTL_SECONDS

    def _refresh_if_due(self) -> None:
        if self._flight is None and self._monotonic() >= self._due_at:
            self._take_off(None)

    def _may_ask_for(self, kid: str) -> bool:
        """Whether a fetch for this unknown key id is under way, which one may start."""
        now = self._monotonic()
        if self._flight is not None:
            # Those who bring the same new key after a rotation share the wait; a flood of invented ids does not wait.
            self._flight_kid = self._flight_kid or kid
            return self._flight_kid == kid
        backing_off = self._failures > 0 and now < self._due_at
        absence = self._absent.get(kid)
        if backing_off or now < self._started_at + COOL_DOWN_SECONDS or (absence and now < absence.until):
            return False
        self._take_off(kid)
        return True

    def _take_off(self, kid: str | None) -> None:
        self._started_at = self._monotonic()
        self._flight_kid = kid
        self._flight = asyncio.create_task(self._refresh())

    async def _landing(self) -> None:
        """Until the fetch under way, if any, has ended. Who stops waiting does not end it for the others."""
        if self._flight is not None:
            await asyncio.wait({self._flight})

    async def _refresh(self) -> None:
        try:
            self._succeeded(keys_from_jwks(await self._endpoint.fetch()))
        except FetchFailed as failure:
            self._failed(failure.reason)
        except ValueError as problem:
            self._failed(str(problem))
        except Exception as surprise:
            self._failed(type(surprise).__name__)
        finally:
            self._flight = None

    def _succeeded(self, keys: dict[str, RSAPublicKey]) -> None:
        # An unchanged key keeps its object, by which verified tokens are remembered.
        known = self._keys
        self._keys = {kid: known[kid] if known.get(kid) == key else key for kid, key in keys.items()}
        self._fetched_at = self._started_at
        self._failures = 0
        self._due_at = self._started_at + self._jitter(0.9 * SOFT_TTL_SECONDS, 1.1 * SOFT_TTL_SECONDS)
        self.refreshes["ok"] += 1
        if self._flight_kid is not None and self._flight_kid not in keys:
            self._note_absent(self._flight_kid)

    def _failed(self, reason: str) -> None:
        self._failures += 1
        longest = min(2.0 ** min(self._failures - 1, 10), BACK_OFF_MAX_SECONDS)
        self._due_at = self._monotonic() + self._jitter(0.75 * longest, longest)
        self.refreshes["failed"] += 1
        _log.warning("session keys could not be fetched from %s: %s", self._url, reason)

    def _note_absent(self, kid: str) -> None:
        """Each time a key id proves absent again it waits twice as long, so that one stale client costs little."""
        earlier = self._absent.pop(kid, None)
        wait = COOL_DOWN_SECONDS if earlier is None else min(2 * earlier.wait, SOFT_TTL_SECONDS)
        if len(self._absent) >= ABSENT_MAX:
            del self._absent[next(iter(self._absent))]
        self._absent[kid] = _Absence(self._monotonic() + wait, wait)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._refresh_if_due()

"""Session tokens: from a bearer string to what a trusted issuer says about a person.

One path for every issuer, Clerk's and the local one: shape, issuer, key, signature, and only then the claims. Every
bad token gets the same answer; the reason is for the log.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from onepin.contract.codes import Code
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.identity.device_tokens import SPEAKS_FOR
from onepin.server.identity.jose import TOKEN_MAX_CHARS, BadToken, UnverifiedToken, check_signature, read_token
from onepin.server.identity.jwks import KeySource
from onepin.server.people import fit_email, fit_image, fit_text

LEEWAY_SECONDS = 5
LIFETIME_MAX_SECONDS = 3600
REMEMBERED_SECONDS = 30
REMEMBERED_MAX = 4096

_SUBJECT = re.compile(r"user_[\x21-\x7e]{1,250}")
_SESSION = re.compile(r"[\x21-\x7e]{1,255}")
_MESSAGE = "This session token is not valid or no longer valid. Sign in again, or send a fresh one."


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """What a verified session token says. ``subject`` is unique per ``issuer`` only."""

    issuer: str
    subject: str
    session_id: str
    email: str | None
    email_verified: bool
    first_name: str | None
    last_name: str | None
    image_url: str | None
    actor: str | None
    """Who really acts, when the issuer lets someone impersonate the subject (``act.sub``, RFC 8693 §4.1)."""
    expires_at: datetime
    device: UUID | None = None
    """The device session that the token belongs to, if it does."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer whose sessions are accepted.

    Args:
        url: the exact ``iss``; nothing is normalised.
        keys: where its keys come from. A key of one issuer never vouches for another's token.
        authorized_parties: the origins (``azp``) that may have asked for the token.
        allow_missing_azp: for native clients, whose requests have no Origin. A wrong one is refused all the same.
        speaks_for: for the issuer of devices' tokens, the issuers whose people it may name. Others name their own.
    """

    url: str
    keys: KeySource
    authorized_parties: frozenset[str]
    allow_missing_azp: bool = False
    speaks_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A token that passed a moment ago, with the key that vouched for it and its span on both clocks."""

    claims: SessionClaims
    keys: KeySource
    kid: str
    key: RSAPublicKey
    since: float
    until: float
    monotonic_until: float


class SessionVerifier:
    """Verifies session tokens of the issuers it was given.

    Raises:
        ValueError: two issuers have one URL.
    """

    def __init__(self, issuers: Iterable[Issuer], clock: Clock) -> None:
        given = list(issuers)
        self._issuers = {issuer.url: issuer for issuer in given}
        if len(self._issuers) != len(given):
            raise ValueError("two issuers have the same URL")
        self._clock = clock
        self._remembered: dict[bytes, _Remembered] = {}

    @property
    def ready(self) -> bool:
        """Whether the keys of every issuer were there once."""
        return all(issuer.keys.ready for issuer in self._issuers.values())

    async def warm(self) -> None:
        """Get the first keys of every issuer, side by side, in at most 3 s. Never raises; see ``ready``."""
        await asyncio.gather(*(issuer.keys.start() for issuer in self._issuers.values()))

    async def close(self) -> None:
        """Stop what the key sources run in the background."""
        await asyncio.gather(*(issuer.keys.close() for issuer in self._issuers.values()))

    async def verify(self, token: str) -> SessionClaims:
        """What ``token`` (without the scheme) says, if a trusted issuer says it, now, to one of our own origins.

        Raises:
            Refused: 401, with one text for every bad token; 503 with ``Retry-After``, when the issuer's keys are
                not available. Nothing else.
        """
        try:
            if len(token) > TOKEN_MAX_CHARS or not token.isascii():
                raise BadToken("not a compact JWS")
            digest = hashlib.sha256(token.encode("ascii")).digest()
            return await self._recall(digest) or await self._verify(token, digest)
        except Refused:
            raise
        except BadToken as bad:
            raise _refused(bad.reason) from None
        except Exception as surprise:  # a stranger's input must not become a 500
            raise _refused(f"unexpected {type(surprise).__name__}") from None

    async def _verify(self, text: str, digest: bytes) -> SessionClaims:
        token = read_token(text)
        url = token.claims.get("iss")
        # Only picks whose keys to try: PyJWT checks iss again, under the signature.
        issuer = self._issuers.get(url) if isinstance(url, str) else None
        if issuer is None:
            raise BadToken("unknown issuer")
        key = await issuer.keys.key_for(token.kid)
        if key is None:
            raise BadToken("unknown key")
        check_signature(token, key, issuer.url)
        now = self._clock.now().timestamp()
        claims = _read_claims(token.claims, issuer, now)
        self._remember(digest, token, claims, issuer.keys, key, now)
        return claims

    async def _recall(self, digest: bytes) -> SessionClaims | None:
        """The claims of a token verified in the last 30 s, if its key is still the issuer's."""
        seen = self._remembered.get(digest)
        if seen is None:
            return None
        key = await seen.keys.key_for(seen.kid)
        on_time = seen.since <= self._clock.now().timestamp() < seen.until
        if on_time and self._clock.monotonic() < seen.monotonic_until and key is seen.key:
            return seen.claims
        self._remembered.pop(digest, None)
        return None

    def _remember(
        self,
        digest: bytes,
        token: UnverifiedToken,
        claims: SessionClaims,
        keys: KeySource,
        key: RSAPublicKey,
        now: float,
    ) -> None:
        left = min(claims.expires_at.timestamp() - now, REMEMBERED_SECONDS)
        if left <= 0:
            return
        monotonic = self._clock.monotonic()
        # Oldest first: what ran out makes room, and if nothing did, the oldest does.
        while self._remembered:
            oldest = next(iter(self._remembered))
            if len(self._remembered) < REMEMBERED_MAX and monotonic < self._remembered[oldest].monotonic_until:
                break
            del self._remembered[oldest]
        self._remembered[digest] = _Remembered(claims, keys, token.kid, key, now, now + left, monotonic + left)


def _refused(reason: str) -> Refused:
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Refused(Code.UNAUTHORIZED, _MESSAGE, headers=headers, reason=reason)


def _read_claims(claims: dict[str, Any], issuer: Issuer, now: float) -> SessionClaims:
    """Judge the claims of a token whose signature holds. Sources: RFC 7519 §4.1, Clerk's session tokens v1 and v2."""
    expires = _check_times(claims, now)
    _check_party(claims, issuer)
    if claims.get("sts", "active") != "active":
        raise BadToken("session is not active")
    subject, session_id = claims["sub"], claims["sid"]
    if not isinstance(subject, str) or _SUBJECT.fullmatch(subject) is None:
        raise BadToken("sub is not a user")
    if not isinstance(session_id, str) or _SESSION.fullmatch(session_id) is None:
        raise BadToken("sid is not a session")
    origin, device = _origin(claims, issuer, session_id)
    email = fit_email(claims.get("email"))
    return SessionClaims(
        issuer=origin,
        subject=subject,
        session_id=session_id,
        email=email,
        email_verified=email is not None and claims.get("email_verified") is True,
        first_name=_text(claims, 200, "first_name", "given_name"),
        last_name=_text(claims, 200, "last_name", "family_name"),
        image_url=fit_image(_text(claims, 2048, "image_url", "picture")),
        actor=_actor(claims),
        expires_at=datetime.fromtimestamp(expires, UTC),
        device=device,
    )


def _origin(claims: dict[str, Any], issuer: Issuer, session_id: str) -> tuple[str, UUID | None]:
    """Whose person the token names, and for which device; an issuer that has people of its own names those alone."""
    if not issuer.speaks_for:
        return issuer.url, None
    origin = claims.get(SPEAKS_FOR)
    if not isinstance(origin, str) or origin not in issuer.speaks_for:
        raise BadToken("speaks for an issuer that is not believed")
    try:
        return origin, UUID(session_id.removeprefix("sess_"))
    except ValueError:
        raise BadToken("sid is no device's") from None


def _check_times(claims: dict[str, Any], now: float) -> int:
    """The ``exp`` of a token that is valid at ``now``, give or take 5 s."""
    expires, begins, issued = claims["exp"], claims["nbf"], claims["iat"]
    if not all(type(moment) is int for moment in (expires, begins, issued)):  # True and 1.0 are not times
        raise BadToken("times are not integers")
    if expires - issued > LIFETIME_MAX_SECONDS:
        raise BadToken("lives longer than an hour")
    if expires <= now - LEEWAY_SECONDS:
        raise BadToken("expired")
    if begins > now + LEEWAY_SECONDS or issued > now + LEEWAY_SECONDS:
        raise BadToken("not yet valid")
    return int(expires)


def _check_party(claims: dict[str, Any], issuer: Issuer) -> None:
    if "azp" not in claims and issuer.allow_missing_azp:
        return
    party = claims.get("azp")
    if not isinstance(party, str) or party not in issuer.authorized_parties:
        raise BadToken("azp is not an authorized party")


def _actor(claims: dict[str, Any]) -> str | None:
    if "act" not in claims:
        return None
    subject = claims["act"].get("sub") if isinstance(claims["act"], dict) else None
    if not isinstance(subject, str) or _SESSION.fullmatch(subject) is None:
        raise BadToken("act names nobody")  # an impersonation that the audit log couldn't name
    return subject


def _text(claims: dict[str, Any], longest: int, *names: str) -> str | None:
    """The first of these optional claims that holds a fit text: shown to people, so no reason to refuse a token."""
    found = (fit_text(claims.get(name), longest) for name in names)
    return next((text for text in found if text is not None), None)

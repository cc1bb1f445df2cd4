"""The embedded issuer: signs session tokens for whoever can read the data folder, and makes one-time sign-in links.

Its tokens have the shape of Clerk's (v2) and pass the same verifier. Whoever can write the data folder owns the
deployment, so what stands there is trusted; what others could read or write is refused instead.
"""

import hashlib
import os
import re
import secrets
import string
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from onepin.server import private_files
from onepin.server.identity.jose import sign_session
from onepin.server.identity.jwk import jwk_from_key
from onepin.server.identity.tickets import Tickets, refuse_open

KEY_FILE = "session-key.pem"
SIGN_IN_FOLDER = "sign-in"
TTL_MAX_SECONDS = 3600
SIGN_IN_SECONDS = 600
BROWSER_FOLDER = "browsers"
BROWSER_SECONDS = 7 * 24 * 3600

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ID_CHARS = 27
_NBF_BEFORE_IAT = 10  # as Clerk does, for clocks that run a little behind
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class LocalUser:
    """A person as the operator names them; ``subject`` is the same for every spelling of one name or address."""

    subject: str
    name: str | None
    email: str | None

    @classmethod
    def parse(cls, user: str) -> Self:
        """A NAME of 1 to 120 characters, or an EMAIL of up to 254; case and outer white space don't matter.

        Raises:
            ValueError: neither; the text says why.
        """
        text = unicodedata.normalize("NFC", user).strip()
        if not text or not text.isprintable():
            raise ValueError("a user is a name or an e-mail address, in printable characters")
        if "@" not in text:
            if len(text) > 120:
                raise ValueError("a user name has at most 120 characters")
            return cls(_user_id(unicodedata.normalize("NFC", text.casefold())), text, None)
        email = text.lower()
        if len(email) > 254 or _EMAIL.fullmatch(email) is None:
            raise ValueError("this looks like an e-mail address but is not one")
        return cls(_user_id(email), None, email)

    def claims(self) -> dict[str, Any]:
        """What a token says about them beyond the subject."""
        if self.email is not None:
            return {"email": self.email, "email_verified": True}
        return {"first_name": self.name}


class LocalIssuer:
    """Signs sessions with a key of its own.

    Args:
        key: at least RSA 2048.
        url: the ``iss`` of its tokens.
        folder: the data folder, for sign-in links and browsers.

    ``browsers``: the browsers that stay signed in over a reload, each by a cookie.
    """

    def __init__(self, key: RSAPrivateKey, url: str, folder: Path) -> None:
        self.url = url
        self._key = key
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._kid = "ins_" + _base62(hashlib.sha256(public).digest())
        self._links = Tickets(folder / SIGN_IN_FOLDER, SIGN_IN_SECONDS)
        self.browsers = Tickets(folder / BROWSER_FOLDER, BROWSER_SECONDS)

    @classmethod
    def load_or_create(cls, folder: Path, url: str) -> Self:
        """The issuer whose key lies in ``folder``; made there, for the owner alone, when there is none.

        Two processes that start at once end up with one key.

        Raises:
            ValueError: the key file is open to others (with the command that mends it) or holds no RSA key.
            OSError: the folder can't be read or written.
        """
        path = folder / KEY_FILE
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create_key_file(path)
        return cls(_read_key_file(path), url, folder)

    @property
    def cookie_name(self) -> str:
        """Of the cookie that keeps a browser signed in. Cookies know no ports, so each deployment has its own name."""
        return "onepin_" + self._kid[-8:]

    def jwks(self) -> dict[str, Any]:
        """The JWK set to publish: the public key, no more."""
        return {"keys": [jwk_from_key(self._kid, self._key.public_key())]}

    def mint(self, *, user: str, ttl_seconds: int, now: datetime, azp: str) -> tuple[str, datetime]:
        """A session token in Clerk's v2 shape, and when it expires.

        Args:
            user: a NAME or an EMAIL; an address counts as verified, since the operator vouches for it.
            ttl_seconds: 1 to 3600.
            now: timezone-aware.
            azp: the origin the token is for.

        Raises:
            ValueError: ``user`` or ``ttl_seconds`` is out of range.
        """
        person = LocalUser.parse(user)
        if type(ttl_seconds) is not int or not 1 <= ttl_seconds <= TTL_MAX_SECONDS:
            raise ValueError(f"a session token lives 1 to {TTL_MAX_SECONDS} seconds")
        issued = int(now.timestamp())
        claims = {
            "azp": azp,
            "exp": issued + ttl_seconds,
            "fva": [0, -1],
            "iat": issued,
            "iss": self.url,
            "jti": secrets.token_hex(10),
            "nbf": issued - _NBF_BEFORE_IAT,
            "sid": "sess_" + _base62(secrets.token_bytes(32)),
            "sts": "active",
            "sub": person.subject,
            "v": 2,
            **person.claims(),
        }
        return sign_session(claims, self._key, self._kid), datetime.fromtimestamp(issued + ttl_seconds, UTC)

    def new_sign_in_code(self, *, user: str, now: datetime) -> str:
        """A code of 32 random bytes that signs ``user`` in once, within 10 minutes. Only its digest is kept.

        Raises:
            ValueError: ``user`` is no name or address, or the folder of links is open to others.
            OSError: the folder can't be written.
        """
        LocalUser.parse(user)
        return self._links.issue(user, now)

    def redeem_sign_in_code(self, code: str, now: datetime) -> str | None:
        """The user a code was made for, to exactly one caller; None when it is unknown, used or expired.

        Raises:
            ValueError: the folder of links is open to others, so that anyone may have put this one there.
        """
        return self._links.redeem(code, now)


def _user_id(normalised: str) -> str:
    return "user_" + _base62(hashlib.sha256(b"onepin local user\0" + normalised.encode()).digest())


def _base62(raw: bytes) -> str:
    """The last 27 base62 digits (160 bits) of ``raw``, the length and alphabet of Clerk's ids."""
    number, signs = int.from_bytes(raw), ""
    for _ in range(_ID_CHARS):
        number, digit = divmod(number, 62)
        signs = _BASE62[digit] + signs
    return signs


def _create_key_file(path: Path) -> None:
    """A new key at ``path``, whole from the first moment; who finds one there already keeps that one."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_files.create(path, pem)  # who finds one there already keeps that one


def _read_key_file(path: Path) -> RSAPrivateKey:
    with path.open("rb") as file:
        refuse_open(path, os.fstat(file.fileno()).st_mode, "600")
        pem = file.read(64 * 1024)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ValueError(
            f"{path} does not hold an RSA private key of 2048 bits or more. "
            "Restore it from a backup, or move it away and a new one is made (sessions then end)"
        )
    return key

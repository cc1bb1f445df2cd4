"""Compact JWS, read strictly: the shape of a session token, its signature, and how we sign our own.

The only module that knows PyJWT, of which it uses ``decode`` and ``encode`` alone. Everything a stranger can get
wrong before a signature is looked at is refused here, cheapest first. Sources: RFC 7515, RFC 7519, RFC 8725.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from jwt.types import Options

TOKEN_MAX_CHARS = 8192
ALGORITHM = "RS256"

# Clerk signs several classes of token with one key and tells them apart by this header. Templates and machine
# tokens are handed to third parties, so only a session's category passes; the "ignore" one carries no information.
SESSION_CATEGORY = "cl_B7d4PD111AAA"
_SESSION_CATEGORIES = frozenset({SESSION_CATEGORY, "cl_I7d4PD111III"})

REQUIRED_CLAIMS = ("exp", "nbf", "iat", "iss", "sub", "sid")

_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,2048}\.[A-Za-z0-9_-]{1,6144}\.[A-Za-z0-9_-]{1,1024}")
_KID = re.compile(r"[\x21-\x7e]{1,128}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# PyJWT asks the system clock; the times are checked by the caller, against the clock it was given.
_OPTIONS: Options = {
    "require": list(REQUIRED_CLAIMS),
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
}


class BadToken(Exception):
    """A token is refused. ``reason`` is a few fixed words for the log; it never repeats what the token said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token of the right shape whose signature nobody has looked at: ``claims`` are hearsay."""

    text: str
    kid: str
    claims: dict[str, Any]


def is_kid(value: object) -> bool:
    """Whether ``value`` can be a key id: 1 to 128 printable ASCII characters without a space."""
    return isinstance(value, str) and _KID.fullmatch(value) is not None


def read_token(text: str) -> UnverifiedToken:
    """Take a compact JWS apart without believing it.

    Raises:
        BadToken: too long, not three base64url segments in canonical form, not strict JSON objects, or a header
            other than RS256 with a key id and nothing critical (RFC 7515 §4.1, RFC 8725 §3).
    """
    # fullmatch, since "$" would let a trailing newline through.
    if len(text) > TOKEN_MAX_CHARS or _SHAPE.fullmatch(text) is None:
        raise BadToken("not a compact JWS")
    header_text, payload_text, signature_text = text.split(".")
    kid = _check_header(strict_object(decode_base64url(header_text)))
    decode_base64url(signature_text)
    return UnverifiedToken(text, kid, strict_object(decode_base64url(payload_text)))


def check_signature(token: UnverifiedToken, key: RSAPublicKey, issuer: str) -> None:
    """Prove that ``token`` was signed with ``key``, names ``issuer`` exactly and has every required claim.

    Raises:
        BadToken: it was not, does not or has not. The library's text is dropped: it may quote the token.
    """
    try:
        jwt.decode(token.text, key, algorithms=[ALGORITHM], issuer=issuer, options=_OPTIONS)
    except Exception as refusal:
        raise BadToken(f"PyJWT: {type(refusal).__name__}") from None


def sign_session(claims: Mapping[str, Any], key: RSAPrivateKey, kid: str) -> str:
    """A compact JWS over ``claims``, with the header of a session token."""
    return jwt.encode(dict(claims), key, algorithm=ALGORITHM, headers={"cat": SESSION_CATEGORY, "kid": kid})


def decode_base64url(text: str) -> bytes:
    """Bytes of an unpadded base64url text (RFC 7515 §2) in its one canonical spelling.

    Raises:
        BadToken: another alphabet, padding, an impossible length, or stray bits in the last character.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadToken("not base64url") from None
    if encode_base64url(raw) != text:
        raise BadToken("base64url is not canonical")
    return raw


def encode_base64url(raw: bytes) -> str:
    """``raw`` as base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def strict_object(raw: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8, where names are unique, numbers finite and texts storable.

    Raises:
        BadToken: anything else, a byte-order mark, NUL, lone surrogates and hopeless nesting included.
    """
    try:
        text = raw.decode("utf-8")  # json.loads would guess UTF-16 from bytes
        value = json.loads(text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadToken("not strict JSON") from None
    if not isinstance(value, dict):
        raise BadToken("not a JSON object")
    if "\\u" in text:  # only an escape can bring one in
        _refuse_unstorable(value)
    return value


def _check_header(header: dict[str, Any]) -> str:
    """The key id of a JOSE header that is fit for a session token. jku, jwk, x5u and x5c are never looked at."""
    if header.get("alg") != ALGORITHM:
        raise BadToken("alg is not RS256")
    if header.get("typ", "JWT") != "JWT":
        raise BadToken("typ is not JWT")
    if "crit" in header or "b64" in header:
        raise BadToken("critical header")
    category = header.get("cat", SESSION_CATEGORY)
    if not isinstance(category, str) or category not in _SESSION_CATEGORIES:
        raise BadToken("cat is not a session's")
    kid = header.get("kid")
    if not isinstance(kid, str) or not is_kid(kid):
        raise BadToken("kid is not a key id")
    return kid


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise BadToken("duplicate JSON names")
    return names


def _refuse_constant(_: str) -> None:
    raise BadToken("NaN or Infinity")


def _refuse_unstorable(value: object) -> None:
    """Refuse NUL and lone surrogates, which a log, a database or UTF-8 would choke on later."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.keys()
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and _UNSTORABLE.search(item):
            raise BadToken("unstorable text")

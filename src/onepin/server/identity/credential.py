"""``Authorization`` as it came: which kind of credential, before anybody looks anything up.

Nothing else carries a credential: no query, no cookie, no other header.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from onepin.contract.codes import Code
from onepin.server.errors import Refused
from onepin.server.keys.format import KeyFormat

Headers = Sequence[tuple[bytes, bytes]]
NO_CREDENTIAL = "no credential"
CHALLENGE = {"WWW-Authenticate": "Bearer"}
INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class Kind(Enum):
    """What a bearer token claims to be, by its prefix."""

    API_KEY = "api_key"
    VERIFIER = "verifier"
    DEVICE = "device"
    SESSION = "session"


class Credential(NamedTuple):
    """A bearer token and its kind. Prints without the token."""

    kind: Kind
    token: str

    def __repr__(self) -> str:
        return f"Credential({self.kind.value})"


def single_header(headers: Headers, name: bytes) -> str | None:
    """The value of a header that may come once. Raises ``Refused`` (BAD_REQUEST) when it comes twice."""
    found = None
    for key, value in headers:
        if key == name:
            if found is not None:
                raise Refused(Code.BAD_REQUEST, f"Send the {name.decode().title()} header once.")
            found = value
    return None if found is None else found.decode("latin-1")


def read_credential(headers: Headers, format_: KeyFormat) -> Credential:
    """The bearer credential of a request (RFC 6750 §2.1). The scheme's case does not matter, the single space does.

    Raises ``Refused``: UNAUTHORIZED without an error attribute when there is none, with ``invalid_token`` when what
    came is no bearer token.
    """
    value = single_header(headers, b"authorization")
    scheme, _, token = (value or "").partition(" ")
    bearer = scheme == "Bearer" or scheme.lower() == "bearer"
    if value is None or (bearer and not token) or not value.strip():
        raise Refused(Code.UNAUTHORIZED, headers=CHALLENGE, reason=NO_CREDENTIAL)
    if not bearer or not token.isascii() or token != token.strip() or " " in token or "\t" in token:
        raise Refused(Code.UNAUTHORIZED, headers=INVALID_TOKEN, reason="not a bearer token")
    return Credential(_kind(token, format_), token)


def _kind(token: str, format_: KeyFormat) -> Kind:
    if format_.looks_like_key(token):
        return Kind.API_KEY
    for brand in format_.brands:
        if token.startswith(f"{brand}_verifier_"):
            return Kind.VERIFIER
        if token.startswith(f"{brand}_session_"):
            return Kind.DEVICE
    return Kind.SESSION

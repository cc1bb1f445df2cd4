"""Identifiers: UUIDv7 for everything we make, UUIDv5 for a person known by issuer and subject."""

import secrets
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

_PEOPLE = UUID("6f0c2f0e-4f6b-5d0a-9b3f-2c6d1a7e8f11")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def uuid7(moment: datetime) -> UUID:
    """A UUIDv7 (RFC 9562 §5.7) for ``moment``.

    The 12 bits after the version hold the fraction of the millisecond (RFC 9562 §6.2, method 3), so ids made at
    different microseconds sort as their moments do; the last 62 bits are random.
    """
    since = moment - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    millis, rest = divmod(micros, 1000)
    fraction = rest * 4096 // 1000
    return UUID(int=millis << 80 | 7 << 76 | fraction << 64 | 2 << 62 | int.from_bytes(secrets.token_bytes(8)) >> 2)


@lru_cache(maxsize=4096)
def user_id(issuer: str, subject: str) -> UUID:
    """The id of the person whom ``issuer`` calls ``subject``: the same on every call and every node."""
    return uuid5(_PEOPLE, f"{issuer}\n{subject}")

"""Identifiers: UUIDv7 for everything we make, UUIDv5 for a person known by issuer and subject."""

import os
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
    millis, fraction, tail = _uuid7(microseconds(moment))
    return UUID(int=millis << 80 | 7 << 76 | fraction << 64 | tail)


def uuid7_text(micros: int) -> str:
    """A UUIDv7 in its usual form for a moment in microseconds since 1970, at a third of what an object takes."""
    millis, fraction, tail = _uuid7(micros)
    return f"{millis >> 16:08x}-{millis & 0xFFFF:04x}-7{fraction:03x}-{tail >> 48:04x}-{tail & 0xFFFFFFFFFFFF:012x}"


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _uuid7(micros: int) -> tuple[int, int, int]:
    """Milliseconds, their fraction in 12 bits, and the variant with 62 random bits."""
    millis, rest = divmod(micros, 1000)
    return millis, rest * 4096 // 1000, 2 << 62 | int.from_bytes(os.urandom(8)) >> 2


@lru_cache(maxsize=4096)
def user_id(issuer: str, subject: str) -> UUID:
    """The id of the person whom ``issuer`` calls ``subject``: the same on every call and every node."""
    return uuid5(_PEOPLE, f"{issuer}\n{subject}")

"""The text of an API key, as far as anybody can judge it: alphabet, lengths, checksum."""

import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 32
CHECKSUM_LENGTH = 6
SHOWN = 8
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


def checksum(text: str) -> str:
    """Six base62 characters of CRC-32 (ISO-HDLC, as in zlib) over ``text``."""
    left, last = divmod(zlib.crc32(text.encode("ascii")), 3844)  # two digits at a time: every request comes by here
    first, middle = divmod(left, 3844)
    return _PAIRS[first] + _PAIRS[middle] + _PAIRS[last]

"""The text of an API key: mint it, recognise it.

``pk_live_`` + 32 random base62 characters + 6 base62 characters of CRC-32 over everything before them. The checksum
lets anybody discard a mistyped or made-up key without asking; it proves nothing (docs/reference/key-format.md).
"""

import re
import secrets
from collections.abc import Sequence

from onepin.contract.key_text import ALPHABET, CHECKSUM_LENGTH, RANDOM_LENGTH, SHOWN, checksum

KEY_TYPE = "live"
_CHARACTER = bytes(ord(ALPHABET[byte % 62]) for byte in range(256))
_UNEVEN = bytes(range(256 - 256 % 62, 256))
_BODY = re.compile(rf"[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}", re.ASCII)


class Secret:
    """A plaintext API key. Prints masked; ``reveal`` is the only way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The plaintext. Call it where it is digested or handed to its owner, nowhere else."""
        return self._text

    @property
    def prefix(self) -> str:
        """``pk_live_``."""
        return self._text[: -RANDOM_LENGTH - CHECKSUM_LENGTH]

    @property
    def suffix(self) -> str:
        """The first 8 random characters, the only ones ever shown again."""
        start = len(self.prefix)
        return self._text[start : start + SHOWN]

    def __repr__(self) -> str:
        return f"Secret({self.prefix}{self.suffix}…)"

    __str__ = __repr__


def random_text(length: int) -> str:
    """``length`` random characters of the alphabet. A byte that would favour the first ones is left out."""
    drawn = b""
    while len(drawn) < length:
        drawn += secrets.token_bytes(2 * length).translate(_CHARACTER, _UNEVEN)
    return drawn[:length].decode("ascii")


def mint(brand: str, kind: str = KEY_TYPE) -> Secret:
    """A new secret of ``brand``, with 190 random bits from the system's CSPRNG, unbiased. ``kind``: a key, or else."""
    text = f"{brand}_{kind}_{random_text(RANDOM_LENGTH)}"
    return Secret(text + checksum(text))


class KeyFormat:
    """Which texts this deployment takes for its keys. ``brands`` are the accepted ones, without the underscore."""

    def __init__(self, brands: Sequence[str]) -> None:
        self.brands = tuple(brands)
        self._key_prefixes = tuple(f"{brand}_{KEY_TYPE}_" for brand in brands)

    def looks_like_key(self, text: str) -> bool:
        """Whether ``text`` claims to be an API key of ours, well-formed or not."""
        return text.startswith(self._key_prefixes)

    def parse(self, text: str, kind: str = KEY_TYPE) -> Secret | None:
        """The secret, or None when shape or checksum are wrong. Never touches the database."""
        head, _, body = text.partition(f"_{kind}_")
        if head not in self.brands or _BODY.fullmatch(body) is None:
            return None
        return Secret(text) if checksum(text[:-CHECKSUM_LENGTH]) == text[-CHECKSUM_LENGTH:] else None

"""What is stored instead of a key: HMAC-SHA-256 under a pepper that the database never sees.

Peppers have versions. A key is digested under the current one; digests made under an older one are wrapped,
``HMAC(new, HMAC(old, key))``, so a leaked old pepper is worth nothing by itself, and become plain ones of the current
version when their key is next used. ``chain`` names the versions a digest went through: ``"2"`` or ``"1>2"``.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping

_CHECK = b"onepin pepper check value"


def _hmac(pepper: bytes, message: bytes) -> bytes:
    return hmac.digest(pepper, message, hashlib.sha256)


def check_value(pepper: bytes) -> bytes:
    """What the database keeps to notice a wrong pepper at start. Says nothing about the pepper."""
    return _hmac(pepper, _CHECK)


class Digester:
    """Digests secrets. ``peppers`` by version; ``current`` is the version new digests are made with."""

    def __init__(self, peppers: Mapping[int, bytes], current: int) -> None:
        self.peppers = peppers
        self.current = current
        self._chain = str(current)
        self._keyed = hmac.new(peppers[current], digestmod=hashlib.sha256)  # the pepper's half of the work, done once

    def digest(self, text: str) -> tuple[bytes, str]:
        """The digest of ``text`` under the current pepper, and its chain."""
        keyed = self._keyed.copy()
        keyed.update(text.encode())
        return keyed.digest(), self._chain

    def candidates(self, text: str) -> Iterator[tuple[bytes, str]]:
        """Every digest that ``text`` may be stored under, the likeliest first."""
        yield self.digest(text)
        message = text.encode()
        for first in sorted(self.peppers, reverse=True):
            if first >= self.current:
                continue
            digest, chain = _hmac(self.peppers[first], message), str(first)
            tried = [(digest, chain)]
            for version in sorted(v for v in self.peppers if first < v <= self.current):
                digest, chain = _hmac(self.peppers[version], digest), f"{chain}>{version}"
                tried.append((digest, chain))
            yield from reversed(tried)

    def wrap(self, digest: bytes, chain: str) -> tuple[bytes, str]:
        """A stored digest under the current pepper as well; needs no plaintext."""
        return _hmac(self.peppers[self.current], digest), f"{chain}>{self.current}"

    def derive(self, purpose: bytes, value: bytes) -> bytes:
        """32 bytes for another use, from the current pepper and ``value`` (HKDF-Extract, RFC 5869 §2.2)."""
        return _hmac(self.peppers[self.current], purpose + b"\0" + value)

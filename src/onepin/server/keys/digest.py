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
    """Digests secrets. ``peppers`` by version, later ones that others may use already among them; ``current`` is the
    version that new digests are made with here.
    """

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
        """Every digest that ``text`` may be stored under: the likeliest first, then all in the order in which digests
        move to newer versions, so that one that moves during the search is met where it has gone.
        """
        yield self.digest(text)
        if len(self.peppers) == 1:
            return
        message = text.encode()
        tried: dict[str, bytes] = {}  # those that end in the version before
        for version, pepper in sorted(self.peppers.items()):
            tried = {f"{chain}>{version}": _hmac(pepper, digest) for chain, digest in tried.items()}
            tried[str(version)] = _hmac(pepper, message)
            for chain, digest in tried.items():
                yield digest, chain

    def wrap(self, digest: bytes, chain: str) -> tuple[bytes, str]:
        """A stored digest under every later pepper up to the current one; needs no plaintext."""
        last = int(chain.rpartition(">")[2])
        for version in sorted(v for v in self.peppers if last < v <= self.current):
            digest, chain = _hmac(self.peppers[version], digest), f"{chain}>{version}"
        return digest, chain

    def derive(self, purpose: bytes, value: bytes) -> bytes:
        """32 bytes for another use, from the current pepper and ``value`` (HKDF-Extract, RFC 5869 §2.2)."""
        return _hmac(self.peppers[self.current], purpose + b"\0" + value)

"""Looks for secrets in bytes: as they are, encoded, and in pieces of twelve characters."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

PIECE = 12
_RUNS = re.compile(rb"[0-9A-Za-z+/=_%\\.~-]{12,}")


def pieces(secret: bytes) -> Iterator[bytes]:
    """Every slice of twelve bytes."""
    for start in range(len(secret) - PIECE + 1):
        yield secret[start : start + PIECE]


def encoded(piece: bytes) -> Iterator[tuple[str, bytes]]:
    """What a piece looks like inside a longer text, in every common encoding."""
    yield "as it is", piece
    yield "hex", piece.hex().encode()
    yield "URL", "".join(f"%{byte:02x}" for byte in piece).encode()
    yield "JSON", "".join(f"\\u{byte:04x}" for byte in piece).encode()
    for shift in range(3):  # where the piece begins within base64's groups of three
        whole = base64.b64encode(bytes(shift) + piece)
        inside = whole[-(-shift * 8 // 6) : (shift + len(piece)) * 8 // 6]
        yield "base64", inside
        yield "base64url", inside.translate(bytes.maketrans(b"+/", b"-_"))


@dataclass
class Hunt:
    """What is looked for, and where it must not be."""

    needles: dict[bytes, str] = field(default_factory=dict)
    raw: dict[bytes, str] = field(default_factory=dict)

    def add(self, what: str, secret: str | bytes) -> None:
        """Look for a secret, of which no part may be seen."""
        whole = secret.encode() if isinstance(secret, str) else secret
        for piece in pieces(whole):
            for how, needle in encoded(piece):
                if _RUNS.fullmatch(needle):
                    self.needles[needle.lower() if how in ("hex", "URL", "JSON") else needle] = f"{what}, {how}"
                else:
                    self.raw[needle] = f"{what}, {how}"

    def add_key(self, secret: str) -> None:
        """Look for the hidden part of an API key, and for a digest of it that anybody could compute."""
        prefix_and_shown = secret.rindex("_") + 1 + 8
        self.add("key", secret[prefix_and_shown:])
        for name in ("sha256", "sha1", "md5"):
            self.raw[hashlib.new(name, secret.encode()).digest()] = f"key, plain {name}"
            self.add(f"key, plain {name}", hashlib.new(name, secret.encode()).hexdigest())

    def findings(self, place: str, content: bytes) -> set[str]:
        """What was found in ``content``, and where."""
        found = {f"{what} in {place}" for needle, what in self.raw.items() if needle in content}
        lengths = {len(needle) for needle in self.needles}
        for run in _RUNS.findall(content):
            for text in {run, run.lower(), run.replace(rb"\\", b"\\").lower()}:  # JSON within JSON too
                for length in lengths:
                    for start in range(len(text) - length + 1):
                        what = self.needles.get(text[start : start + length])
                        if what is not None:
                            found.add(f"{what} in {place}")
        return found

"""Files that are sent from memory, compressed once: the dashboard's and the documentation's."""

import gzip
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

FOREVER = "public, max-age=31536000, immutable"
"""For what lies under an address that changes with it."""
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
}
"""The media types, by how a name ends."""


@dataclass(frozen=True, slots=True)
class File:
    """One file, plain and compressed. ``tag``: its entity tag; ``kind``: its media type."""

    plain: bytes
    packed: bytes
    tag: str
    kind: str


def packed(content: bytes) -> bytes:
    """``content`` compressed, always in the same way."""
    return gzip.compress(content, 6, mtime=0)


def answer(request: Request, file: File, caching: str, vary: str = "Accept-Encoding") -> Response:
    """A file, compressed for whoever takes it so, or 304 for whoever has it (RFC 9110 §13.1.2)."""
    headers = {"Cache-Control": caching, "ETag": file.tag, "Vary": vary}
    known = [given.strip().removeprefix("W/") for given in request.headers.get("if-none-match", "").split(",")]
    if file.tag in known:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.kind)
    return Response(file.plain, headers=headers, media_type=file.kind)

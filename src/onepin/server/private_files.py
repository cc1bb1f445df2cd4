"""Files that only their owner may read, whole from the first moment anyone can see them."""

import contextlib
import os
import secrets
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write ``path`` (0600, synced): a reader sees the old content or the new, never a part."""
    _beside(path, content).replace(path)


def create(path: Path, content: bytes) -> None:
    """Write ``path`` (0600, synced) unless it exists. Of several that race, one wins and all find the same content."""
    beside = _beside(path, content)
    try:
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(beside)  # unlike a rename, it never replaces
    finally:
        beside.unlink()


def _beside(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft

"""One process per SQLite file: a lock file beside it, which the kernel lets go of when its holder ends, however."""

import contextlib
import os
from pathlib import Path

from onepin.server.store.store import InUse


def exclusive(path: Path) -> contextlib.ExitStack:
    """Hold the database file for this process until the returned stack is closed. Raises ``InUse`` if taken."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _lock(descriptor)
    except OSError:
        os.close(descriptor)
        raise InUse(
            f"{path} is in use by another onepin process. Stop that one first, or choose another --data-dir."
        ) from None
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    held = contextlib.ExitStack()
    held.callback(os.close, descriptor)
    return held


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

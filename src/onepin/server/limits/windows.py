"""Windows across a clean restart: kept in a file of the data folder, taken from it once."""

import logging
from datetime import datetime
from pathlib import Path

from onepin.server import private_files
from onepin.server.limits.memory import MemoryLimiter

log = logging.getLogger("onepin.limits")
FILE = "limits"


def keep(limiter: MemoryLimiter, folder: Path, now: datetime) -> None:
    """Write the windows for the next start. Where there is no folder to write to, a restart begins with empty ones."""
    if not len(limiter):
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_files.replace(folder / FILE, limiter.snapshot(now))
    except OSError as error:
        log.warning("the limits of the last minute are not kept over the restart: %s", error)


def restore(limiter: MemoryLimiter, folder: Path, now: datetime) -> None:
    """Take up what the last process kept, and remove it: after a crash there is nothing to take up."""
    path = folder / FILE
    try:
        data = path.read_bytes()
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("the limits of the last minute are not taken up: %s", error)
        return
    limiter.restore(data, now)

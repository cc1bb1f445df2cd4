"""Secrets that stand for a person of local sign-in: one file each, named by the digest of the secret.

A folder of them is for its owner alone: whoever can write there could sign in as anybody.
"""

import hashlib
import json
import os
import re
import secrets
import shlex
from datetime import datetime, timedelta
from pathlib import Path

from onepin.server import private_files

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_FILE = re.compile(r"[0-9a-f]{64}")


class Tickets:
    """The tickets of one kind.

    Args:
        folder: where they lie; made when the first is issued.
        seconds: how long each is good.
    """

    def __init__(self, folder: Path, seconds: int) -> None:
        self.seconds = seconds
        self._folder = folder

    def issue(self, user: str, now: datetime) -> str:
        """A secret of 32 random bytes that stands for ``user``. Only its digest is kept.

        Raises:
            ValueError: the folder is open to others, with the command that closes it.
            OSError: the folder can't be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_open(self._folder, self._folder.stat().st_mode, "700")
        self._sweep(now)
        secret = secrets.token_urlsafe(32)
        ticket = {"user": user, "expires": (now + timedelta(seconds=self.seconds)).timestamp()}
        private_files.replace(self._folder / _digest(secret), json.dumps(ticket).encode())
        return secret

    def holder(self, secret: str, now: datetime) -> str | None:
        """The user a secret stands for; None when it is unknown or expired. Raises ``ValueError`` as ``issue``."""
        path = self._path(secret)
        ticket = None if path is None else _read(path)
        return ticket[0] if ticket is not None and now.timestamp() < ticket[1] else None

    def redeem(self, secret: str, now: datetime) -> str | None:
        """As ``holder``, to exactly one caller: the ticket is gone after it."""
        path = self._path(secret)
        if path is None:
            return None
        ticket = _read(path)
        try:
            path.unlink()  # of several who have read it, one succeeds
        except OSError:
            return None
        self._sweep(now)
        return ticket[0] if ticket is not None and now.timestamp() < ticket[1] else None

    def drop(self, secret: str) -> None:
        """End a ticket, if there is one."""
        path = self._path(secret)
        if path is not None:
            path.unlink(missing_ok=True)

    def _path(self, secret: str) -> Path | None:
        """Where the ticket would lie; None when the text can't be a secret or there is no folder."""
        if _SECRET.fullmatch(secret) is None or not self._folder.is_dir():
            return None
        refuse_open(self._folder, self._folder.stat().st_mode, "700")
        return self._folder / _digest(secret)

    def _sweep(self, now: datetime) -> None:
        """Remove tickets that are expired or broken."""
        for path in list(self._folder.iterdir()):
            if _FILE.fullmatch(path.name):
                ticket = _read(path)
                if ticket is None or ticket[1] <= now.timestamp():
                    path.unlink(missing_ok=True)


def refuse_open(path: Path, mode: int, wanted: str) -> None:
    """Raises ``ValueError`` when others than its owner may do anything with ``path``; ``wanted`` is the right mode."""
    if os.name == "posix" and mode & 0o077:
        raise ValueError(
            f"{path} is open to other users of this machine, who could sign in as anyone with it. "
            f"Close it: chmod {wanted} {shlex.quote(str(path))}"
        )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _read(path: Path) -> tuple[str, float] | None:
    """User and expiry of a ticket; None when it is gone or not one of ours."""
    try:
        ticket = json.loads(path.read_bytes())
        return str(ticket["user"]), float(ticket["expires"])
    except (OSError, ValueError, TypeError, KeyError):
        return None

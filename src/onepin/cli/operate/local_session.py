"""Session tokens for ``onepin login --local``: made on the server's own machine, from its data folder."""

import os
from pathlib import Path

from onepin.cli.operate.flags import load_config
from onepin.cli.operate.sign_in_folder import local_issuer
from onepin.server.clock import SystemClock
from onepin.server.config import Config

TOKEN_SECONDS = 300


def local_config(data_dir: str | None) -> Config:
    """The settings of the server on this machine, as far as flags and environment tell. Raises ``WrongSettings``."""
    return load_config({"data_dir": data_dir})


def local_token(folder: str, user: str) -> str:
    """A fresh session token for ``user``, good for five minutes.

    Raises:
        click.ClickException: The folder is gone, can't be read, or local sign-in is off.
    """
    config = local_config(folder)
    token, _ = local_issuer(config).mint(
        user=user, ttl_seconds=TOKEN_SECONDS, now=SystemClock().now(), azp=config.local_issuer_url
    )
    return token


def checked_folder(data_dir: str | None) -> Path:
    """The data folder, if a server has made it and this user may read its sign-in key.

    Raises:
        click.ClickException: It is not, or local sign-in is off.
    """
    config = local_config(data_dir)
    local_issuer(config)
    return config.data_dir


def address(folder: Path) -> str | None:
    """Where the server on this folder last said that it listens; None when it never said."""
    try:
        text = (folder / ADDRESS_FILE).read_text("utf-8").strip()
    except OSError:
        return None
    return text or None


ADDRESS_FILE = "address"
"""Where ``onepin serve`` notes its address, so that ``login --local`` finds it on any port."""


def note_address(folder: Path, url: str) -> None:
    """Write it down, for this user alone."""
    path = folder / ADDRESS_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(url + "\n")

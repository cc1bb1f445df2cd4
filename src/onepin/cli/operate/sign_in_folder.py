"""Local sign-in from the command line: whoever can read the data folder may sign in as anybody."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onepin.server.config import Config

if TYPE_CHECKING:
    from onepin.server.identity.local import LocalIssuer

DEFAULT_USER = "owner"
"""Whose token ``serve`` prints and ``token`` mints when nobody is named; the same, so that both see the same keys."""


def local_issuer(config: Config) -> "LocalIssuer":
    """The issuer of the data folder that a server has made.

    Raises:
        click.ClickException: Local sign-in is off, no server has used this folder yet, or it can't be read.
    """
    from onepin.server.identity.local import KEY_FILE, LocalIssuer

    if not config.local_issuer:
        raise click.ClickException(
            f"people sign in with Clerk here ({config.clerk_issuer}). Set ONEPIN_ALLOW_LOCAL_SIGN_IN=true, for the "
            "server too, to allow local sign-in beside it."
        )
    try:
        if not (config.data_dir / KEY_FILE).exists():
            raise click.ClickException(
                f"no server has run with the data folder {config.data_dir} yet. Start one with 'onepin serve', or name "
                "its folder with --data-dir."
            )
        return LocalIssuer.load_or_create(config.data_dir, config.local_issuer_url)
    except (OSError, ValueError) as error:
        raise click.ClickException(_unreadable(config.data_dir, error)) from None


def _unreadable(folder: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        owner = _owner(folder)
        return f"the data folder {folder} belongs to {owner}: run this command as that user (sudo -u {owner} …)."
    return str(error)


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except (KeyError, OSError, NotImplementedError):
        return "another user"


def refuse_other_users_folder(folder: Path) -> None:
    """Stop where a file written here could not be read by the server: root in the folder of another user.

    Raises:
        click.ClickException: The folder belongs to somebody else.
    """
    if os.name == "posix" and folder.stat().st_uid != os.geteuid():
        raise click.ClickException(_unreadable(folder, PermissionError()))

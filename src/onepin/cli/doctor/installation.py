"""This machine: Python, the installation, the credentials file, variables that nobody reads."""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from onepin import __version__
from onepin.cli.connection import profile_name
from onepin.cli.doctor.finding import Finding, failed, ok, warning
from onepin.cli.flags import Flags
from onepin.client.credentials import CredentialsFile
from onepin.client.errors import OnePinConfigurationError

PUBLIC_CLIENT = "onepin"
"""The distribution of the hosted service's client: it has the import name and the command of this one."""


def installation(flags: Flags) -> Iterator[Finding]:
    """Look at it."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield ok("installation", f"onepin {__version__}, Python {python}, {sys.prefix}")
    public = _installed(PUBLIC_CLIENT)
    if public is not None:
        yield failed(
            "other package",
            f"the client of the hosted service, {PUBLIC_CLIENT} {public}, is in the same environment: both have the "
            "import name and the command 'onepin', so files of one stand in for files of the other.",
            f"pip uninstall {PUBLIC_CLIENT}, then install onepin-platform again; or use two environments.",
        )
    yield _credentials(flags)


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _credentials(flags: Flags) -> Finding:
    file, name = CredentialsFile(), profile_name(flags)
    try:
        profile, names = file.load(name), file.profiles()
    except OnePinConfigurationError as error:
        return failed("credentials", error.message, "Do what it says; then 'onepin whoami' shows who you are.")
    variables = [name for name in ("ONEPIN_API_KEY", "ONEPIN_TOKEN") if os.environ.get(name, "").strip()]
    if variables and not flags.profile:
        return ok("credentials", f"{variables[0]} of the environment" + (", before the file" if profile else ""))
    if profile is not None:
        return ok("credentials", f"profile {name!r} in {file.path}")
    others = f" (there: {', '.join(names)})" if names else ""
    return warning("credentials", f"nobody is signed in as profile {name!r}{others}.", "onepin login")

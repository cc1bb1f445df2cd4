"""What a client works with: from its arguments, else the environment, else the credentials file. No network."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from onepin.client.credentials import DEFAULT_PROFILE, CredentialsFile, Profile
from onepin.client.device_session import DeviceSession
from onepin.client.errors import OnePinConfigurationError
from onepin.client.secret import Secret

TIMEOUT: Final = 30.0
"""Seconds to wait for the next byte of an answer, and for sending."""
CONNECT_TIMEOUT: Final = 5.0
"""Seconds for opening a connection, and for one of the pool to become free."""
MAX_RETRIES: Final = 2

Credential = str | Secret | Callable[[], Any] | DeviceSession
"""A credential, or what gives one whenever it is asked; for the asynchronous client it may be awaitable."""


@dataclass(frozen=True)
class Timeout:
    """Seconds, by what is waited for."""

    connect: float = CONNECT_TIMEOUT
    read: float = TIMEOUT
    write: float = TIMEOUT
    pool: float = CONNECT_TIMEOUT

    @classmethod
    def of(cls, seconds: float) -> "Timeout":
        """``seconds`` for an answer; a connection gets no more than CONNECT_TIMEOUT.

        Raises:
            OnePinConfigurationError: not a number above 0.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
            raise OnePinConfigurationError("timeout must be a number of seconds above 0")
        opening = min(seconds, CONNECT_TIMEOUT)
        return cls(connect=opening, read=seconds, write=seconds, pool=opening)


@dataclass(frozen=True)
class Settings:
    """What stays the same over a client's calls."""

    base_url: str
    credential: Secret | Callable[[], Any] | DeviceSession | None
    workspace_id: str | None = None
    timeout: Timeout = field(default_factory=Timeout)
    max_retries: int = MAX_RETRIES


def resolve(
    *,
    api_key: Credential | None,
    token: Credential | None,
    base_url: str | None,
    workspace_id: str | UUID | None,
    timeout: float | None,
    max_retries: int,
    profile: str | None,
) -> Settings:
    """The settings of a client.

    Raises:
        OnePinConfigurationError: something is missing, or can't be right; its text says what to do.
    """
    if api_key is not None and token is not None:
        raise OnePinConfigurationError("Give api_key or token, not both.")
    given, origin = _given_credential(api_key, token, os.environ)
    stored = _stored_profile(profile, wanted=given is None or _no_address(base_url))
    address = base_url or _variable("ONEPIN_BASE_URL") or (stored.base_url if stored else None)
    if not address:
        raise OnePinConfigurationError(
            "Which server? Give base_url, set ONEPIN_BASE_URL, or run 'onepin login'. "
            "A server on this machine is usually at http://127.0.0.1:8000."
        )
    url = checked_url(address)
    workspace = workspace_id or _variable("ONEPIN_WORKSPACE_ID")
    if given is None and stored is not None:
        given, origin = stored.api_key or stored.token or stored.session, f"profile {stored.name}"
        if given is not None and stored.base_url and checked_url(stored.base_url) != url:
            raise OnePinConfigurationError(
                f"The stored credential of profile {stored.name} is for {stored.base_url} and is not sent to {url}. "
                "Give api_key or token, or log in there."
            )
        workspace = workspace or stored.workspace_id
    return Settings(
        base_url=url,
        credential=checked_credential(given, origin),
        workspace_id=checked_workspace(workspace),
        timeout=Timeout() if timeout is None else Timeout.of(timeout),
        max_retries=checked_retries(max_retries),
    )


def checked_url(address: str) -> str:
    """``address`` without slashes at its end.

    Raises:
        OnePinConfigurationError: it is no address of a server, or has a user name, a query or a fragment.
    """
    try:
        parts = urlsplit(address.strip())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (ValueError, AttributeError):
        sound = False
    if not sound or not re.fullmatch(r"[!-~]+", address.strip()):
        raise OnePinConfigurationError("base_url must be an address like https://keys.example.com")
    if parts.username is not None or parts.password is not None:
        raise OnePinConfigurationError("base_url must not have a user name or password in it")
    if parts.query or parts.fragment:
        raise OnePinConfigurationError("base_url must not have a query (?) or a fragment (#)")
    return address.strip().rstrip("/")


def checked_credential(given: Credential | None, origin: str) -> Secret | Callable[[], Any] | DeviceSession | None:
    """A credential that can be sent; what is called for each request is checked then.

    Raises:
        OnePinConfigurationError: it has characters that no header carries. The text never repeats it.
    """
    if given is None or isinstance(given, DeviceSession) or (callable(given) and not isinstance(given, Secret)):
        return given
    text = given.reveal() if isinstance(given, Secret) else given
    if not isinstance(text, str):
        raise OnePinConfigurationError(f"{origin} must give a string, not {type(text).__name__}")
    text = text.strip()
    if not re.fullmatch(r"[!-~]+", text):
        problem = "is empty" if not text else "has a space, a line break or another character that no credential has"
        raise OnePinConfigurationError(f"The credential from {origin} {problem}.")
    return Secret(text)


def checked_workspace(workspace: str | UUID | None) -> str | None:
    """A workspace's id as it is sent; None and the empty string are the personal workspace.

    Raises:
        OnePinConfigurationError: not a UUID.
    """
    if workspace is None or workspace == "":
        return None
    try:
        return str(UUID(str(workspace)))
    except ValueError:
        raise OnePinConfigurationError("workspace_id must be a UUID") from None


def checked_retries(number: int) -> int:
    """How often to try again.

    Raises:
        OnePinConfigurationError: not a whole number, or below 0.
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise OnePinConfigurationError("max_retries must be a whole number, 0 or more")
    return number


def _given_credential(
    api_key: Credential | None, token: Credential | None, environment: Mapping[str, str]
) -> tuple[Credential | None, str]:
    if api_key is not None:
        return api_key, "api_key"
    if token is not None:
        return token, "token"
    for name in ("ONEPIN_API_KEY", "ONEPIN_TOKEN"):
        if text := environment.get(name, "").strip():
            return text, name
    return None, ""


def _no_address(base_url: str | None) -> bool:
    return not (base_url or _variable("ONEPIN_BASE_URL"))


def _stored_profile(name: str | None, *, wanted: bool) -> Profile | None:
    """The profile of the credentials file, read only where something is to come from it."""
    if not wanted and name is None:
        return None
    chosen = name or _variable("ONEPIN_PROFILE")
    file = CredentialsFile()
    found = file.load(chosen or DEFAULT_PROFILE)
    if found is None and chosen is not None:
        raise OnePinConfigurationError(f"There is no profile {chosen!r} in {file.path}: run 'onepin login'.")
    return found


def _variable(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None

"""Which server, and as whom: flags before environment before profile; and what the client's errors mean to a person."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from onepin.cli.failures import Failed
from onepin.cli.flags import Flags
from onepin.client.credentials import DEFAULT_PROFILE, CredentialsFile, Profile
from onepin.client.device_session import DeviceSession
from onepin.client.errors import (
    OnePinAPIError,
    OnePinConfigurationError,
    OnePinConnectionError,
    OnePinError,
    OnePinRateLimitError,
)

if TYPE_CHECKING:
    from onepin.client.client import OnePinClient

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
LOCAL_DATA_DIR, LOCAL_USER = "local_data_dir", "local_user"
"""What a profile made by ``login --local`` holds: every command makes a fresh session token from that folder."""

Kind = Literal["api_key", "token", "local", "session"]
SIGN_IN = "Sign in: 'onepin login'; on the server's own machine, 'onepin login --local'."
SIGN_IN_AS_PERSON = (
    "An API key can't manage keys; a person can: 'onepin login'; on the server's own machine, 'onepin login --local'."
)
_ADVICE = {
    "UNAUTHORIZED": "Session tokens end after an hour at most. " + SIGN_IN,
    "SESSION_REQUIRED": SIGN_IN_AS_PERSON,
    "INVALID_API_KEY": "It may be revoked, paused, or for another server: 'onepin doctor' looks closer.",
    "INSUFFICIENT_SCOPE": "'onepin whoami' shows the scopes of the key that is used.",
    "FORBIDDEN": "'onepin whoami' shows what you may do here.",
    "NOT_A_MEMBER": "'onepin workspace list' shows yours; 'onepin workspace use' chooses one.",
    "WORKSPACE_MISMATCH": "Leave --workspace and ONEPIN_WORKSPACE_ID away: a key has one workspace.",
    "UNAVAILABLE": "'onepin doctor' says what it waits for.",
}


@dataclass(frozen=True)
class Identity:
    """As whom, and where that stands. ``value`` makes or is the secret; it is never printed."""

    kind: Kind
    source: str
    value: "str | Callable[[], str] | DeviceSession"


@dataclass(frozen=True)
class Target:
    """A server, a person or key, and a workspace."""

    base_url: str
    base_url_source: str
    identity: Identity | None
    workspace: str | None
    profile: str


def profile_name(flags: Flags) -> str:
    """The profile that is meant: ``--profile``, else ONEPIN_PROFILE, else ``default``."""
    return flags.profile or os.environ.get("ONEPIN_PROFILE", "").strip() or DEFAULT_PROFILE


def load_profile(flags: Flags) -> Profile | None:
    """What the file says under that name; None when nobody signed in under it.

    Raises:
        Failed: It was named, with ``--profile`` or ONEPIN_PROFILE, and is not there.
    """
    name, file = profile_name(flags), CredentialsFile()
    found = file.load(name)
    if found is None and (flags.profile or os.environ.get("ONEPIN_PROFILE", "").strip()):
        names = ", ".join(file.profiles()) or "none yet"
        raise Failed(
            f"There is no profile {name!r} in {file.path} (there: {names}).",
            hint=f"'onepin login --profile {name}' makes it.",
            code="NO_PROFILE",
        )
    return found


def target(flags: Flags) -> Target:
    """Everything that decides where a call goes. Raises ``Failed`` and ``OnePinConfigurationError``."""
    profile = load_profile(flags)
    base_url, source = _base_url(flags, profile)
    identity = None if flags.profile else _identity_of_environment()
    if identity is None and profile is not None:
        identity = _identity_of_profile(profile)
        if identity is not None:
            _refuse_other_server(profile, base_url, source)
    workspace = flags.workspace or os.environ.get("ONEPIN_WORKSPACE_ID", "").strip()
    if not workspace and profile is not None and (identity is None or identity.source.startswith("profile")):
        workspace = profile.workspace_id or ""
    return Target(base_url, source, identity, workspace or None, profile_name(flags))


def address(flags: Flags) -> str:
    """The server that is meant, whether or not there is a credential for it. Raises as ``target``."""
    return _base_url(flags, load_profile(flags))[0]


def _base_url(flags: Flags, profile: Profile | None) -> tuple[str, str]:
    given = (
        (flags.base_url, "--base-url"),
        (None if flags.profile else os.environ.get("ONEPIN_BASE_URL", "").strip(), "ONEPIN_BASE_URL"),
        (profile.base_url if profile else None, f"profile {profile.name}" if profile else ""),
    )
    for url, source in given:
        if url:
            return checked_url(url, source), source
    return DEFAULT_BASE_URL, "default"


def checked_url(url: str, source: str) -> str:
    """``url`` without a slash at its end. Raises ``Failed`` when it is none."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.query and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Failed(f"{source}: {url!r} is no address such as https://keys.example.com.", code="BAD_URL")
    return url.rstrip("/")


def _identity_of_environment() -> Identity | None:
    for name, kind in (("ONEPIN_API_KEY", "api_key"), ("ONEPIN_TOKEN", "token")):
        value = os.environ.get(name, "").strip()
        if value:
            return Identity("token" if kind == "token" else "api_key", name, value)
    return None


def _identity_of_profile(profile: Profile) -> Identity | None:
    source = f"profile {profile.name}"
    if profile.token:
        return Identity("token", source, profile.token.reveal())
    if session := profile.session:
        return Identity("session", source, session)
    folder = profile.values.get(LOCAL_DATA_DIR)
    if folder:
        user = profile.values.get(LOCAL_USER, "")
        return Identity("local", source, lambda: _local_token(folder, user))
    return Identity("api_key", source, profile.api_key.reveal()) if profile.api_key else None


def _local_token(folder: str, user: str) -> str:
    from onepin.cli.operate.local_session import local_token

    return local_token(folder, user)


def _refuse_other_server(profile: Profile, base_url: str, source: str) -> None:
    """A credential goes to the server it was made for, never to another one that a flag or variable names."""
    meant = profile.base_url or DEFAULT_BASE_URL
    if meant.rstrip("/") != base_url:
        raise Failed(
            f"The credential of profile {profile.name!r} is for {meant}, but {source} says {base_url}.",
            hint=f"Sign in there under another name: onepin login --profile NAME --base-url {base_url}",
            code="OTHER_SERVER",
        )


def connect(flags: Flags, **more: Any) -> "OnePinClient":
    """A client for ``target(flags)``; ``more`` goes to its constructor.

    Raises:
        Failed: Nobody is signed in, or the workspace's slug is not one of theirs.
    """
    found = target(flags)
    if found.identity is None:
        raise Failed(f"You are not signed in to {found.base_url}.", hint=SIGN_IN, code="NOT_SIGNED_IN")
    workspace = found.workspace
    if workspace is not None and not is_uuid(workspace):
        with client_for(found.base_url, found.identity) as client:
            workspace = str(workspace_by_slug(client, workspace).id)
    return client_for(found.base_url, found.identity, workspace_id=workspace, **more)


def client_for(base_url: str, identity: Identity, **more: Any) -> "OnePinClient":
    """A client for that server, as that person or key."""
    from onepin.client.client import OnePinClient

    if identity.kind == "api_key" and not isinstance(identity.value, DeviceSession):
        return OnePinClient(base_url=base_url, api_key=identity.value, **more)
    return OnePinClient(base_url=base_url, token=identity.value, **more)


def workspace_by_slug(client: "OnePinClient", text: str) -> Any:
    """The workspace with that id, slug or name. Raises ``Failed`` when there is none, or several of the name."""
    found = [one for one in client.workspaces.list() if text in (str(one.id), one.slug)]
    found = found or [one for one in client.workspaces.list() if text.casefold() == one.name.casefold()]
    if len(found) == 1:
        return found[0]
    trouble = "You are in no workspace" if not found else "Several of your workspaces are"
    raise Failed(
        f"{trouble} called {text!r}.",
        hint="'onepin workspace list' shows yours.",
        code="NOT_FOUND" if not found else "AMBIGUOUS",
    )


def is_uuid(text: str) -> bool:
    """Whether it is an id in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


@contextmanager
def explained(flags: Flags) -> Iterator[None]:
    """Turn what the client raises into ``Failed``, with advice."""
    try:
        yield
    except OnePinError as error:
        raise failed(error) from None


def failed(error: OnePinError) -> Failed:
    """What ``error`` means to the person who typed the command."""
    if isinstance(error, OnePinConfigurationError):
        return Failed(error.message, code="CONFIGURATION")
    if isinstance(error, OnePinConnectionError):
        return Failed(error.message, hint="Is it running? 'onepin doctor' looks closer.", code="NO_CONNECTION")
    hint = _ADVICE.get(error.error_code or "", "")
    if isinstance(error, OnePinRateLimitError) and error.retry_after:
        hint = f"Try again in {error.retry_after:.0f} seconds."
    if isinstance(error, OnePinAPIError) and error.error_code is None:
        hint = f"That is no answer of onepin (status {error.status_code}): is the address right?"
    return Failed(
        error.message,
        hint=hint,
        code=error.error_code or "FAILED",
        details=[(one.field, one.message) for one in error.details],
        request_id=error.request_id,
    )

"""What the two clients have in common: their settings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from onepin.client.device_session import DeviceSession
from onepin.client.secret import Secret
from onepin.client.settings import Settings, Timeout, checked_credential, checked_retries, checked_workspace, resolve

C = TypeVar("C")


class Configured(Generic[C]):
    """What the two clients have in common: their settings."""

    def __init__(
        self,
        *,
        api_key: "str | Secret | Callable[[], Any] | None",
        token: "str | Secret | Callable[[], Any] | DeviceSession | None",
        base_url: str | None,
        workspace_id: str | UUID | None,
        timeout: float | None,
        max_retries: int,
        connections: C,
        profile: str | None,
    ) -> None:
        self._settings: Settings = resolve(
            api_key=api_key,
            token=token,
            base_url=base_url,
            workspace_id=workspace_id,
            timeout=timeout,
            max_retries=max_retries,
            profile=profile,
        )
        self._connections = connections

    @property
    def base_url(self) -> str:
        """The server's address, without a slash at its end."""
        return self._settings.base_url

    @property
    def workspace_id(self) -> str | None:
        """The workspace that calls are made in; None: the personal one, or the API key's own."""
        return self._settings.workspace_id

    def with_options(
        self,
        *,
        workspace_id: str | UUID | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Self:
        """A client over the same connections with other settings; what is not given stays.

        Raises:
            OnePinConfigurationError: a value can't be right.
        """
        changes: dict[str, Any] = {}
        if workspace_id is not None:
            changes["workspace_id"] = checked_workspace(workspace_id)
        if timeout is not None:
            changes["timeout"] = Timeout.of(timeout)
        if max_retries is not None:
            changes["max_retries"] = checked_retries(max_retries)
        other = object.__new__(type(self))
        other._settings = replace(self._settings, **changes)
        other._connections = self._connections
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r}, workspace_id={self.workspace_id!r})"


def asked(text: Any) -> Secret:
    """What a function given as credential has returned, if it can be sent."""
    credential = checked_credential(text, "the function given as credential")
    if not isinstance(credential, Secret):
        raise TypeError(f"the function given as credential must return a string, not {type(text).__name__}")
    return credential

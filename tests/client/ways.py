"""The ways to the API: raw HTTP, the SDK, the SDK for asyncio. The same cases go through each (``test_every_way.py``).

A way does one operation and says what came of it in the same form as the others. To add one, write a class with ``do``
and ``close`` and put it into ``WAYS``.
"""

import asyncio
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import httpx
from pydantic import BaseModel

from onepin import AsyncOnePinClient, OnePinAPIError, OnePinClient, Secret
from onepin.contract.envelopes import rfc3339

Data = Any
"""``data`` as the wire has it: JSON, secrets in plain text."""


@dataclass(frozen=True)
class Outcome:
    """What came of an operation. ``status`` and ``code`` are those of a refusal; None and None for a success."""

    data: Data = None
    total: int | None = None
    status: int | None = None
    code: str | None = None
    fields: tuple[str, ...] = ()

    @property
    def refusal(self) -> tuple[int | None, str | None]:
        return self.status, self.code


@dataclass(frozen=True)
class Caller:
    """Where to call, and as whom: a session token or an API key."""

    base_url: str
    token: str | None = None
    api_key: str | None = None
    workspace_id: str | None = None


class Way(Protocol):
    """One way to the API, for one caller."""

    def do(self, operation: str, /, **arguments: Any) -> Outcome:
        """One operation by its name in the SDK (``api_keys.create``), with the SDK's arguments."""

    def close(self) -> None:
        """End connections."""


@dataclass(frozen=True)
class Route:
    """How raw HTTP does it: arguments named in the path go there, others into the query or the body."""

    method: str
    path: str
    fixed: Mapping[str, Any] = field(default_factory=dict)


ROUTES = {
    "auth.whoami": Route("GET", "auth/whoami"),
    "api_keys.create": Route("POST", "api-keys"),
    "api_keys.list": Route("GET", "api-keys"),
    "api_keys.get": Route("GET", "api-keys/{key_id}"),
    "api_keys.update": Route("PATCH", "api-keys/{key_id}"),
    "api_keys.pause": Route("PATCH", "api-keys/{key_id}", {"active": False}),
    "api_keys.resume": Route("PATCH", "api-keys/{key_id}", {"active": True}),
    "api_keys.revoke": Route("DELETE", "api-keys/{key_id}"),
    "api_keys.rotate": Route("PATCH", "api-keys/{key_id}/rotate"),
    "api_keys.usage": Route("GET", "api-keys/{key_id}/usage"),
    "api_keys.verify": Route("POST", "auth/verify"),
    "usage.summary": Route("GET", "usage/summary"),
    "usage.activity": Route("GET", "usage/activity"),
    "workspaces.list": Route("GET", "workspaces"),
    "workspaces.create": Route("POST", "workspaces"),
    "workspaces.get": Route("GET", "workspaces/{workspace_id}"),
    "workspaces.update": Route("PATCH", "workspaces/{workspace_id}"),
    "workspaces.delete": Route("DELETE", "workspaces/{workspace_id}"),
    "workspaces.settings": Route("GET", "workspaces/{workspace_id}/settings"),
    "members.list": Route("GET", "workspaces/{workspace_id}/members"),
    "members.update": Route("PATCH", "workspaces/{workspace_id}/members/{member_id}"),
    "members.remove": Route("DELETE", "workspaces/{workspace_id}/members/{member_id}"),
    "invites.create": Route("POST", "workspaces/{workspace_id}/invites"),
    "invites.update": Route("PATCH", "workspaces/{workspace_id}/invites/{invite_id}"),
    "invites.revoke": Route("DELETE", "workspaces/{workspace_id}/invites/{invite_id}"),
    "invites.accept": Route("POST", "workspaces/invites/{token}/accept"),
    "workspaces.slug_available": Route("GET", "workspaces/slug-available"),
}


class RawHttp:
    """What anybody can do with curl."""

    def __init__(self, caller: Caller) -> None:
        headers = {"Authorization": f"Bearer {caller.token or caller.api_key}"}
        if caller.workspace_id:
            headers["X-Workspace-Id"] = caller.workspace_id
        self._http = httpx.Client(base_url=f"{caller.base_url}/api/v1/", headers=headers)

    def do(self, operation: str, /, **arguments: Any) -> Outcome:
        route = ROUTES[operation]
        path = route.path.format(**arguments)
        rest = {name: value for name, value in arguments.items() if f"{{{name}}}" not in route.path}
        if route.method == "GET":
            answer = self._http.request("GET", path, params=rest)
        else:
            body = None if route.method == "DELETE" else {**rest, **route.fixed}
            answer = self._http.request(route.method, path, json=body)
        said = answer.json()
        if answer.is_success:
            return Outcome(said["data"], said.get("pagination", {}).get("total"))
        fields = tuple(detail["field"] for detail in said["error"]["details"])
        return Outcome(status=answer.status_code, code=said["error"]["code"], fields=fields)

    def close(self) -> None:
        self._http.close()


class Sdk:
    """The SDK as its users call it."""

    def __init__(self, caller: Caller) -> None:
        self._client = OnePinClient(**vars(caller), max_retries=0)

    def do(self, operation: str, /, **arguments: Any) -> Outcome:
        try:
            return shown(method_of(self._client, operation)(**arguments))
        except OnePinAPIError as error:
            return refused(error)

    def close(self) -> None:
        self._client.close()


class AsyncSdk:
    """The SDK for asyncio."""

    def __init__(self, caller: Caller) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncOnePinClient(**vars(caller), max_retries=0)

    def do(self, operation: str, /, **arguments: Any) -> Outcome:
        async def work() -> Outcome:
            return shown(await method_of(self._client, operation)(**arguments))

        try:
            return self._runner.run(work())
        except OnePinAPIError as error:
            return refused(error)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


WAYS: dict[str, Callable[[Caller], Way]] = {"http": RawHttp, "sdk": Sdk, "async sdk": AsyncSdk}


def method_of(client: Any, operation: str) -> Any:
    """The method of a client by its dotted name."""
    return functools.reduce(getattr, operation.split("."), client)


def shown(result: Any) -> Outcome:
    """What a method of the SDK returned, as the wire has it."""
    if hasattr(result, "data") and isinstance(result.data, list):
        return Outcome([plain(item) for item in result.data], getattr(result, "total", None))
    return Outcome({} if result is None else plain(result))


def plain(value: Any) -> Any:
    """A model as JSON, with its secrets revealed and without what the wire leaves out."""
    if isinstance(value, BaseModel):
        fields = {name: plain(getattr(value, name)) for name in type(value).model_fields if not _absent(value, name)}
        return fields | plain(value.model_extra or {})
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Secret):
        return value.reveal()
    return _scalar(value)


def refused(error: OnePinAPIError) -> Outcome:
    fields = tuple(detail.field for detail in error.details)
    return Outcome(status=error.status_code, code=error.error_code, fields=fields)


def _absent(model: BaseModel, name: str) -> bool:
    return name in ("expires_at", "creator_left") and name not in model.model_fields_set


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    return str(value) if isinstance(value, UUID) else value

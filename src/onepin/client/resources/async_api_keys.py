"""``client.api_keys`` of the asynchronous client: ``api_keys`` once more, awaited."""

from collections.abc import Sequence
from functools import cached_property
from uuid import UUID

from onepin.client import calls
from onepin.client.calls import NOT_GIVEN, Include, NotGiven, Status
from onepin.client.models import CreatedKey, RotatedKeys
from onepin.client.pages import AsyncCountedPage, Coming
from onepin.client.resources.published_keys import AsyncPublishedApiKeys
from onepin.client.secret import Secret
from onepin.client.sending import AsyncSending, raw_answer_async, raw_envelope_async
from onepin.contract.api_keys import ApiKey
from onepin.contract.usage import KeyUsage, Window
from onepin.contract.verification import Verification


class AsyncApiKeys(AsyncPublishedApiKeys):
    """As ``ApiKeys``."""

    def __init__(self, sending: AsyncSending) -> None:
        self._send = sending

    @cached_property
    def with_raw_response(self) -> "AsyncRawApiKeys":
        """The same methods; they return the answer with status, headers and request id. Secrets in it are plain."""
        return AsyncRawApiKeys(AsyncApiKeys(self._send.raw()))

    async def create(
        self,
        *,
        name: str,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        key_type: str | None = None,
        idempotency_key: str | None = None,
    ) -> CreatedKey:
        """As ``ApiKeys.create``."""
        return await self._send.data(
            calls.create_key(
                name=name,
                scopes=scopes,
                rate_limit_per_min=rate_limit_per_min,
                key_type=key_type,
                idempotency_key=idempotency_key,
            )
        )

    def list(
        self,
        *,
        status: Status | None = None,
        limit: int | None = None,
        offset: int | None = None,
        include: Include | None = None,
    ) -> Coming[AsyncCountedPage[ApiKey], ApiKey]:
        """As ``ApiKeys.list``: ``await`` the first page, or ``async for`` over all keys."""
        return self._send.pages(calls.list_keys(status=status, limit=limit, offset=offset, include=include))

    async def get(self, key_id: str | UUID, *, include: Include | None = None) -> ApiKey:
        """As ``ApiKeys.get``."""
        return await self._send.data(calls.get_key(key_id, include=include))

    async def update(
        self,
        key_id: str | UUID,
        *,
        name: str | None = None,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        active: bool | None = None,
    ) -> ApiKey:
        """As ``ApiKeys.update``."""
        return await self._send.data(
            calls.update_key(key_id, name=name, scopes=scopes, rate_limit_per_min=rate_limit_per_min, active=active)
        )

    async def pause(self, key_id: str | UUID) -> ApiKey:
        """As ``ApiKeys.pause``."""
        return await self._send.data(calls.update_key(key_id, active=False))

    async def resume(self, key_id: str | UUID) -> ApiKey:
        """As ``ApiKeys.resume``."""
        return await self._send.data(calls.update_key(key_id, active=True))

    async def revoke(self, key_id: str | UUID) -> ApiKey:
        """As ``ApiKeys.revoke``."""
        return await self._send.data(calls.revoke_key(key_id))

    async def rotate(
        self, key_id: str | UUID, *, grace_seconds: int | None = None, idempotency_key: str | None = None
    ) -> RotatedKeys:
        """As ``ApiKeys.rotate``."""
        return await self._send.data(
            calls.rotate_key(key_id, grace_seconds=grace_seconds, idempotency_key=idempotency_key)
        )

    async def usage(self, key_id: str | UUID, *, window: Window | None = None) -> KeyUsage:
        """As ``ApiKeys.usage``."""
        return await self._send.data(calls.key_usage(key_id, window=window))

    async def verify(
        self, api_key: str | Secret, *, scopes: Sequence[str] | None = None, cost: int | None = None
    ) -> Verification:
        """As ``ApiKeys.verify``."""
        return await self._send.data(calls.verify_key(api_key, scopes=scopes, cost=cost))


class AsyncRawApiKeys:
    """``AsyncApiKeys`` with raw answers."""

    def __init__(self, keys: AsyncApiKeys) -> None:
        self.create = raw_answer_async(keys.create)
        self.list = raw_answer_async(keys.list)
        self.get = raw_answer_async(keys.get)
        self.update = raw_answer_async(keys.update)
        self.pause = raw_answer_async(keys.pause)
        self.resume = raw_answer_async(keys.resume)
        self.revoke = raw_answer_async(keys.revoke)
        self.rotate = raw_answer_async(keys.rotate)
        self.usage = raw_answer_async(keys.usage)
        self.verify = raw_answer_async(keys.verify)
        self.list_api_keys = raw_envelope_async(keys.list_api_keys)
        self.create_api_key = raw_envelope_async(keys.create_api_key)
        self.get_api_key = raw_envelope_async(keys.get_api_key)
        self.delete_api_key = raw_envelope_async(keys.delete_api_key)
        self.update_api_key = raw_envelope_async(keys.update_api_key)
        self.rotate_api_key = raw_envelope_async(keys.rotate_api_key)

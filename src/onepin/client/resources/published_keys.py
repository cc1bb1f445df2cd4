"""API keys by the names of the published client."""

from collections.abc import Sequence

from onepin.client import calls
from onepin.client.calls import NOT_GIVEN, Id, NotGiven, Status
from onepin.client.published import RequestOptions, with_options
from onepin.client.sending import AsyncSending, Sending
from onepin.contract.api_keys import ApiKey, ApiKeyCreated, ApiKeyRotated
from onepin.contract.envelopes import Envelope, ListEnvelope


class PublishedApiKeys:
    """ApiKeys by their published names."""

    _send: Sending

    def list_api_keys(
        self,
        *,
        offset: int | None = None,
        limit: int | None = None,
        status: Status | None = None,
        workspace_id: Id | None = None,
        request_options: RequestOptions | None = None,
    ) -> ListEnvelope[ApiKey]:
        """One page of keys; ``pagination.total`` counts them all."""
        call = calls.list_keys(status=status, limit=limit, offset=offset)
        return self._send.whole(with_options(call, request_options, workspace_id))

    def create_api_key(
        self,
        *,
        name: str,
        workspace_id: Id | None = None,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        key_type: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[ApiKeyCreated]:
        """As ``create``; ``data.api_key`` is plain text, though not in ``repr``."""
        call = calls.create_key(
            name=name, scopes=scopes, rate_limit_per_min=rate_limit_per_min, key_type=key_type, idempotency_key=None
        ).read_as(Envelope[ApiKeyCreated])
        return self._send.whole(with_options(call, request_options, workspace_id))

    def get_api_key(
        self, key_id: Id, *, workspace_id: Id | None = None, request_options: RequestOptions | None = None
    ) -> Envelope[ApiKey]:
        """As ``get``."""
        call = calls.get_key(key_id)
        return self._send.whole(with_options(call, request_options, workspace_id))

    def delete_api_key(
        self, key_id: Id, *, workspace_id: Id | None = None, request_options: RequestOptions | None = None
    ) -> Envelope[ApiKey]:
        """As ``revoke``."""
        call = calls.revoke_key(key_id)
        return self._send.whole(with_options(call, request_options, workspace_id))

    def update_api_key(
        self,
        key_id: Id,
        *,
        workspace_id: Id | None = None,
        name: str | None = None,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        active: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[ApiKey]:
        """As ``update``."""
        call = calls.update_key(key_id, name=name, scopes=scopes, rate_limit_per_min=rate_limit_per_min, active=active)
        return self._send.whole(with_options(call, request_options, workspace_id))

    def rotate_api_key(
        self, key_id: Id, *, workspace_id: Id | None = None, request_options: RequestOptions | None = None
    ) -> Envelope[ApiKeyRotated]:
        """As ``rotate``; ``data.new_key.api_key`` is plain text, though not in ``repr``."""
        call = calls.rotate_key(key_id, grace_seconds=None, idempotency_key=None).read_as(Envelope[ApiKeyRotated])
        return self._send.whole(with_options(call, request_options, workspace_id))


class AsyncPublishedApiKeys:
    """ApiKeys by their published names, asynchronous."""

    _send: AsyncSending

    async def list_api_keys(
        self,
        *,
        offset: int | None = None,
        limit: int | None = None,
        status: Status | None = None,
        workspace_id: Id | None = None,
        request_options: RequestOptions | None = None,
    ) -> ListEnvelope[ApiKey]:
        """As ``PublishedApiKeys.list_api_keys``."""
        call = calls.list_keys(status=status, limit=limit, offset=offset)
        return await self._send.whole(with_options(call, request_options, workspace_id))

    async def create_api_key(
        self,
        *,
        name: str,
        workspace_id: Id | None = None,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        key_type: str | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[ApiKeyCreated]:
        """As ``PublishedApiKeys.create_api_key``."""
        call = calls.create_key(
            name=name, scopes=scopes, rate_limit_per_min=rate_limit_per_min, key_type=key_type, idempotency_key=None
        ).read_as(Envelope[ApiKeyCreated])
        return await self._send.whole(with_options(call, request_options, workspace_id))

    async def get_api_key(
        self, key_id: Id, *, workspace_id: Id | None = None, request_options: RequestOptions | None = None
    ) -> Envelope[ApiKey]:
        """As ``PublishedApiKeys.get_api_key``."""
        call = calls.get_key(key_id)
        return await self._send.whole(with_options(call, request_options, workspace_id))

    async def delete_api_key(
        self, key_id: Id, *, workspace_id: Id | None = None, request_options: RequestOptions | None = None
    ) -> Envelope[ApiKey]:
        """As ``PublishedApiKeys.delete_api_key``."""
        call = calls.revoke_key(key_id)
        return await self._send.whole(with_options(call, request_options, workspace_id))

    async def update_api_key(
        self,
        key_id: Id,
        *,
        workspace_id: Id | None = None,
        name: str | None = None,
        scopes: Sequence[str] | None = None,
        rate_limit_per_min: int | NotGiven | None = NOT_GIVEN,
        active: bool | None = None,
        request_options: RequestOptions | None = None,
    ) -> Envelope[ApiKey]:
        """As ``PublishedApiKeys.update_api_key``."""
        call = calls.update_key(key_id, name=name, scopes=scopes, rate_limit_per_min=rate_limit_per_min, active=active)
        return await self._send.whole(with_options(call, request_options, workspace_id))

    async def rotate_api_key(
        self, key_id: Id, *, workspace_id: Id | None = None, request_options: RequestOptions | None = None
    ) -> Envelope[ApiKeyRotated]:
        """As ``PublishedApiKeys.rotate_api_key``."""
        call = calls.rotate_key(key_id, grace_seconds=None, idempotency_key=None).read_as(Envelope[ApiKeyRotated])
        return await self._send.whole(with_options(call, request_options, workspace_id))

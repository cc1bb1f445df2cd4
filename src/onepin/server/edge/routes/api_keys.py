"""The six operations on API keys."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute

from onepin.contract.api_keys import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyListQuery,
    ApiKeyQuery,
    ApiKeyRotate,
    ApiKeyRotated,
    ApiKeyUpdate,
)
from onepin.contract.codes import Code
from onepin.contract.envelopes import Empty, Envelope, ListEnvelope
from onepin.server.access import READ_KEYS, WRITE_KEYS
from onepin.server.edge.envelope import Reply, key_data, pagination
from onepin.server.edge.gate import Caller, IdempotencyKey, needs
from onepin.server.edge.keys import KeyRequests
from onepin.server.edge.parameters import KeyId
from onepin.server.edge.statuses import BODY, refusals
from onepin.server.members import MemberService

PATH = "/api/v1/api-keys"


def api_key_routes(route_class: type[APIRoute], keys: KeyRequests, members: MemberService) -> APIRouter:
    """The router of tag ``api-keys``."""
    router = APIRouter(tags=["api-keys"], route_class=route_class)

    @router.get(
        PATH,
        summary="List api keys",
        response_model=ListEnvelope[ApiKey],
        responses=refusals(READ_KEYS),
    )
    @needs(READ_KEYS)
    async def list_api_keys(caller: Caller, query: Annotated[ApiKeyListQuery, Query()]) -> Reply:
        """List the keys of a workspace, newest first, without secret material."""
        found, total = await keys.service.list(caller.workspace_id, query)
        filters = query.model_dump(include={"status", "include"}, exclude_none=True)
        pages = pagination(caller.base_url + PATH, filters, offset=query.offset, limit=query.limit, total=total)
        present = await members.ids(caller.workspace_id) if query.include else None
        return Reply([key_data(key, present) for key in found], pagination=pages)

    @router.post(
        PATH,
        summary="Create api key",
        status_code=201,
        response_model=Envelope[ApiKeyCreated],
        responses=refusals(WRITE_KEYS, *BODY, Code.CONFLICT, Code.IDEMPOTENCY_KEY_REUSED, named=True),
    )
    @needs(WRITE_KEYS)
    async def create_api_key(caller: Caller, body: ApiKeyCreate, idempotency_key: IdempotencyKey = None) -> Reply:
        """Create a live API key. Its plaintext is in this answer and in no other, ever.

        Phase 1 supports live keys only; test and public are reserved.
        """
        return await keys.create(caller, body, idempotency_key)

    @router.get(
        PATH + "/{key_id}",
        summary="Get api key",
        response_model=Envelope[ApiKey],
        responses=refusals(READ_KEYS, Code.NOT_FOUND),
    )
    @needs(READ_KEYS)
    async def get_api_key(caller: Caller, key_id: KeyId, query: Annotated[ApiKeyQuery, Query()]) -> Reply:
        """Get one key, without secret material."""
        present = await members.ids(caller.workspace_id) if query.include else None
        return Reply(key_data(await keys.service.get(caller.workspace_id, key_id), present))

    @router.patch(
        PATH + "/{key_id}",
        summary="Update api key",
        response_model=Envelope[ApiKey],
        responses=refusals(WRITE_KEYS, *BODY, Code.NOT_FOUND, Code.CONFLICT, named=True),
    )
    @needs(WRITE_KEYS)
    async def update_api_key(caller: Caller, key_id: KeyId, body: ApiKeyUpdate) -> Reply:
        """Rename a key, change its scopes or limit, pause or resume it. An empty object changes nothing."""
        return Reply(key_data(await keys.service.update(keys.author(caller), key_id, body)))

    @router.delete(
        PATH + "/{key_id}",
        summary="Delete api key",
        response_model=Envelope[ApiKey],
        responses=refusals(WRITE_KEYS, *BODY, Code.NOT_FOUND),
    )
    @needs(WRITE_KEYS)
    async def delete_api_key(caller: Caller, key_id: KeyId, body: Empty | None = None) -> Reply:
        """Revoke a key for good. The key stays listed; revoking it again changes nothing."""
        return Reply(key_data(await keys.service.revoke(keys.author(caller), key_id)))

    @router.patch(
        PATH + "/{key_id}/rotate",
        summary="Rotate api key",
        response_model=Envelope[ApiKeyRotated],
        responses=refusals(WRITE_KEYS, *BODY, Code.NOT_FOUND, Code.CONFLICT, Code.IDEMPOTENCY_KEY_REUSED),
    )
    @needs(WRITE_KEYS)
    async def rotate_api_key(
        caller: Caller, key_id: KeyId, body: ApiKeyRotate | None = None, idempotency_key: IdempotencyKey = None
    ) -> Reply:
        """Replace a key by a new one with the same name, scopes and limit; both are in the answer.

        The old key ends at once, or after `grace_seconds` in which both work and share one rate limit. A paused key
        ends at once whatever the grace, and the new one is paused. Send an `Idempotency-Key`: without it, an answer
        that gets lost takes the new secret with it.
        """
        return await keys.rotate(caller, key_id, body or ApiKeyRotate(), idempotency_key)

    return router

"""What the handlers of create and rotate share: one transaction around the change and its idempotent answer."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from onepin.contract.api_keys import ApiKeyCreate, ApiKeyRotate
from onepin.server.access import require_grantable
from onepin.server.admission import Admitted
from onepin.server.clock import Clock
from onepin.server.edge.envelope import Reply, created_data, key_data
from onepin.server.idempotency import Answer, Once, check_value, fingerprint, once
from onepin.server.keys.peppers import Peppers
from onepin.server.keys.service import Author, KeyService
from onepin.server.store.query import Tx
from onepin.server.store.store import Store

Make = Callable[[Tx], Awaitable[tuple[UUID, Answer]]]


class KeyRequests:
    """Key operations as requests: on whose behalf, and at most once for an Idempotency-Key."""

    def __init__(self, service: KeyService, store: Store, peppers: Peppers, clock: Clock, *, minutes: int) -> None:
        self.service = service
        self._store = store
        self._peppers = peppers
        self._clock = clock
        self._minutes = minutes

    def author(self, caller: Admitted) -> Author:
        """The caller, as the key service needs them."""
        membership = caller.membership
        role = membership.role if membership else "viewer"
        return Author(caller.workspace_id, caller.user_id, caller.actor, lambda scopes: require_grantable(role, scopes))

    async def create(self, caller: Admitted, body: ApiKeyCreate, value: str | None) -> Reply:
        """Create, once."""
        author = self.author(caller)

        async def make(tx: Tx) -> tuple[UUID, Answer]:
            created = await self.service.create(tx, author, body)
            return created.key.id, created_data(created)

        asked = [] if value is None else [body.model_dump(exclude_unset=True)]
        return await self._once(author, "create_api_key", value, asked, make, status=201)

    async def rotate(self, caller: Admitted, key_id: UUID, body: ApiKeyRotate, value: str | None) -> Reply:
        """Rotate, once."""
        author = self.author(caller)

        async def make(tx: Tx) -> tuple[UUID, Answer]:
            old, new = await self.service.rotate(tx, author, key_id, body.grace_seconds)
            return new.key.id, {"old_key": key_data(old), "new_key": created_data(new)}

        return await self._once(author, "rotate_api_key", value, [key_id, body.grace_seconds], make, status=200)

    async def _once(
        self, author: Author, route: str, value: str | None, asked: list[Any], make: Make, *, status: int
    ) -> Reply:
        request = None
        if value is not None:
            marks = fingerprint(*asked)
            request = Once(author.workspace_id, author.user_id, route, check_value(value), marks)

        async def work(tx: Tx) -> tuple[Answer, bool]:
            return await once(
                tx,
                request,
                lambda: make(tx),
                digester=self._peppers.digester,
                now=self._clock.now(),
                minutes=self._minutes,
            )

        answer, replayed = await self._store.write(work)
        if replayed:
            author.require_grantable(answer.get("new_key", answer)["scopes"])
        return Reply(answer, status, headers={"Idempotency-Replayed": "true"} if replayed else {})

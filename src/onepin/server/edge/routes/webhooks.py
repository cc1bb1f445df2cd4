"""Webhooks: what other services tell us, signed."""

from fastapi import APIRouter
from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import Response

from onepin.contract.codes import Code
from onepin.server.clerk_events import CHANGED, DELETED, ClerkDeletion, ClerkEvent, ClerkEvents, ClerkUser
from onepin.server.edge.body import parse_json, read_body, validated
from onepin.server.edge.envelope import Reply, success
from onepin.server.edge.facts import Facts
from onepin.server.edge.problems import not_found
from onepin.server.errors import Refused
from onepin.server.identity.credential import INVALID_TOKEN

_SIGNED = ("id", "timestamp", "signature")


def webhook_routes(secret: str | None, events: ClerkEvents | None) -> APIRouter:
    """The routes of webhooks. Without the ``secret`` of Clerk's there is nothing to tell its from a stranger's."""
    router = APIRouter(tags=["webhooks"])

    @router.post("/webhooks/clerk", include_in_schema=False)
    async def clerk(request: Request) -> Response:
        """Take a ``user.*`` event of Clerk's; any other is taken and ignored, so that it is not sent again."""
        if secret is None or events is None:
            raise not_found()
        raw = await read_body(request)
        _check_signature(request, raw, secret)
        event = validated(ClerkEvent, parse_json(raw), location="body", context={})
        if event.type in CHANGED:
            await events.changed(validated(ClerkUser, event.data, location="body", context={}))
        elif event.type == DELETED:
            await events.deleted(validated(ClerkDeletion, event.data, location="body", context={}))
        return success(Reply({}), Facts.of(request.scope))

    return router


def _check_signature(request: Request, raw: bytes, secret: str) -> None:
    """Raises ``Refused`` (UNAUTHORIZED) unless the secret's holder signed exactly this within 5 minutes of now.

    By the library that Svix's own verification consists of, which asks the system clock (Standard Webhooks,
    "Signature scheme").
    """
    headers = {f"webhook-{name}": request.headers.get(f"svix-{name}", "") for name in _SIGNED}
    try:
        Webhook(secret).verify(raw, headers, json_parse=False)
    except Exception as error:  # besides its own it raises whatever a malformed header makes it stumble over
        message = (
            "The signature of this webhook is missing, wrong or too old. The secret is ONEPIN_CLERK_WEBHOOK_SECRET; "
            "it has to be that of this endpoint in Clerk's dashboard."
        )
        raise Refused(Code.UNAUTHORIZED, message, headers=INVALID_TOKEN, reason=f"webhook: {error}"[:200]) from None

"""Who am I."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from onepin.contract.envelopes import Envelope
from onepin.contract.identity import WhoAmI
from onepin.server.access import ANYONE, shown_scopes
from onepin.server.admission import Admission
from onepin.server.edge.envelope import Reply
from onepin.server.edge.gate import Caller, needs
from onepin.server.edge.statuses import refusals


def auth_routes(route_class: type[APIRoute], admission: Admission, scopes: tuple[str, ...]) -> APIRouter:
    """The router of tag ``auth``. ``scopes``: those of the deployment."""
    router = APIRouter(tags=["auth"], route_class=route_class)

    @router.get(
        "/api/v1/auth/whoami",
        summary="Who am I",
        response_model=Envelope[WhoAmI],
        responses=refusals(401, 403, 422, 503),
    )
    @needs(ANYONE)
    async def whoami(caller: Caller) -> Reply:
        """Say who is calling and what they may do. Takes a session or any API key; needs no scope."""
        key = caller.principal.key
        if key is not None:
            workspace_id: str | None = str(key.workspace_id)
            key_id: str | None = str(key.id)
            shown = sorted(set(key.scopes))
        else:
            role = admission.role_shown(caller)
            workspace_id, key_id = str(caller.named_workspace) if caller.named_workspace else None, None
            shown = shown_scopes(role, scopes) if role else []
        user_id = caller.principal.user_id
        return Reply(
            {
                "auth_kind": caller.principal.kind,
                "user_id": str(user_id) if user_id else None,
                "workspace_id": workspace_id,
                "api_key_id": key_id,
                "scopes": shown,
            }
        )

    return router

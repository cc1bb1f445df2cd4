"""Workspaces: list, create, get, update, delete, and whether a slug is free."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.routing import APIRoute

from onepin.contract.codes import Code
from onepin.contract.envelopes import Empty, Envelope, ListEnvelope
from onepin.contract.scopes import WORKSPACE_READ
from onepin.contract.workspaces import (
    SlugAvailability,
    SlugQuery,
    Workspace,
    WorkspaceCreate,
    WorkspaceListQuery,
    WorkspaceSettings,
    WorkspaceUpdate,
)
from onepin.server.access import SIGNED_IN, Need, Place
from onepin.server.admission import Admission, Admitted
from onepin.server.edge.envelope import Reply, pagination, workspace_data
from onepin.server.edge.gate import Caller, needs
from onepin.server.edge.parameters import WorkspaceId
from onepin.server.edge.statuses import BODY, refusals
from onepin.server.errors import Refused
from onepin.server.workspaces import WorkspaceService

PATH = "/api/v1/workspaces"
SIGNED_IN_OR_KEY = Need(Place.PATH, key_scope=WORKSPACE_READ)


def workspace_routes(route_class: type[APIRoute], admission: Admission, workspaces: WorkspaceService) -> APIRouter:
    """The router of tag ``workspaces``."""
    router = APIRouter(tags=["workspaces"], route_class=route_class)

    @router.get(
        PATH,
        summary="List workspaces",
        response_model=ListEnvelope[Workspace],
        responses=refusals(SIGNED_IN_OR_KEY),
    )
    @needs(SIGNED_IN_OR_KEY)
    async def list_workspaces(caller: Caller, query: Annotated[WorkspaceListQuery, Query()]) -> Reply:
        """List the workspaces you are a member of, newest first; for an API key, its own."""
        if caller.principal.key is not None:
            own = [await workspaces.get(caller.principal.key.workspace_id, None)]
            found, total = own[query.offset : query.offset + query.limit], 1
        else:
            found, total = await workspaces.list(caller.user_id, query)
        pages = pagination(caller.base_url + PATH, {}, offset=query.offset, limit=query.limit, total=total)
        return Reply([workspace_data(workspace) for workspace in found], pagination=pages)

    @router.post(
        PATH,
        summary="Create workspace",
        status_code=201,
        response_model=Envelope[Workspace],
        responses=refusals(SIGNED_IN, *BODY, Code.WORKSPACE_SLUG_TAKEN, named=True),
    )
    @needs(SIGNED_IN)
    async def create_workspace(caller: Caller, body: WorkspaceCreate) -> Reply:
        """Create a workspace; you become its owner and admin."""
        person = admission.person(caller.principal)
        return Reply(workspace_data(await workspaces.create(person, caller.actor, body)), 201)

    @router.get(
        PATH + "/slug-available",
        summary="Slug available",
        response_model=Envelope[SlugAvailability],
        responses=refusals(SIGNED_IN_OR_KEY),
    )
    @needs(SIGNED_IN_OR_KEY)
    async def slug_available(caller: Caller, query: Annotated[SlugQuery, Query()]) -> Reply:
        """Say whether a slug can be taken, and if not, why."""
        return Reply((await workspaces.slug_available(query.slug)).model_dump())

    @router.get(
        PATH + "/{workspace_id}",
        summary="Get workspace",
        response_model=Envelope[Workspace],
        responses=refusals(SIGNED_IN_OR_KEY, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN_OR_KEY)
    async def get_workspace(caller: Caller, workspace_id: WorkspaceId) -> Reply:
        """Get one workspace that you are a member of, or that the API key belongs to."""
        return Reply(workspace_data(await workspaces.get(workspace_id, asking(caller, workspace_id))))

    @router.get(
        PATH + "/{workspace_id}/settings",
        summary="Get workspace settings",
        response_model=Envelope[WorkspaceSettings],
        responses=refusals(SIGNED_IN_OR_KEY, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN_OR_KEY)
    async def get_workspace_settings(caller: Caller, workspace_id: WorkspaceId) -> Reply:
        """Get what a workspace prefers. Nothing can be set yet, so everything is null."""
        await workspaces.get(workspace_id, asking(caller, workspace_id))
        return Reply(WorkspaceSettings(default_language=None, theme=None).model_dump())

    @router.patch(
        PATH + "/{workspace_id}",
        summary="Update workspace",
        response_model=Envelope[Workspace],
        responses=refusals(SIGNED_IN, *BODY, Code.NOT_FOUND, Code.WORKSPACE_SLUG_TAKEN, named=True),
    )
    @needs(SIGNED_IN)
    async def update_workspace(caller: Caller, workspace_id: WorkspaceId, body: WorkspaceUpdate) -> Reply:
        """Rename a workspace, change its slug or colour. Needs the role admin."""
        changed = await workspaces.update(workspace_id, caller.user_id, caller.actor, body)
        return Reply(workspace_data(changed))

    @router.delete(
        PATH + "/{workspace_id}",
        summary="Delete workspace",
        response_model=Envelope[Empty],
        responses=refusals(SIGNED_IN, *BODY, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN)
    async def delete_workspace(caller: Caller, workspace_id: WorkspaceId, body: Empty | None = None) -> Reply:
        """Delete a workspace and revoke its keys at once. Only its owner can."""
        await workspaces.delete(workspace_id, caller.user_id, caller.actor)
        return Reply({})

    return router


def asking(caller: Admitted, workspace_id: UUID) -> UUID | None:
    """Who asks about the workspace; None for a key of its own. Raises ``Refused`` (NOT_FOUND) for another's key."""
    key = caller.principal.key
    if key is None:
        return caller.user_id
    if key.workspace_id != workspace_id:
        raise Refused(Code.NOT_FOUND)
    return None

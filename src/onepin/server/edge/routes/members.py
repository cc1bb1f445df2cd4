"""The people of a workspace: settings, members, invites."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from onepin.contract.codes import Code
from onepin.contract.envelopes import Empty, Envelope, ListEnvelope
from onepin.contract.members import (
    Invite,
    InviteAccepted,
    InviteCreate,
    InviteCreated,
    InviteUpdate,
    MemberUpdate,
    WorkspaceMember,
)
from onepin.server.access import ARRIVING, SIGNED_IN
from onepin.server.admission import Admission
from onepin.server.edge.envelope import Reply, invite_data, invited_data, member_data
from onepin.server.edge.gate import Caller, needs
from onepin.server.edge.parameters import InviteId, InviteToken, MemberId, WorkspaceId
from onepin.server.edge.routes.workspaces import PATH as WORKSPACES
from onepin.server.edge.routes.workspaces import SIGNED_IN_OR_KEY, asking
from onepin.server.edge.statuses import BODY, refusals
from onepin.server.invites import InviteService
from onepin.server.members import MemberService

MEMBERS = WORKSPACES + "/{workspace_id}/members"
INVITES = WORKSPACES + "/{workspace_id}/invites"
ACCEPT = WORKSPACES + "/invites/{token}/accept"
_CHANGE = (*BODY, Code.FORBIDDEN, Code.NOT_FOUND)


def member_routes(
    route_class: type[APIRoute], admission: Admission, members: MemberService, invites: InviteService
) -> APIRouter:
    """The router of tag ``members``."""
    router = APIRouter(tags=["members"], route_class=route_class)

    @router.get(
        MEMBERS,
        summary="List members",
        response_model=ListEnvelope[WorkspaceMember],
        responses=refusals(SIGNED_IN_OR_KEY, Code.NOT_FOUND),
    )
    @needs(SIGNED_IN_OR_KEY)
    async def list_members(caller: Caller, workspace_id: WorkspaceId) -> Reply:
        """List the members of a workspace and the pending invites to it, all on one page.

        You come first, then admins, then other members, each by when they joined; invites come last.
        """
        found, pending = await members.list(workspace_id, asking(caller, workspace_id))
        people = [member_data(member) for member in found] + [invited_data(invite) for invite in pending]
        return Reply(people, pagination={"next": None, "prev": None, "limit": len(people), "total": len(people)})

    @router.patch(
        MEMBERS + "/{member_id}",
        summary="Update member",
        response_model=Envelope[WorkspaceMember],
        responses=refusals(SIGNED_IN, *_CHANGE, Code.CONFLICT),
    )
    @needs(SIGNED_IN)
    async def update_member(
        caller: Caller, workspace_id: WorkspaceId, member_id: MemberId, body: MemberUpdate
    ) -> Reply:
        """Give a member another role. Needs the role admin; the owner and the last admin stay what they are."""
        who = (caller.user_id, caller.actor)
        return Reply(member_data(await members.change_role(workspace_id, member_id, *who, body.role)))

    @router.delete(
        MEMBERS + "/{member_id}",
        summary="Remove member",
        response_model=Envelope[Empty],
        responses=refusals(SIGNED_IN, *_CHANGE, Code.CONFLICT),
    )
    @needs(SIGNED_IN)
    async def remove_member(
        caller: Caller, workspace_id: WorkspaceId, member_id: MemberId, body: Empty | None = None
    ) -> Reply:
        """End a membership at once. The keys they made stay. Needs the role admin; owner and last admin stay."""
        await members.remove(workspace_id, member_id, caller.user_id, caller.actor)
        return Reply({})

    @router.post(
        INVITES,
        summary="Create invite",
        status_code=201,
        response_model=Envelope[InviteCreated],
        responses=refusals(SIGNED_IN, *_CHANGE, Code.CONFLICT),
    )
    @needs(SIGNED_IN)
    async def create_invite(caller: Caller, workspace_id: WorkspaceId, body: InviteCreate) -> Reply:
        """Invite an e-mail address. Needs the role admin. No mail is sent: copy the link and send it.

        The link is in this answer and in no other. It works once, for 14 days, for that address alone.
        """
        made = await invites.create(workspace_id, caller.user_id, caller.actor, body)
        token = made.token.reveal()
        link = f"{caller.base_url}/#invite={token}"
        return Reply({**invite_data(made.invite), "token": token, "link": link}, 201)

    @router.patch(
        INVITES + "/{invite_id}",
        summary="Update invite",
        response_model=Envelope[Invite],
        responses=refusals(SIGNED_IN, *_CHANGE, Code.CONFLICT),
    )
    @needs(SIGNED_IN)
    async def update_invite(
        caller: Caller, workspace_id: WorkspaceId, invite_id: InviteId, body: InviteUpdate
    ) -> Reply:
        """Change the role that a pending invite promises. Needs the role admin."""
        who = (caller.user_id, caller.actor)
        return Reply(invite_data(await invites.change_role(workspace_id, invite_id, *who, body.role)))

    @router.delete(
        INVITES + "/{invite_id}",
        summary="Revoke invite",
        response_model=Envelope[Empty],
        responses=refusals(SIGNED_IN, *_CHANGE),
    )
    @needs(SIGNED_IN)
    async def revoke_invite(
        caller: Caller, workspace_id: WorkspaceId, invite_id: InviteId, body: Empty | None = None
    ) -> Reply:
        """Make a pending invite worthless at once. Needs the role admin."""
        await invites.revoke(workspace_id, invite_id, caller.user_id, caller.actor)
        return Reply({})

    @router.post(
        ACCEPT,
        summary="Accept invite",
        response_model=Envelope[InviteAccepted],
        responses=refusals(ARRIVING, *_CHANGE, Code.GONE),
    )
    @needs(ARRIVING)
    async def accept_invite(caller: Caller, token: InviteToken, body: Empty | None = None) -> Reply:
        """Join a workspace. Needs an invite to the verified e-mail address that you signed in with."""
        joined = await invites.accept(admission.person(caller.principal), caller.actor, token)
        return Reply({"workspace_id": str(joined)})

    return router

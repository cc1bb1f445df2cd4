"""What to send for members and invites. No I/O."""

from dataclasses import replace

from onepin.client.calls import Call, Id, Ids, Safety, body_of, call_of
from onepin.client.models import CreatedInvite
from onepin.client.secret import Secret
from onepin.contract.envelopes import Envelope, ListEnvelope, WireModel
from onepin.contract.members import Invite, InviteAccepted, WorkspaceMember
from onepin.contract.workspaces import Role

_MEMBERS = "/api/v1/workspaces/{workspace_id}/members"
_INVITES = "/api/v1/workspaces/{workspace_id}/invites"


def list_members(workspace_id: Id) -> Call[ListEnvelope[WorkspaceMember]]:
    return call_of("GET", _MEMBERS, ListEnvelope[WorkspaceMember], Ids(workspace_id=workspace_id))


def update_member(workspace_id: Id, member_id: Id, *, role: Role | None) -> Call[Envelope[WorkspaceMember]]:
    path, ids = _MEMBERS + "/{member_id}", Ids(workspace_id=workspace_id, member_id=member_id)
    return call_of("PATCH", path, Envelope[WorkspaceMember], ids, Safety.ONCE, body=body_of(role=role))


def remove_member(workspace_id: Id, member_id: Id) -> Call[Envelope[WireModel]]:
    path, ids = _MEMBERS + "/{member_id}", Ids(workspace_id=workspace_id, member_id=member_id)
    return call_of("DELETE", path, Envelope[WireModel], ids, Safety.ONCE)


def create_invite(workspace_id: Id, *, email: str, role: Role) -> Call[Envelope[CreatedInvite]]:
    body = body_of(email=email, role=role)
    return call_of("POST", _INVITES, Envelope[CreatedInvite], Ids(workspace_id=workspace_id), Safety.ONCE, body=body)


def update_invite(workspace_id: Id, invite_id: Id, *, role: Role | None) -> Call[Envelope[Invite]]:
    path, ids = _INVITES + "/{invite_id}", Ids(workspace_id=workspace_id, invite_id=invite_id)
    return call_of("PATCH", path, Envelope[Invite], ids, Safety.ONCE, body=body_of(role=role))


def revoke_invite(workspace_id: Id, invite_id: Id) -> Call[Envelope[WireModel]]:
    path, ids = _INVITES + "/{invite_id}", Ids(workspace_id=workspace_id, invite_id=invite_id)
    return call_of("DELETE", path, Envelope[WireModel], ids, Safety.ONCE)


def accept_invite(token: str | Secret) -> Call[Envelope[InviteAccepted]]:
    text = token.reveal() if isinstance(token, Secret) else token
    path = "/api/v1/workspaces/invites/{token}/accept"
    call = call_of("POST", path, Envelope[InviteAccepted], Ids(token=text), Safety.ONCE)
    return replace(call, secrets=(text,))

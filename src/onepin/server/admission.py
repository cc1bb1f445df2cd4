"""THE GATE. Everything a request passes before a byte of its body is read; read it from top to bottom."""

from uuid import UUID

from onepin.contract.codes import Code
from onepin.server.access import Need, Place, require_role, require_scopes
from onepin.server.audit import Actor
from onepin.server.errors import Refused
from onepin.server.identity.api_key import key_principal
from onepin.server.identity.credential import CHALLENGE, INVALID_TOKEN, Credential, Headers, Kind, read_credential
from onepin.server.identity.principal import Admitted, Principal
from onepin.server.identity.session import SessionVerifier
from onepin.server.identity.workspace import named_workspace, person_of, require_same_workspace
from onepin.server.keys.format import KeyFormat
from onepin.server.keys.verify import KeyVerifier
from onepin.server.records import MembershipRecord
from onepin.server.workspaces import Person, WorkspaceService


class Admission:
    """Decides about every request: credential → principal → workspace → scope or role. ``open_sign_up``: whether a
    stranger with a valid session becomes a user by calling.
    """

    def __init__(
        self,
        format_: KeyFormat,
        keys: KeyVerifier,
        sessions: SessionVerifier,
        workspaces: WorkspaceService,
        *,
        open_sign_up: bool,
    ) -> None:
        self._format = format_
        self._keys = keys
        self._sessions = sessions
        self._workspaces = workspaces
        self._open_sign_up = open_sign_up

    async def admit(self, headers: Headers, need: Need, *, request_id: UUID, base_url: str) -> Admitted:
        """The caller of a request that may go on.

        ``headers`` as ASGI gives them (lower-case names). Raises ``Refused`` in the order of the contract: 400 for a
        doubled header, 401 for who, 422 and 403 for where, 403 for what.
        """
        credential = read_credential(headers, self._format)
        principal = await self._identify(credential, need)
        named = named_workspace(headers)
        membership: MembershipRecord | None = None
        if principal.key is not None:
            require_same_workspace(principal.key.workspace_id, named)
            if need.key_scope:
                require_scopes(principal.key.scopes, [need.key_scope])
        elif need.place is Place.HEADER:
            membership = await self._locate(principal, named, request_id)
            require_role(membership.role, need)
        elif need.place is Place.PATH:
            await self._at_home(principal, request_id)
        else:
            membership = await self._present(principal, named)
        return Admitted(principal, membership, named, request_id, base_url)

    async def _identify(self, credential: Credential, need: Need) -> Principal:
        if credential.kind is Kind.API_KEY:
            if need.key_scope is None:  # and the key is not looked up: no oracle
                raise Refused(Code.SESSION_REQUIRED, headers=INVALID_TOKEN)
            return await key_principal(self._keys, credential.token)
        if credential.kind is not Kind.SESSION:
            raise Refused(Code.UNAUTHORIZED, headers=INVALID_TOKEN, reason=f"a {credential.kind.value} credential")
        claims = await self._sessions.verify(credential.token)
        person = person_of(claims)
        return Principal("clerk", person.id, claims=claims, person=person)

    async def _locate(self, principal: Principal, named: UUID | None, request_id: UUID) -> MembershipRecord:
        """The caller's membership where the request acts; a newcomer is welcomed into a personal workspace."""
        person = self.person(principal)
        found = await self._workspaces.membership(person.id, named)
        if found is None and self._open_sign_up and (named is None or not await self._workspaces.knows(person.id)):
            welcomed = await self._welcome(principal, person, request_id)
            found = welcomed if named is None else None
        if found is None:
            message = (
                None if named else "You have no workspace here yet. Ask for an invite, or name one in X-Workspace-Id."
            )
            raise Refused(Code.NOT_A_MEMBER, message)
        return found

    async def _welcome(self, principal: Principal, person: Person, request_id: UUID) -> MembershipRecord:
        actor = Actor("user", str(person.id), request_id, principal.claims.actor if principal.claims else None)
        return await self._workspaces.welcome(person, actor)

    def person(self, principal: Principal) -> Person:
        """The person behind a session."""
        if principal.person is None:
            raise Refused(Code.UNAUTHORIZED, headers=CHALLENGE)
        return principal.person

    async def _at_home(self, principal: Principal, request_id: UUID) -> None:
        """Make sure that the caller is a user here; a newcomer is welcomed, or refused where invites are needed."""
        person = self.person(principal)
        if await self._workspaces.knows(person.id):
            return
        if not self._open_sign_up:
            raise Refused(Code.NOT_A_MEMBER, "You have no workspace here yet. Ask for an invite.")
        await self._welcome(principal, person, request_id)

    async def _present(self, principal: Principal, named: UUID | None) -> MembershipRecord | None:
        """What the caller is in the named or personal workspace, without creating anything."""
        found = await self._workspaces.membership(self.person(principal).id, named)
        if found is None and named is not None:
            raise Refused(Code.NOT_A_MEMBER)
        return found

    def role_shown(self, caller: Admitted) -> str | None:
        """For whoami: the caller's role, or the one that a newcomer would get; None where they need an invite."""
        if caller.membership is not None:
            return caller.membership.role
        return "admin" if self._open_sign_up else None

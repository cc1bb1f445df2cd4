"""THE GATE. Everything a request passes before a byte of its body is read; read it from top to bottom."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from onepin.contract.codes import Code
from onepin.contract.verification import VerifyCode
from onepin.server.access import Need, Place, missing_scope, require_role
from onepin.server.audit import Actor
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.identity.credential import CHALLENGE, INVALID_TOKEN, Credential, Headers, Kind, read_credential
from onepin.server.identity.principal import Principal
from onepin.server.identity.session import SessionVerifier
from onepin.server.identity.workspace import named_workspace, person_of
from onepin.server.keys.format import KeyFormat
from onepin.server.keys.usage import Outcome, Usage
from onepin.server.keys.verify import KeyVerifier
from onepin.server.limits.limit import Allowance, headers_of
from onepin.server.limits.memory import MemoryLimiter
from onepin.server.people import Person
from onepin.server.records import MembershipRecord, PresentedKey
from onepin.server.workspaces import WorkspaceService


class Ask(NamedTuple):
    """What a key is to be used for: every one of ``scopes``, in any one of ``workspaces`` (None: wherever it belongs),
    as ``cost`` requests (0: just looking). ``fault``: what is wrong with the question, told to good keys only.
    """

    scopes: Sequence[str] = ()
    workspaces: Collection[UUID] | None = None
    cost: int = 1
    fault: Refused | None = None


Reach = Callable[[UUID], VerifyCode | None]
"""What to say of a key by the workspace it belongs to; None: nothing against it."""


class Decision(NamedTuple):
    """What was decided about a key; ``key`` is None only for one that does not exist."""

    code: VerifyCode
    key: PresentedKey | None = None
    allowance: Allowance | None = None
    missing: tuple[str, ...] = ()


class Admitted(NamedTuple):
    """What a handler gets: the caller, their place in the workspace if the route has one, and the request's id."""

    principal: Principal
    membership: MembershipRecord | None
    named_workspace: UUID | None
    request_id: str
    base_url: str
    allowance: Allowance | None = None

    @property
    def workspace_id(self) -> UUID:
        """The workspace the request acts in: a key's own, or the one the gate found for a session."""
        if self.principal.key is not None:
            return self.principal.key.workspace_id
        assert self.membership is not None, "the route needs a workspace, so the gate found one"  # noqa: S101
        return self.membership.workspace_id

    @property
    def user_id(self) -> UUID:
        """The person behind a session."""
        assert self.principal.user_id is not None, "a session always has a user"  # noqa: S101
        return self.principal.user_id

    @property
    def actor(self) -> Actor:
        """For the audit log."""
        claims = self.principal.claims
        return Actor("user", str(self.principal.user_id), UUID(self.request_id), claims.actor if claims else None)


_INVALID = Decision(VerifyCode.INVALID_API_KEY)


class Admission:
    """Decides about every request: credential → principal → workspace → scope or role → limit.

    ``open_sign_up``: whether a stranger with a valid session becomes a user by calling.
    """

    def __init__(
        self,
        format_: KeyFormat,
        keys: KeyVerifier,
        sessions: SessionVerifier,
        workspaces: WorkspaceService,
        limiter: MemoryLimiter,
        usage: Usage,
        *,
        clock: Clock,
        open_sign_up: bool,
    ) -> None:
        self._format = format_
        self._keys = keys
        self._sessions = sessions
        self._workspaces = workspaces
        self._limiter = limiter
        self._usage = usage
        self._clock = clock
        self._open_sign_up = open_sign_up

    async def decide(self, text: str, ask: Ask, *, within: Reach | None = None) -> Decision:
        """THE decision about an API key, whoever asks: whoami, check, verify and every route that takes keys.

        Identity and state first, then workspace, scopes, limit. Counts against the key's limit when, and only when, it
        admits. ``within``: what to say of a key by its workspace, before anything else; INVALID_API_KEY denies that it
        exists. Raises ``Refused``: UNAVAILABLE when the store is away, ``ask.fault`` once the key is known to be good.
        """
        key = await self._keys.find(text)
        beyond = None if within is None or key is None else within(key.workspace_id)
        if key is None or beyond is VerifyCode.INVALID_API_KEY:
            return _INVALID
        if beyond is not None:
            return Decision(beyond, key, self._look(key))
        state = self._keys.state(key)
        if state is not None:
            return Decision(state, key)
        if ask.fault is not None:
            ask.fault.headers.update(self.limit_headers(self._look(key)))
            raise ask.fault
        if ask.workspaces is not None and key.workspace_id not in ask.workspaces:
            return Decision(VerifyCode.WORKSPACE_MISMATCH, key, self._look(key))
        if ask.scopes:
            missing = tuple(scope for scope in ask.scopes if scope not in key.scopes)
            if missing:
                if ask.cost:
                    self._usage.note(key.id, key.workspace_id, Outcome.INSUFFICIENT_SCOPE)
                return Decision(VerifyCode.INSUFFICIENT_SCOPE, key, self._look(key), missing)
        allowance = self._limiter.admit(key.window_id, key.rate_limit_per_min, ask.cost)
        if allowance is not None and not allowance.admitted:
            self._usage.note(key.id, key.workspace_id, Outcome.RATE_LIMITED)
            return Decision(VerifyCode.RATE_LIMITED, key, allowance)
        if ask.cost:
            self._usage.note(key.id, key.workspace_id, Outcome.OK, ask.cost)
        return Decision(VerifyCode.VALID, key, allowance)

    def _look(self, key: PresentedKey) -> Allowance | None:
        return self._limiter.look(key.window_id, key.rate_limit_per_min)

    def credential(self, headers: Headers) -> Credential:
        """The credential of a request, not yet looked at. Raises ``Refused`` (UNAUTHORIZED, BAD_REQUEST)."""
        return read_credential(headers, self._format)

    async def admit(
        self, headers: Headers, need: Need, *, request_id: str, base_url: str = "", cost: int = 1
    ) -> Admitted:
        """The caller of a request that may go on.

        ``headers`` as ASGI gives them (lower-case names). Raises ``Refused`` in the order of the contract: 400 for a
        doubled header, 401 for who, 422 and 403 for where, 403 for what, 429 for how often. ``cost``: what the request
        counts against the limit of a key. ``base_url``: for handlers whose answers hold links.
        """
        credential = read_credential(headers, self._format)
        if credential.kind is Kind.API_KEY:
            if need.key_scope is None:  # and the key is not looked up: no oracle
                raise Refused(Code.SESSION_REQUIRED, headers=INVALID_TOKEN)
            named, fault = _named(headers)
            ask = Ask((need.key_scope,) if need.key_scope else (), (named,) if named else None, cost, fault)
            key, allowance = self.granted(await self.decide(credential.token, ask), ask)
            if cost == 0:  # counted as none, and yet the key was used
                self._usage.note(key.id, key.workspace_id, Outcome.OK, 0)
            caller = Principal("api_key", key.created_by, key=key)
            return Admitted(caller, None, named, request_id, base_url, allowance)
        if credential.kind is not Kind.SESSION:
            raise Refused(Code.UNAUTHORIZED, headers=INVALID_TOKEN, reason=f"a {credential.kind.value} credential")
        principal = await self._signed_in(credential)
        named = named_workspace(headers)
        membership = await self._place(principal, named, need, request_id)
        return Admitted(principal, membership, named, request_id, base_url)

    def granted(self, decision: Decision, ask: Ask) -> tuple[PresentedKey, Allowance | None]:
        """The key of a decision that says yes. Raises ``Refused`` for every other, as the contract words it: unknown,
        malformed, paused, revoked and expired are one answer.
        """
        key, allowance = decision.key, decision.allowance
        if decision.code is VerifyCode.VALID and key is not None:
            return key, allowance
        shown = self.limit_headers(allowance)
        if decision.code is VerifyCode.WORKSPACE_MISMATCH:
            raise Refused(Code.WORKSPACE_MISMATCH, headers=shown)
        if decision.code is VerifyCode.INSUFFICIENT_SCOPE:
            raise missing_scope(decision.missing, ask.scopes, shown)
        if decision.code is VerifyCode.RATE_LIMITED and allowance is not None:
            raise Refused(
                Code.RATE_LIMITED,
                f"This key may send {allowance.limit} requests per minute. Wait as long as Retry-After says.",
                headers=shown,
            )
        raise Refused(Code.INVALID_API_KEY, headers=INVALID_TOKEN, reason=decision.code.value)

    def limit_headers(self, allowance: Allowance | None) -> dict[str, str]:
        """The rate-limit headers of an answer to a key; none for a key without a limit."""
        if allowance is None:
            return {}
        return {name.decode(): value.decode() for name, value in headers_of(allowance, self._clock.now())}

    async def check(self, headers: Headers, ask: Ask) -> Decision:
        """The decision about the key that a request carries, for a proxy. Raises ``Refused``: UNAUTHORIZED for anything
        but an API key, and everything that ``granted`` raises.
        """
        credential = read_credential(headers, self._format)
        if credential.kind is not Kind.API_KEY:
            raise Refused(Code.UNAUTHORIZED, headers=INVALID_TOKEN, reason="a check takes API keys only")
        named, fault = _named(headers)
        if named is not None and (ask.workspaces is None or named in ask.workspaces):
            ask = ask._replace(workspaces=(named,))
        elif named is not None:
            ask = ask._replace(workspaces=())
        decision = await self.decide(credential.token, ask._replace(fault=fault or ask.fault))
        self.granted(decision, ask)
        return decision

    async def _signed_in(self, credential: Credential) -> Principal:
        claims = await self._sessions.verify(credential.token)
        person = person_of(claims)
        return Principal("clerk", person.id, claims=claims, person=person)

    async def _place(
        self, principal: Principal, named: UUID | None, need: Need, request_id: str
    ) -> MembershipRecord | None:
        """What the session's person is where the request acts, if the route acts in a workspace."""
        if need.place is Place.HEADER:
            membership = await self._locate(principal, named, request_id)
            require_role(membership.role, need)
            return membership
        if need.place is Place.PATH:
            await self._at_home(principal, request_id)
            return None
        if need.place is Place.ARRIVAL:
            if self._open_sign_up:
                await self._at_home(principal, request_id)
            return None
        return await self._present(principal, named)

    async def _locate(self, principal: Principal, named: UUID | None, request_id: str) -> MembershipRecord:
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

    async def _welcome(self, principal: Principal, person: Person, request_id: str) -> MembershipRecord:
        actor = Actor("user", str(person.id), UUID(request_id), principal.claims.actor if principal.claims else None)
        return await self._workspaces.welcome(person, actor)

    def person(self, principal: Principal) -> Person:
        """The person behind a session."""
        if principal.person is None:
            raise Refused(Code.UNAUTHORIZED, headers=CHALLENGE)
        return principal.person

    async def _at_home(self, principal: Principal, request_id: str) -> None:
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


def _named(headers: Headers) -> tuple[UUID | None, Refused | None]:
    """What ``X-Workspace-Id`` says, or what is wrong with it, to be told once the caller is known."""
    try:
        return named_workspace(headers), None
    except Refused as fault:
        return None, fault

"""The people of a workspace against a model: whatever they do to each other, it keeps its owner and obeys its admins.

``pytest tests/models --dose long`` tries many more.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from answers import data
from models.host import Host
from tenants import audit, user_id_of

DOSES = {"short": (10, 25), "long": (400, 50)}
LIFE = 14 * 86_400
PEOPLE = ("owner", "ben", "cat", "dan")
people = st.sampled_from(PEOPLE)
roles = st.sampled_from(["admin", "editor", "viewer"])


@dataclass
class ModelInvite:
    """An invite as the model has it."""

    id: str
    token: str
    email: str
    role: str
    ends: float
    status: str = "pending"


@dataclass
class Team:
    """Who belongs to the workspace, who is invited, and what the log must say."""

    now: float = 0
    roles: dict[str, str] = field(default_factory=lambda: {"owner": "admin"})
    invites: dict[str, ModelInvite] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)

    def state(self, invite: ModelInvite) -> str:
        """The status of an invite now."""
        return "expired" if invite.status == "pending" and self.now >= invite.ends else invite.status

    def pending(self, who: str) -> bool:
        """Whether somebody has an invite that works."""
        return any(one.email == who and self.state(one) == "pending" for one in self.invites.values())

    def refusal(self, actor: str) -> int | None:
        """Why somebody may not manage the people: they are no member, or no admin."""
        role = self.roles.get(actor)
        return 404 if role is None else None if role == "admin" else 403


class Members(RuleBasedStateMachine):
    """Every operation on members and invites, by anybody on anybody, in a workspace of its own."""

    invites: Bundle[str] = Bundle("invites")

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        host.newcomer()
        service = host.service
        self.address = {who: service.user if who == "owner" else f"{who}-{service.user}" for who in PEOPLE}
        self.home = host.run(service.workspace_of(service.user))
        self.ids = {who: host.run(user_id_of(service, address)) for who, address in self.address.items()}
        self.team = Team()

    def call(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """One request of somebody's, about the workspace unless the path says otherwise."""
        service = self.host.service
        path = path if path.startswith("/") else f"workspaces/{self.home}/{path}"
        return self.host.run(service.call(method, path, service.session(self.address[who]), **more))

    def done(self, answer: httpx.Response, expected: int, event: str | None = None) -> bool:
        """Check a status; count an event of a success. Whether it was one."""
        assert answer.status_code == expected, answer.text
        if expected < 300 and event is not None:
            self.team.events[event] += 1
        return expected < 300

    @rule(target=invites, actor=people, who=people, role=roles)
    def invite(self, actor: str, who: str, role: str) -> str | MultipleResults[str]:
        """Whoever is no member and has no invite can be given one."""
        taken = who in self.team.roles or self.team.pending(who)
        body = {"email": self.address[who], "role": role}
        answer = self.call(actor, "POST", "invites", json=body)
        if not self.done(answer, self.team.refusal(actor) or (409 if taken else 201), "invite.created"):
            return multiple()
        made = data(answer, 201)
        new = ModelInvite(made["id"], made["token"], who, role, self.team.now + LIFE)
        self.team.invites[new.id] = new
        return new.id

    @rule(id_=invites, who=people)
    def accept(self, id_: str, who: str) -> None:
        """Whom it is for, once, while it lasts."""
        invite = self.team.invites[id_]
        works = self.team.state(invite) == "pending"
        expected = 410 if not works else 200 if invite.email == who else 403
        answer = self.call(who, "POST", f"/api/v1/workspaces/invites/{invite.token}/accept")
        if self.done(answer, expected, "invite.accepted"):
            invite.status = "accepted"
            self.team.roles[who] = invite.role
            self.team.events["member.joined"] += 1

    @rule(id_=invites)
    def accept_as_meant(self, id_: str) -> None:
        """The commonest case, by itself."""
        self.accept(id_, self.team.invites[id_].email)

    @rule(actor=people, id_=invites)
    def revoke(self, actor: str, id_: str) -> None:
        """While it is pending."""
        invite = self.team.invites[id_]
        expected = self.team.refusal(actor) or (200 if self.team.state(invite) == "pending" else 404)
        if self.done(self.call(actor, "DELETE", f"invites/{id_}"), expected, "invite.revoked"):
            invite.status = "revoked"

    @rule(actor=people, id_=invites, role=roles)
    def promise(self, actor: str, id_: str, role: str) -> None:
        """Another role, while it is pending."""
        invite = self.team.invites[id_]
        expected = self.team.refusal(actor) or (200 if self.team.state(invite) == "pending" else 409)
        event = None if role == invite.role else "invite.role_changed"
        if self.done(self.call(actor, "PATCH", f"invites/{id_}", json={"role": role}), expected, event):
            invite.role = role

    @rule(actor=people, who=people, role=roles)
    def change(self, actor: str, who: str, role: str) -> None:
        """Anybody's role but the owner's."""
        found = self.team.roles.get(who)
        fate = 404 if found is None else 409 if who == "owner" and role != "admin" else 200
        expected = self.team.refusal(actor) or fate
        event = None if role == found else "member.role_changed"
        answer = self.call(actor, "PATCH", f"members/{self.ids[who]}", json={"role": role})
        if self.done(answer, expected, event):
            self.team.roles[who] = role

    @rule(actor=people, who=people)
    def remove(self, actor: str, who: str) -> None:
        """Anybody but the owner."""
        fate = 404 if who not in self.team.roles else 409 if who == "owner" else 200
        expected = self.team.refusal(actor) or fate
        if self.done(self.call(actor, "DELETE", f"members/{self.ids[who]}"), expected, "member.removed"):
            del self.team.roles[who]

    @rule(seconds=st.sampled_from([1, 86_400, LIFE - 1, LIFE]))
    def advance(self, seconds: int) -> None:
        """Time passes; invites end."""
        self.host.service.clock.advance(seconds)
        self.team.now += seconds

    @invariant()
    def the_list_is_the_models(self) -> None:
        """As the owner sees it, who is always there and always an admin."""
        listed = data(self.call("owner", "GET", "members"))
        assert (listed[0]["email"], listed[0]["role"]) == (self.address["owner"], "admin")
        found = {(one["email"], one["role"], one["status"]) for one in listed}
        active = {(self.address[who], role, "active") for who, role in self.team.roles.items()}
        waiting = {
            (self.address[one.email], one.role, "invited")
            for one in self.team.invites.values()
            if self.team.state(one) == "pending"
        }
        assert found == active | waiting
        assert len(listed) == len(found)

    @invariant()
    def roles_are_what_they_open(self) -> None:
        """What the keys' routes say to each of them agrees with the list."""
        service = self.host.service
        for who in PEOPLE:
            headers = service.session(self.address[who], self.home)
            answer = self.host.run(service.call("POST", "api-keys", headers, json={"name": ""}))
            assert answer.status_code == (422 if self.team.roles.get(who) in ("admin", "editor") else 403)

    def teardown(self) -> None:
        """One event for each change, none for a refusal, none without somebody who did it."""
        written = self.host.run(audit(self.host.service, UUID(str(self.home))))
        found = Counter(event.action for event in written if event.action.startswith(("member", "invite")))
        assert found == self.team.events
        assert {event.actor_kind for event in written} == {"user"}


def test_any_history_of_members_leaves_a_workspace_its_owner(host: Host, dose: str) -> None:
    """If this failed, some order of invites, roles and removals would lock people out, or let somebody in."""

    class InThisRun(Members):
        def __init__(self) -> None:
            super().__init__(host)

    examples, steps = DOSES[dose]
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[phase for phase in Phase if dose == "long" or phase not in (Phase.shrink, Phase.explain)],
    )
    run_machine(InThisRun, settings=chosen)

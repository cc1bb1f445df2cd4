"""The life of keys against a model: any order of operations gives the answers that the contract gives.

``pytest tests/models --dose long`` tries many more.
"""

import itertools
from collections import Counter
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from answers import data, refused
from models.host import Host
from models.key_model import STATUSES, Status, Workspace
from models.recount import counting_faults
from onepin.contract.scopes import SCOPES
from onepin.server.keys import counting
from tenants import audit

T = TypeVar("T")
DOSES = {"short": (20, 25), "long": (500, 50)}
NAMES = st.sampled_from(["a key", "Schlüssel", "x" * 120])
LIMITS = st.sampled_from([None, 1, 60, 1_000_000])
SCOPE_LISTS = st.lists(st.sampled_from(SCOPES), max_size=4)
CREATES = st.fixed_dictionaries({"name": NAMES}, optional={"scopes": SCOPE_LISTS, "rate_limit_per_min": LIMITS})
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | NAMES,
        "scopes": st.none() | SCOPE_LISTS,
        "rate_limit_per_min": LIMITS,
        "active": st.sampled_from([None, True, False]),
    },
)


def said(answer: httpx.Response, status: int = 200) -> Any:
    """The data of an answer without the last use, which is written beside the requests whenever it comes to that."""

    def without_use(found: Any) -> Any:
        if isinstance(found, list):
            return [without_use(item) for item in found]
        if isinstance(found, dict):
            return {name: without_use(value) for name, value in found.items() if name != "last_used_at"}
        return found

    return without_use(data(answer, status))


class Lifecycle(RuleBasedStateMachine):
    """Every operation on keys, in a workspace of its own."""

    keys: Bundle[str] = Bundle("keys")

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self.restarted = False
        self.statuses = itertools.cycle(STATUSES)
        host.newcomer()
        self.model = Workspace(host.service.clock.now())
        me = data(self.call("GET", "auth/whoami"))
        workspaces = data(self.call("GET", "workspaces"))
        self.about = {"workspace_id": workspaces[0]["id"], "created_by": me["user_id"]}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request of the workspace's owner."""
        service = self.host.service
        return self.host.run(service.call(method, path, service.session(), **more))

    def shown(self, key_id: str) -> dict[str, Any]:
        """What the model says that the server says about a key."""
        return self.model.shown(self.model.get(key_id), self.about)

    @rule(target=keys, body=CREATES)
    def create(self, body: dict[str, Any]) -> str:
        """A new key; its secret is beside what every other answer says about it."""
        made = said(self.call("POST", "api-keys", json=body), 201)
        key = self.model.create(body, made["id"], made["api_key"])
        assert made == {**self.shown(key.id), "api_key": key.secret}
        return key.id

    @rule(key=keys)
    def get(self, key: str) -> None:
        """One key, as it is now."""
        assert said(self.call("GET", f"api-keys/{key}")) == self.shown(key)

    @rule(status=st.sampled_from(STATUSES), offset=st.integers(0, 30), limit=st.integers(1, 12))
    def list(self, status: Status, offset: int, limit: int) -> None:
        """Any page of any list."""
        answer = self.call("GET", f"api-keys?status={status}&offset={offset}&limit={limit}")
        expected = self.model.listed(status)
        assert said(answer) == [self.shown(key) for key in expected[offset : offset + limit]]
        assert answer.json()["pagination"]["total"] == len(expected)

    @rule(key=keys, body=PATCHES)
    def patch(self, key: str, body: dict[str, Any]) -> None:
        """Rename, re-scope, limit, pause and resume, in any combination."""
        answer = self.call("PATCH", f"api-keys/{key}", json=body)
        if self.model.patch(key, body) is None:
            refused(answer, "CONFLICT")
        else:
            assert said(answer) == self.shown(key)

    @rule(key=keys, active=st.booleans())
    def pause_or_resume(self, key: str, active: bool) -> None:
        """The commonest change, by itself."""
        self.patch(key, {"active": active})

    @rule(target=keys, key=keys, grace=st.sampled_from([None, 0, 1, 60, 3600, 604_800]))
    def rotate(self, key: str, grace: int | None) -> str | MultipleResults[str]:
        """A successor, and the old one ended or in grace."""
        allowed = self.model.may_rotate(key)
        more = {} if grace is None else {"json": {"grace_seconds": grace}}
        answer = self.call("PATCH", f"api-keys/{key}/rotate", **more)
        if not allowed:
            refused(answer, "CONFLICT")
            return multiple()
        both = said(answer)
        _, new = self.model.rotate(key, grace or 0, both["new_key"]["id"], both["new_key"]["api_key"])
        assert both == {"old_key": self.shown(key), "new_key": {**self.shown(new.id), "api_key": new.secret}}
        return new.id

    @rule(key=keys)
    def revoke(self, key: str) -> None:
        """For good, and as often as one likes."""
        self.model.revoke(key)
        assert said(self.call("DELETE", f"api-keys/{key}")) == self.shown(key)

    @rule(method=st.sampled_from(["GET", "PATCH", "DELETE"]))
    def miss(self, method: str) -> None:
        """An id that is nobody's."""
        more = {"json": {"active": True}} if method == "PATCH" else {}
        refused(self.call(method, f"api-keys/{uuid4()}", **more), "NOT_FOUND")

    @rule(key=keys)
    def verify(self, key: str) -> None:
        """The holder of a secret is told who they are, or that the key is invalid."""
        answer = self.host.run(self.host.service.whoami(self.model.keys[key].secret))
        if not self.model.usable(key):
            refused(answer, "INVALID_API_KEY")
            return
        if answer.status_code == 429:  # exactly when is told by tests/limits
            assert self.model.get(key).limit is not None
            return
        assert data(answer) == {
            "auth_kind": "api_key",
            "user_id": self.about["created_by"],
            "workspace_id": self.about["workspace_id"],
            "api_key_id": key,
            "scopes": sorted(self.model.get(key).scopes),
        }

    @rule(seconds=st.sampled_from([0.001, 0.5, 1, 59.5, 60, 3600, 604_800]))
    def advance(self, seconds: float) -> None:
        """Time passes; graces end."""
        self.host.service.clock.advance(seconds)
        self.model.now = self.host.service.clock.now()

    @precondition(lambda self: self.model.graces())
    @rule(beside=st.sampled_from([-1e-6, 0, 1e-6]))
    def advance_to_the_end_of_a_grace(self, beside: float) -> None:
        """To the very microsecond, and the ones beside it."""
        self.advance((self.model.graces()[0] - self.model.now).total_seconds() + beside)

    @precondition(lambda self: not self.restarted)
    @rule()
    def restart(self) -> None:
        """Nothing is kept in memory that matters. Once in a history: a start takes as long as thirty requests."""
        self.restarted = True
        self.host.restart()

    @invariant()
    def lists_agree(self) -> None:
        """After every step one of the lists, in turn: its first page and its total are the model's, newest first."""
        self.list(next(self.statuses), 0, 12)

    def teardown(self) -> None:
        """Every list, every secret, the counters, and one audit event for each change, none for a refusal."""
        for status in STATUSES:
            self.list(status, 0, 100)
        for key in self.model.keys:
            self.verify(key)
        workspace = UUID(self.about["workspace_id"])
        assert self.host.run(counting_faults(self.host.service.store, workspace)) == []
        written = self.host.run(audit(self.host.service, workspace))
        found = Counter((event.action, str(event.target_id)) for event in written if event.action.startswith("api_key"))
        swept = {(action, key) for action, key in found if action == "api_key.expired"}
        assert {key for _, key in swept} <= self.model.expired()
        assert {event: found[event] for event in found if event not in swept} == dict(self.model.events)
        assert all(found[event] == 1 for event in swept)


def try_histories(host: Host, dose: str) -> None:
    """Run the machine. The short dose reports a failure as it was found, since shrinking it takes minutes."""

    class InThisRun(Lifecycle):
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
    run_state_machine_as_test(InThisRun, settings=chosen)


def test_any_history_gives_the_answers_of_the_model(host: Host, dose: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this failed, some order of operations would bring a dead key back, or miscount or misplace one.

    Blocks of three keys, so that pages skip blocks; in a long run also blocks as they are.
    """
    if dose == "long":
        try_histories(host, dose)
        host.newcomer()
    monkeypatch.setattr(counting, "BLOCK", 3)
    try_histories(host, dose)

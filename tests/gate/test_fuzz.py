"""Whatever is sent: an answer that the contract knows, and no trace of what was refused."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from asgi_client import ask
from onepin.contract.scopes import SCOPES
from routes import API, ROUTES
from service import Service
from standing import standing_loop
from tenants import join, state, user_id_of

pytestmark = standing_loop
FIELDS = ["name", "scopes", "rate_limit_per_min", "key_type", "active", "grace_seconds", "slug", "role", "email"]
TEXT: SearchStrategy[str] = st.one_of(
    st.text(max_size=130),
    st.sampled_from(
        ["", " ", "a", "live", "test", "null", "\x00", "\ud800", "\u202e", "a" * 121, "true", "1", *SCOPES]
    ),
)
LEAF: SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, 60, 1_000_000, 1_000_001, 2**31, 2**53, 2**63, -1, 604_800]),
    st.floats(),
    TEXT,
)
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
LIKELY: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(st.just("a name"), TEXT),
        "scopes": st.one_of(st.lists(st.sampled_from(SCOPES), max_size=4), VALUE),
        "rate_limit_per_min": st.one_of(st.none(), st.integers(1, 1_000_000), LEAF),
        "active": st.one_of(st.booleans(), LEAF),
        "role": st.one_of(st.sampled_from(["admin", "editor", "viewer"]), TEXT),
        "email": st.one_of(st.just("new@example.com"), st.emails(), TEXT),
        "grace_seconds": st.one_of(st.integers(0, 604_800), LEAF),
    },
)
BODY: SearchStrategy[bytes] = st.one_of(
    st.just(b""),
    st.just(b"{}"),
    LIKELY.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.one_of(st.sampled_from(FIELDS), TEXT), VALUE, max_size=5).map(lambda v: json.dumps(v).encode()),
    VALUE.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200),
    st.tuples(LIKELY, st.integers(0, 60), st.binary(max_size=3)).map(lambda parts: spoiled(*parts)),
)
HEADER_TEXT = st.text(st.characters(max_codepoint=255), max_size=300)
QUERY = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(["offset", "limit", "status", "slug"]), st.text(max_size=8)),
        st.one_of(
            st.sampled_from(["0", "1", "50", "all", "active", "revoked", "a-slug", str(2**63)]), st.text(max_size=20)
        ),
    ),
    max_size=3,
)


def spoiled(value: Any, at: int, extra: bytes) -> bytes:
    """JSON with something put in or left out somewhere."""
    whole = json.dumps(value).encode()
    return whole[:at] + extra + whole[at + len(extra) // 2 :]


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{quote(n, errors='surrogatepass')}={quote(v, errors='surrogatepass')}" for n, v in pairs)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request that may be good: often nearly so."""
    route = draw(st.sampled_from(ROUTES))
    return {
        "method": draw(st.sampled_from([route.method] * 9 + ["PUT"])),
        "path": route.path.partition("?")[0],
        "whose": route.whose,
        "id": draw(st.sampled_from(["own"] * 8 + ["nobody's", "text"])),
        "text": quote(draw(st.text(min_size=1, max_size=40)), safe="", errors="surrogatepass"),
        "query": encoded(draw(QUERY)) if draw(st.integers(0, 3)) == 0 or not route.changes else "",
        "kind": draw(st.sampled_from(["application/json"] * 9 + ["text/plain"])),
        "workspace": draw(st.sampled_from(["none"] * 8 + ["own", "text"])),
        "once": draw(st.one_of(st.none(), st.none(), HEADER_TEXT, st.just("a-good-value-of-16"))),
        "header": draw(HEADER_TEXT),
        "body": draw(BODY),
    }


async def send(service: Service, ids: dict[str, str], sent: dict[str, Any]) -> int:
    """The status of the answer; the client has checked everything else about it."""
    named = {"own": ids.get(sent["whose"] or "", ""), "nobody's": str(UUID(int=7)), "text": sent["text"]}[sent["id"]]
    headers = [*service.session().items(), ("Content-Type", sent["kind"])]
    if sent["workspace"] != "none":
        headers.append(("X-Workspace-Id", ids["home"] if sent["workspace"] == "own" else sent["header"]))
    if sent["once"] is not None:
        headers.append(("Idempotency-Key", sent["once"]))
    path = sent["path"].replace("{id}", named).replace("{workspace}", ids["workspace"]).replace("{token}", sent["text"])
    target = f"{API}{path}?{sent['query']}"
    return (await ask(service.app, sent["method"], target, headers, sent["body"])).status


@given(sent=requests())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_request_is_answered_and_a_refused_one_leaves_no_trace(
    service: Service, sent: dict[str, Any]
) -> None:
    """If this failed, somebody could make the server fail, or change something by a request that was refused."""
    someone = service.anew()
    key = await someone.create_key()
    home = team = key["workspace_id"]
    ids = {"key": key["id"], "home": home, "workspace": team}
    if sent["path"].startswith("/workspaces"):
        made = await someone.call("POST", "workspaces", someone.session(), json={"name": "Team"})
        team = ids["workspace"] = made.json()["data"]["id"]
        guest = f"guest-{someone.user}"
        await join(someone, team, guest, "viewer")
        ids["member"] = str(await user_id_of(someone, guest))
        invited = {"email": f"invited-{someone.user}", "role": "viewer"}
        invite = await someone.call("POST", f"workspaces/{team}/invites", someone.session(), json=invited)
        ids["invite"] = invite.json()["data"]["id"]
    before = [await state(someone, workspace) for workspace in (home, team)]
    status = await send(someone, ids, sent)
    event(f"{status}")
    assert 200 <= status < 300 or 400 <= status < 500
    if status >= 400:
        assert [await state(someone, workspace) for workspace in (home, team)] == before

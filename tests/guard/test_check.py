"""What the guard asks, whom it lets in, and what everybody else is told."""

import json
from uuid import uuid4

import pytest

from guard.conftest import Ask
from guard.stub import META, Reply, Stub, admitted, refusal, response
from onepin.contract.envelopes import ErrorEnvelope
from onepin.guard import ANY_WORKSPACE, AsyncGuard, Guard, Principal, Refused, Unavailable

SECRET = "pk_live_" + "x" * 38


def bearer(secret: str = SECRET) -> str:
    return f"Bearer {secret}"


def test_a_good_key_gives_its_principal(stub: Stub, ask: Ask) -> None:
    key = stub.key("workflows:read", "workflows:run", name="nightly · ci 100%")
    principal = ask().check(bearer(key.secret))
    scopes = frozenset({"workflows:read", "workflows:run"})
    assert principal == Principal(key.key_id, key.workspace_id, key.creator, "nightly · ci 100%", scopes)


def test_a_key_without_a_known_creator_or_scopes_is_a_principal_too(stub: Stub, ask: Ask) -> None:
    principal = ask().check(bearer(stub.key(creator=None, name="").secret))
    assert (principal.creator, principal.name, principal.scopes) == (None, "", frozenset())


def test_the_question_is_a_get_with_scopes_and_workspaces_and_no_more_of_the_caller_than_the_key(
    stub: Stub, ask: Ask
) -> None:
    key = stub.key("workflows:run", "voices:read")
    other = uuid4()
    ask(workspace=[key.workspace_id, str(other)]).check(bearer(key.secret), "workflows:run", "voices:read")
    asked = stub.asked[0]
    assert (asked.method, asked.target.split("?")[0]) == ("GET", "/api/v1/auth/check")
    assert asked.query["scope"] == ["workflows:run", "voices:read"]
    assert set(asked.query["workspace"]) == {str(key.workspace_id), str(other)}
    assert set(asked.headers) == {"host", "user-agent", "accept", "authorization"}
    assert asked.headers["host"] == stub.base_url.removeprefix("http://")


def test_a_base_url_may_have_a_path(stub: Stub, ask: Ask) -> None:
    ask(f"{stub.base_url}/keys/").check(bearer(stub.key().secret))
    assert stub.asked[0].target == "/keys/api/v1/auth/check"


@pytest.mark.parametrize("client", ["203.0.113.9", "2001:db8::1"])
def test_the_callers_address_is_told_if_it_is_one(stub: Stub, ask: Ask, client: str) -> None:
    ask().check(bearer(stub.key().secret), client=client)
    assert stub.asked[0].headers["x-forwarded-for"] == client


@pytest.mark.parametrize("client", ["testclient", "", "1.2.3.4, 5.6.7.8", "1.2.3.4\r\nX-Evil: 1", "fe80::1%eth0"])
def test_what_is_no_address_is_not_told(stub: Stub, ask: Ask, client: str) -> None:
    """Otherwise whoever names the client could write headers of the question."""
    ask().check(bearer(stub.key().secret), client=client)
    assert "x-forwarded-for" not in stub.asked[0].headers
    assert "x-evil" not in stub.asked[0].headers


def test_an_unknown_key_is_refused_with_the_servers_own_words(stub: Stub, ask: Ask) -> None:
    with pytest.raises(Refused) as caught:
        ask().check(bearer())
    refused = caught.value.refusal
    assert (refused.status, refused.code, refused.message) == (401, "INVALID_API_KEY", "No.")
    headers = dict(refused.headers)
    assert json.loads(refused.body)["meta"] == META | {"request_id": headers["x-request-id"]}
    assert headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert (headers["content-type"], headers["cache-control"]) == ("application/json", "no-store")
    assert str(caught.value) == "401 INVALID_API_KEY: No."


def test_a_lacking_scope_is_refused_and_named(stub: Stub, ask: Ask) -> None:
    with pytest.raises(Refused) as caught:
        ask().check(bearer(stub.key("workflows:read").secret), "workflows:run")
    assert (caught.value.refusal.status, caught.value.refusal.code) == (403, "INSUFFICIENT_SCOPE")
    assert 'scope="workflows:run"' in dict(caught.value.refusal.headers)["www-authenticate"]


def test_a_key_of_another_workspace_is_refused(stub: Stub, ask: Ask) -> None:
    """Otherwise any customer's key would open any other customer's application."""
    with pytest.raises(Refused) as caught:
        ask(workspace=uuid4()).check(bearer(stub.key().secret))
    assert (caught.value.refusal.status, caught.value.refusal.code) == (403, "WORKSPACE_MISMATCH")


def test_a_reached_limit_is_refused_with_all_that_says_when_to_come_back(stub: Stub, ask: Ask) -> None:
    with pytest.raises(Refused) as caught:
        ask().check(bearer(stub.key(limited=True).secret))
    assert caught.value.refusal.status == 429
    headers = dict(caught.value.refusal.headers)
    assert headers["retry-after"] == "7"
    assert headers["ratelimit"] == '"default";r=0;t=7'
    assert headers["ratelimit-policy"] == '"default";q=1000;w=60'
    assert headers["x-ratelimit-limit"] == "1000"
    assert headers["x-ratelimit-remaining"] == "0"
    assert headers["x-ratelimit-reset"] == "1777777777"


def test_other_headers_of_the_server_stay_where_they_are(stub: Stub, ask: Ask) -> None:
    """Otherwise the server's cookies, policies and encodings would become the application's."""
    more = {"Set-Cookie": "a=b", "Content-Security-Policy": "x", "Connection": "keep-alive", "X-Ratelimit-": "1"}
    stub.reply = lambda _: refusal(401, "INVALID_API_KEY", {"WWW-Authenticate": "Bearer", **more})
    with pytest.raises(Refused) as caught:
        ask().check(bearer())
    assert {name for name, _ in caught.value.refusal.headers} == {
        "content-type", "cache-control", "www-authenticate", "x-request-id",
    }  # fmt: skip


@pytest.mark.parametrize("authorization", [None, ""])
def test_no_credential_is_a_401_without_an_error_and_the_server_is_not_troubled(
    stub: Stub, ask: Ask, authorization: str | None
) -> None:
    with pytest.raises(Refused) as caught:
        ask().check(authorization)
    assert (caught.value.refusal.status, caught.value.refusal.code) == (401, "UNAUTHORIZED")
    assert dict(caught.value.refusal.headers)["www-authenticate"] == "Bearer"
    envelope = ErrorEnvelope.model_validate_json(caught.value.refusal.body)
    assert envelope.error.message == caught.value.refusal.message
    assert stub.asked == []


@pytest.mark.parametrize(
    "authorization",
    ["Bearer a\r\nX-OnePin-Require-Scopes: none", "Bearer a\nb", "Bearer é", "Bearer \x00", "Bearer a\x7f", " Bearer a",
     "Bearer a ", "Bearer " + "a" * 5000],
)  # fmt: skip
def test_what_can_be_no_key_is_refused_unasked(stub: Stub, ask: Ask, authorization: str) -> None:
    """Otherwise a caller could write headers into the question, or make it too large to be answered."""
    with pytest.raises(Refused) as caught:
        ask().check(authorization)
    assert (caught.value.refusal.status, caught.value.refusal.code) == (401, "INVALID_API_KEY")
    assert dict(caught.value.refusal.headers)["www-authenticate"] == 'Bearer error="invalid_token"'
    assert stub.asked == []


LIES: dict[str, Reply] = {
    "an empty 200": response(200, b""),
    "a page with 200": response(200, b"<html>Welcome</html>", {"X-OnePin-Key-Id": str(uuid4())}),
    "ids that are none": response(200, b"{}", {"X-OnePin-Key-Id": "1", "X-OnePin-Workspace-Id": "2"}),
    "a name in Latin-1": response(
        200, b"{}",
        {"X-OnePin-Key-Id": str(uuid4()), "X-OnePin-Workspace-Id": str(uuid4()), "X-OnePin-Key-Name": "%E9"},
    ),
    "204": response(204, b""),
    "a redirect": response(302, b"", {"Location": "/elsewhere"}),
    "400": refusal(400, "BAD_REQUEST", message="This server does not answer under that Host."),
    "404": response(404, b"nothing"),
    "a proxy's 401": response(401, b"<h1>401</h1>", {"WWW-Authenticate": "Basic"}),
    "JSON of another house": response(403, b'{"detail": "no"}'),
    "a list": response(401, b"[]"),
    "a code that is a number": response(401, b'{"error": {"code": 1, "message": ""}}'),
    "deep JSON": response(401, b"[" * 50_000),
    "500": refusal(500, "SERVER_ERROR"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "no end": response(401, b"x" * 200_000),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_no_clear_yes_or_no_lets_nobody_in(stub: Stub, ask: Ask, lie: str) -> None:
    """Otherwise a wrong base_url, or a portal in between that says 200 to everything, would open the door."""
    stub.reply = lambda _: LIES[lie]
    with pytest.raises(Unavailable) as caught:
        ask().check(bearer())
    assert_unavailable(caught.value)


def assert_unavailable(unavailable: Unavailable, retry_after: str = "1") -> None:
    refusal = unavailable.refusal
    assert (refusal.status, refusal.code) == (503, "UNAVAILABLE")
    assert dict(refusal.headers)["retry-after"] == retry_after
    envelope = ErrorEnvelope.model_validate_json(refusal.body)
    assert envelope.error.code == "UNAVAILABLE"
    assert json.loads(refusal.body)["meta"]["timestamp"].endswith("Z")


@pytest.mark.parametrize("lost", ["scope", "workspace"])
def test_a_yes_that_contradicts_the_question_lets_nobody_in(stub: Stub, ask: Ask, lost: str) -> None:
    """Otherwise a proxy in between that drops the query would turn 'this scope, this workspace' into 'any key'."""
    key = stub.key("voices:read")
    stub.reply = lambda _: admitted(key)
    asker = ask(workspace=key.workspace_id if lost == "scope" else uuid4())
    with pytest.raises(Unavailable):
        asker.check(bearer(key.secret), "workflows:run" if lost == "scope" else "voices:read")


def test_a_server_that_is_down_lets_nobody_in_and_is_asked_again_when_it_is_back(ask: Ask) -> None:
    with Stub() as down:
        asker = ask(down.base_url)
        down.stop()
        with pytest.raises(Unavailable) as caught:
            asker.check(bearer())
    assert_unavailable(caught.value)


def test_a_server_that_is_busy_says_when_to_come_back(stub: Stub, ask: Ask) -> None:
    stub.reply = lambda _: refusal(503, "UNAVAILABLE", {"Retry-After": "9"})
    with pytest.raises(Unavailable) as caught:
        ask().check(bearer())
    assert_unavailable(caught.value, retry_after="9")


def test_the_log_says_once_why_nobody_gets_in_and_never_with_which_key(
    stub: Stub, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise secrets of callers would stand in the application's log."""
    answers: list[Reply] = [response(404, SECRET.encode())] * 3 + [None] * 4
    stub.reply = lambda asked: answers.pop(0) if answers else stub.contract(asked)
    asker = ask()
    for _ in range(5):
        with pytest.raises(Unavailable):
            asker.check(bearer())
    key = stub.key()
    assert asker.check(bearer(key.secret)).key_id == key.key_id
    said = [record.getMessage() for record in caplog.records if record.name == "onepin.guard"]
    assert len(said) == 3
    assert "404" in said[0]
    assert "closed without an answer" in said[1]
    assert "answers again" in said[2]
    assert SECRET not in caplog.text


@pytest.mark.parametrize("kind", [Guard, AsyncGuard])
@pytest.mark.parametrize("workspace", [None, "", (), [""], ["", None], 0, "my workspace", [str(uuid4()), ""]])
def test_a_workspace_that_is_not_set_stops_the_start(kind: type, workspace: object) -> None:
    """Otherwise an environment variable that is missing would let in every customer's keys."""
    with pytest.raises((ValueError, TypeError)):
        kind("http://127.0.0.1:8000", workspace=workspace)


@pytest.mark.parametrize(
    "base_url",
    ["", "127.0.0.1:8000", "ftp://a", "http://", "http://u:p@a", "http://a?b", "http://a#b", "http://a b", "http://é",
     "http://a:99999", "http://a\r\nX: y"],
)  # fmt: skip
def test_a_base_url_that_is_none_stops_the_start(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"base_url|[Pp]ort"):
        Guard(base_url, workspace=ANY_WORKSPACE)


@pytest.mark.parametrize("timeout", [0, -1, 61, float("inf"), float("nan")])
def test_a_timeout_out_of_range_stops_the_start(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        Guard("http://127.0.0.1", workspace=ANY_WORKSPACE, timeout=timeout)


@pytest.mark.parametrize("scope", ["", "a b", "a&workspace=x\n", 'a"', "é"])
def test_a_scope_that_is_none_is_a_mistake_in_the_program(ask: Ask, scope: str) -> None:
    with pytest.raises(ValueError, match="not a scope"):
        ask().check(bearer(), scope)


def test_a_scope_can_not_break_out_of_the_query(stub: Stub, ask: Ask) -> None:
    with pytest.raises(Refused):
        ask().check(bearer(), "a&workspace=b#?%")
    assert stub.asked[0].query == {"scope": ["a&workspace=b#?%"]}


def test_scopes_that_change_with_every_request_take_no_more_and_more_memory(stub: Stub, ask: Ask) -> None:
    asker = ask()
    secret = stub.key(*(f"item:{number}" for number in range(300))).secret
    for number in range(300):
        asker.check(bearer(secret), f"item:{number}")
    assert len(asker.guard._judge._questions._targets) <= 256

"""What reaches the application of a caller who is let in, and what never does."""

import time
from collections.abc import Callable
from urllib.parse import unquote

import httpx
import pytest

from guard.stub import Stub
from owner import Owner
from proxies.echo import Echo
from proxies.front import Front

OURS = ["X-OnePin-Key-Id", "X-OnePin-Workspace-Id", "X-OnePin-Key-Creator", "X-OnePin-Scopes", "X-OnePin-Key-Name"]
FORGED = [
    spelled
    for name in [*OURS, "X-OnePin-Require-Scopes"]
    for spelled in (name, name.lower(), name.upper(), name.replace("-", "_"), name.replace("X-", "X_"))
]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_the_application_hears_who_calls_and_not_with_which_secret(
    front: Front, owner: Owner, application: Echo
) -> None:
    """Otherwise every application would hold its callers' secrets, and log them."""
    key = owner.key(name="nightly · ci 100%", scopes=["voices:read", "workflows:run"])
    answer = httpx.get(f"{front.base_url}/a%20b?c=d&workspace=e", headers=bearer(key["api_key"]) | {"X-Mine": "kept"})
    assert (answer.status_code, answer.json()) == (200, {"from": "the application"})
    (reached,) = application.reached
    assert (reached.method, reached.path) == ("GET", "/a%20b?c=d&workspace=e")
    assert reached.get("X-OnePin-Key-Id") == [key["id"]]
    assert reached.get("X-OnePin-Workspace-Id") == [owner.workspace_id]
    assert reached.get("X-OnePin-Key-Creator") == [key["created_by"]]
    assert reached.get("X-OnePin-Scopes") == ["voices:read workflows:run"]
    assert [unquote(name) for name in reached.get("X-OnePin-Key-Name")] == ["nightly · ci 100%"]
    assert reached.get("X-Mine") == ["kept"]
    assert key["api_key"] not in repr(reached)


@pytest.mark.parametrize("name", sorted(set(FORGED)))
def test_who_a_caller_says_they_are_is_dropped(front: Front, owner: Owner, application: Echo, name: str) -> None:
    """Otherwise a caller with any key could act as the holder of another, in any workspace."""
    key = owner.key(scopes=[])
    answer = httpx.get(front.base_url, headers=bearer(key["api_key"]) | {name: "forged"})
    assert answer.status_code == 200
    (reached,) = application.reached
    assert "forged" not in repr(reached.headers)
    assert reached.get("X-OnePin-Key-Id") == [key["id"]]


def test_a_key_without_scopes_has_none_whatever_its_holder_says(front: Front, owner: Owner, application: Echo) -> None:
    """Otherwise a header that the server leaves empty could be filled in by the caller."""
    key = owner.key(scopes=[])
    httpx.get(front.base_url, headers=bearer(key["api_key"]) | {"X-OnePin-Scopes": "forged"})
    assert application.reached[0].get("X-OnePin-Scopes") in ([], [""])


@pytest.mark.parametrize("name", sorted(set(FORGED)))
def test_on_a_public_path_nobody_is_anybody(front: Front, application: Echo, name: str) -> None:
    """Otherwise a path that needs no key would be the place to say who one is."""
    assert httpx.get(f"{front.base_url}/health", headers={name: "forged"}).status_code == 200
    assert "forged" not in repr(application.reached[0].headers)


@pytest.mark.parametrize("path", ["/health/", "/healthy", "/Health", "/health/more"])
def test_the_neighbours_of_a_public_path_need_a_key(front: Front, application: Echo, path: str) -> None:
    """Otherwise '/health/../admin' and its like would be public."""
    assert httpx.get(front.base_url + path).status_code == 401
    assert application.reached == []


def test_the_scope_of_a_path_lets_its_holders_in(front: Front, owner: Owner, application: Echo) -> None:
    key = owner.key(scopes=["workflows:run"])
    assert httpx.get(f"{front.base_url}/workflows/1", headers=bearer(key["api_key"])).status_code == 200
    assert len(application.reached) == 1


@pytest.mark.parametrize("size", [0, 10, 300_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_reaches_the_application_whole(
    front: Front, owner: Owner, application: Echo, size: int, chunked: bool
) -> None:
    body = bytes(number % 251 for number in range(size))
    content = iter([body[:7], body[7:]]) if chunked else body
    headers = bearer(owner.key()["api_key"])
    assert httpx.post(f"{front.base_url}/upload", content=content, headers=headers).status_code == 200
    assert application.reached[0].method == "POST"
    assert application.reached[0].body == body


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_what_the_application_itself_answers_stays_as_it_is(front: Front, owner: Owner, status: int) -> None:
    answer = httpx.get(f"{front.base_url}/status/{status}", headers=bearer(owner.key()["api_key"]))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/x-application")
    assert answer.json() == {"from": "the application"}


def test_the_check_is_no_path_of_the_outside(front: Front, owner: Owner, application: Echo) -> None:
    """Otherwise callers could ask the server through the proxy, which it may trust."""
    answer = httpx.get(f"{front.base_url}/_onepin", headers=bearer(owner.key()["api_key"]))
    assert "x-onepin-key-id" not in answer.headers
    assert "data" not in answer.text


def test_the_server_is_asked_about_the_caller_and_hears_no_more_than_it_needs(
    front_of: Callable[[str], Front], owner: Owner
) -> None:
    with Stub() as stub:
        key = stub.key("workflows:run", workspace_id=owner.workspace_id)
        front = front_of(stub.address)
        more = {
            "Cookie": "session=1",
            "X-Workspace-Id": "x",
            "X-Forwarded-For": "6.6.6.6",
            "X-OnePin-Require-Scopes": "a",
        }
        url = f"{front.base_url}/workflows/1?scope=b&workspace=c"
        answer = httpx.post(url, headers=bearer(key.secret) | more, content=b"body")
        assert answer.status_code == 200, answer.text
    (asked,) = stub.asked
    assert asked.method in ("GET", "HEAD")
    assert asked.target == f"/api/v1/auth/check?workspace={owner.workspace_id}"
    assert asked.headers["host"] == stub.address
    assert asked.headers["x-onepin-require-scopes"] == "workflows:run"
    assert asked.headers["x-forwarded-for"] == "127.0.0.1"
    assert not {"cookie", "x-workspace-id", "content-length", "transfer-encoding"} & set(asked.headers)


def test_connections_to_the_server_are_kept_and_let_go_before_it_ends_them(
    front_of: Callable[[str], Front], owner: Owner
) -> None:
    """The server ends idle connections after 5 s; a check that is sent just then would be lost."""
    with Stub() as stub:
        headers = bearer(stub.key(workspace_id=owner.workspace_id).secret)
        front = front_of(stub.address)
        for pause in (0, 0.5, 4.3):
            time.sleep(pause)
            assert httpx.get(front.base_url, headers=headers).status_code == 200
        assert [asked.connection for asked in stub.asked] == [1, 1, 2]


def test_a_connection_that_the_server_has_ended_is_no_refusal(front_of: Callable[[str], Front], owner: Owner) -> None:
    with Stub() as stub:
        headers = bearer(stub.key(workspace_id=owner.workspace_id).secret)
        front = front_of(stub.address)
        stub.reply = lambda asked: None if len(stub.asked) == 2 else stub.contract(asked)
        for _ in range(3):
            assert httpx.get(front.base_url, headers=headers).status_code == 200
        assert [asked.connection for asked in stub.asked] == [1, 1, 2, 2]

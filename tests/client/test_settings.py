"""Where a client's settings come from, and which are refused."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

from client.answering import answering
from client.conftest import Make
from onepin import AsyncOnePinClient, OnePinClient, OnePinConfigurationError, Secret
from onepin.client.credentials import CredentialsFile
from server_process import ServerProcess

ID = "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
KEY = "pk_live_" + "Ab1" * 12 + "xy"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def credential_of(client: OnePinClient) -> str | None:
    given = client._settings.credential
    return given.reveal() if isinstance(given, Secret) else None


def test_arguments_come_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("API_KEY", "e"), ("BASE_URL", "http://env"), ("WORKSPACE_ID", ID)):
        monkeypatch.setenv(f"ONEPIN_{name}", value)
    CredentialsFile().save("default", {"api_key": "f", "base_url": "http://file"})
    other = ID.replace("0", "1")
    client = OnePinClient(token="given", base_url="https://given/", workspace_id=other)
    assert (credential_of(client), client.base_url, client.workspace_id) == ("given", "https://given", other)


def test_then_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CredentialsFile().save("default", {"api_key": "f", "base_url": "http://file", "workspace_id": ID})
    monkeypatch.setenv("ONEPIN_TOKEN", " e\n")
    monkeypatch.setenv("ONEPIN_BASE_URL", "http://env")
    client = OnePinClient()
    assert (credential_of(client), client.base_url, client.workspace_id) == ("e", "http://env", None)
    monkeypatch.setenv("ONEPIN_API_KEY", "k")
    assert credential_of(OnePinClient()) == "k"


def test_then_the_credentials_file(home: Path) -> None:
    CredentialsFile().save("default", {"api_key": "f", "base_url": "http://file/", "workspace_id": ID})
    CredentialsFile().save("staging", {"token": "s", "base_url": "http://staging"})
    client, staging = OnePinClient(), OnePinClient(profile="staging")
    assert (credential_of(client), client.base_url, client.workspace_id) == ("f", "http://file", ID)
    assert (credential_of(staging), staging.base_url, staging.workspace_id) == ("s", "http://staging", None)


def test_a_profile_is_chosen_by_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CredentialsFile().save("staging", {"token": "s", "base_url": "http://staging"})
    monkeypatch.setenv("ONEPIN_PROFILE", "staging")
    assert OnePinClient().base_url == "http://staging"
    with pytest.raises(OnePinConfigurationError, match=r"no profile 'other'.*onepin login"):
        OnePinClient(profile="other")


def test_a_stored_credential_goes_to_its_own_server_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise an address in the environment would be enough to be sent the key of another server."""
    CredentialsFile().save("default", {"api_key": KEY, "base_url": "https://keys.example"})
    with pytest.raises(OnePinConfigurationError, match=r"is for https://keys\.example and is not sent") as caught:
        OnePinClient(base_url="https://evil.example")
    assert KEY not in str(caught.value)
    monkeypatch.setenv("ONEPIN_BASE_URL", "https://evil.example")
    with pytest.raises(OnePinConfigurationError):
        OnePinClient()
    assert credential_of(OnePinClient(base_url="https://keys.example/")) == KEY


def test_without_an_address_it_says_what_to_do(home: Path) -> None:
    with pytest.raises(OnePinConfigurationError, match=r"base_url.*ONEPIN_BASE_URL.*onepin login"):
        OnePinClient(api_key="k")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"api_key": "k", "token": "t"}, "not both"),
        ({"base_url": "keys.example"}, "https://keys.example.com"),
        ({"base_url": "ftp://keys.example"}, "https://keys.example.com"),
        ({"base_url": "https://"}, "https://keys.example.com"),
        ({"base_url": "https://a b"}, "https://keys.example.com"),
        ({"base_url": "https://keys:0"}, "https://keys.example.com"),
        ({"base_url": "https://keys:99999"}, "https://keys.example.com"),
        ({"base_url": "https://me:secret@keys.example"}, "user name or password"),
        ({"base_url": "https://keys.example/?a=b"}, "query"),
        ({"workspace_id": "mine"}, "UUID"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": "3"}, "timeout"),
        ({"max_retries": -1}, "max_retries"),
        ({"max_retries": 1.5}, "max_retries"),
        ({"api_key": " "}, "empty"),
        ({"api_key": 7}, "must give a string, not int"),
    ],
)
def test_what_can_not_be_right_is_refused_at_once(options: dict[str, Any], text: str) -> None:
    for kind in (OnePinClient, AsyncOnePinClient):
        with pytest.raises(OnePinConfigurationError, match=text):
            kind(**{"base_url": "http://127.0.0.1:1", **options})
    if "timeout" in options or "max_retries" in options or "workspace_id" in options:
        with pytest.raises(OnePinConfigurationError, match=text):
            OnePinClient(base_url="http://127.0.0.1:1").with_options(**options)


def test_a_server_below_a_path_and_without_credentials(make: Make) -> None:
    with answering(lambda asked: (404, {}, b"")) as told:
        client = OnePinClient(base_url=told.base_url + "/keys/")
        with client, pytest.raises(Exception, match="404"):
            client.auth.whoami()
        assert told.asked[0].path == "/keys/api/v1/auth/whoami"
        assert "authorization" not in told.asked[0].headers


def test_options_change_a_copy_over_the_same_connections(make: Make) -> None:
    client = make()
    team = client("workspaces.create", name="Team")
    there = client.client.with_options(workspace_id=team.id, timeout=3, max_retries=0)
    assert there._connections is client.client._connections
    assert (there._settings.timeout.read, there._settings.timeout.connect, there._settings.max_retries) == (3, 3, 0)
    assert client.client.workspace_id is None
    assert there.api_keys is not client.client.api_keys


def test_tokens_may_be_asynchronous_functions(server: ServerProcess, user: str) -> None:
    async def token() -> Secret:
        await asyncio.sleep(0)
        return Secret(server.token(user))

    async def work() -> str:
        async with AsyncOnePinClient(token=token, base_url=server.base_url) as client:
            return (await client.auth.whoami()).auth_kind

    assert asyncio.run(work()) == "clerk"


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_ones_own_http_client_is_used_and_left_open(library: Any, server: ServerProcess, user: str) -> None:
    seen: list[str] = []
    hooks = {"request": [lambda request: seen.append(str(request.url))]}
    with library.Client(event_hooks=hooks, auth=("me", "wrong"), follow_redirects=True) as http:
        with OnePinClient(token=server.token(user), base_url=server.base_url, http_client=http) as client:
            assert client.auth.whoami().auth_kind == "clerk"
        assert not http.is_closed
        with pytest.raises(Exception, match="No answer from") as caught:
            OnePinClient(base_url="http://127.0.0.1:1", http_client=http, max_retries=0).auth.whoami()
        assert type(caught.value).__name__ == "OnePinConnectionError"
    assert seen == [f"{server.base_url}/api/v1/auth/whoami", "http://127.0.0.1:1/api/v1/auth/whoami"]


async def test_ones_own_asynchronous_http_client_too(server: ServerProcess, user: str) -> None:
    async with httpx2.AsyncClient() as http:
        async with AsyncOnePinClient(token=server.token(user), base_url=server.base_url, http_client=http) as client:
            assert (await client.auth.whoami()).auth_kind == "clerk"
        assert not http.is_closed


def test_a_request_says_who_it_is_from(make: Make) -> None:
    with answering(lambda asked: (404, {}, b"")) as told:
        with pytest.raises(Exception, match="404"):
            make(base_url=told.base_url, token="t")("api_keys.create", name="ci")
        headers = told.asked[0].headers
    assert headers["user-agent"].startswith("onepin-python/")
    assert headers["authorization"] == "Bearer t"
    assert headers["content-type"] == headers["accept"] == "application/json"
    assert "x-workspace-id" not in headers


@pytest.mark.parametrize("wrong", ["", ".", "..", "..."])
def test_ids_that_would_make_another_path_are_refused(make: Make, wrong: str) -> None:
    """Otherwise deleting the workspace "" or ".." would ask for something else than was meant."""
    with answering(lambda asked: (404, {}, b"")) as told:
        client = make(base_url=told.base_url, token="t")
        for operation in ("api_keys.get", "api_keys.rotate", "workspaces.delete"):
            with pytest.raises(ValueError, match="must be an id"):
                client(operation, wrong)
        assert told.asked == []


def test_ids_stay_one_segment_of_the_path(make: Make) -> None:
    """Otherwise an id from elsewhere could name another operation."""
    with answering(lambda asked: (404, {}, b"")) as told:
        with pytest.raises(Exception, match="404"):
            make(base_url=told.base_url, token="t")("api_keys.get", "../workspaces?x=1#y")
        assert told.asked[0].path == "/api/v1/api-keys/..%2Fworkspaces%3Fx%3D1%23y"

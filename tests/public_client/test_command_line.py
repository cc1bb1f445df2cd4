"""The published ``onepin`` command, the last with ``api_keys`` and the newest, as a person types it."""

import json
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import onepin
from public_client.published import WITH_API_KEYS, client_environment
from server_process import ServerProcess


@dataclass(frozen=True)
class Terminal:
    """Runs the command in a home of its own."""

    command: Path
    home: Path

    def __call__(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = client_environment(self.home) | variables
        return subprocess.run(
            [self.command, *words], env=env, cwd=self.home, capture_output=True, text=True, check=False, timeout=60
        )

    @property
    def credentials(self) -> Path:
        return self.home / ".onepin" / "credentials"


@pytest.fixture
def terminal(command: Path, tmp_path: Path) -> Terminal:
    return Terminal(command, tmp_path)


def create(server: ServerProcess, user: str, *scopes: str) -> dict[str, Any]:
    url = f"{server.base_url}/api/v1/api-keys"
    answer = httpx.post(url, headers=server.session(user), json={"name": "terminal", "scopes": scopes})
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_login_whoami_logout(terminal: Terminal, server: ServerProcess, user: str) -> None:
    key = create(server, user, "workspace:read", "catalog:read")
    login = terminal("login", "--key", key["api_key"], "--base-url", server.base_url)
    assert (login.returncode, login.stderr) == (0, "")
    assert "✓ Logged in." in login.stdout
    assert f"Workspace: {key['workspace_id']}" in login.stdout
    assert "Scopes: catalog:read, workspace:read" in login.stdout
    assert stat.S_IMODE(terminal.credentials.stat().st_mode) == 0o600

    whoami = terminal("whoami")
    assert (whoami.returncode, whoami.stderr) == (0, "")
    shown = dict(line.split(": ", 1) for line in whoami.stdout.splitlines())
    assert shown == {
        "Source": "file",
        "Base URL": server.base_url,
        "Auth": "api_key",
        "Workspace": key["workspace_id"],
        "Scopes": "catalog:read, workspace:read",
    }
    assert json.loads(terminal("--json", "whoami").stdout) == {
        "auth_kind": "api_key",
        "user_id": key["created_by"],
        "workspace_id": key["workspace_id"],
        "api_key_id": key["id"],
        "scopes": ["catalog:read", "workspace:read"],
    }

    logout = terminal("logout")
    assert (logout.returncode, "✓ Removed credentials." in logout.stdout) == (0, True)
    assert not terminal.credentials.exists()


@pytest.mark.parametrize("command", [WITH_API_KEYS], indirect=True)
def test_health_shows_both_versions_and_asks_for_no_upgrade(
    terminal: Terminal, server: ServerProcess, user: str
) -> None:
    where = {"ONEPIN_API_KEY": create(server, user)["api_key"], "ONEPIN_BASE_URL": server.base_url}
    live, ready = terminal("--json", "health", "live", **where), terminal("--json", "health", "ready", **where)
    assert json.loads(live.stdout) == {"status": "ok", "sdk_version": WITH_API_KEYS, "api_version": onepin.__version__}
    assert json.loads(ready.stdout)["status"] == "ready"
    assert (live.returncode, live.stderr, ready.returncode, ready.stderr) == (0, "", 0, "")


def test_login_with_a_key_that_does_not_work_says_so_and_keeps_nothing(
    terminal: Terminal, server: ServerProcess, user: str
) -> None:
    key = create(server, user)
    url = f"{server.base_url}/api/v1/api-keys/{key['id']}"
    assert httpx.delete(url, headers=server.session(user)).status_code == 200
    login = terminal("login", "--key", key["api_key"], "--base-url", server.base_url)
    assert login.returncode == 1
    assert "[INVALID_API_KEY] Key rejected." in login.stderr
    assert not terminal.credentials.exists()


def test_whoami_with_a_key_that_does_not_work_shows_our_reason(terminal: Terminal, server: ServerProcess) -> None:
    variables = {"ONEPIN_API_KEY": "op_live_" + "a" * 38, "ONEPIN_BASE_URL": server.base_url}
    whoami = terminal("--json", "whoami", **variables)
    assert whoami.returncode == 1
    refusal = json.loads(whoami.stderr)
    assert refusal["error"]["message"] == "This API key is not valid. Check it, or ask the workspace for a new one."
    assert refusal["meta"]["request_id"] in server.printed()


def test_workspace_list_and_show_with_a_key_that_may_read_it(
    terminal: Terminal, server: ServerProcess, user: str
) -> None:
    key = create(server, user, "workspace:read")
    where = {"ONEPIN_API_KEY": key["api_key"], "ONEPIN_BASE_URL": server.base_url}
    listed = terminal("--json", "workspace", "list", **where)
    assert (listed.returncode, listed.stderr) == (0, "")
    (workspace,) = json.loads(listed.stdout)
    assert workspace["id"] == key["workspace_id"]
    table = terminal("workspace", "list", **where).stdout
    assert workspace["slug"] in table
    shown = terminal("--json", "workspace", "show", key["workspace_id"], **where)
    assert (shown.returncode, json.loads(shown.stdout)) == (0, workspace)


def test_workspace_list_with_a_key_that_may_not_names_the_scope(
    terminal: Terminal, server: ServerProcess, user: str
) -> None:
    where = {"ONEPIN_API_KEY": create(server, user)["api_key"], "ONEPIN_BASE_URL": server.base_url}
    listed = terminal("workspace", "list", **where)
    assert (listed.returncode, listed.stdout) == (1, "")
    assert "[INSUFFICIENT_SCOPE]" in listed.stderr
    assert "workspace:read" in listed.stderr

"""What Envoy's ``ext_authz`` sends: the caller's own path and query below ``/api/v1/auth/check``, with any method."""

import httpx
import pytest

from owner import Owner, bearer
from server_process import ServerProcess


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/workflows/1", "/a%2Fb/../c", "/x?y=z&scope=admin:all&workspace=none"])
def test_a_good_key_passes_whatever_the_path(server: ServerProcess, owner: Owner, method: str, path: str) -> None:
    key = owner.key(scopes=["workflows:run"])
    own = {"X-Workspace-Id": owner.workspace_id, "X-OnePin-Require-Scopes": "workflows:run", "Content-Length": "0"}
    answer = httpx.request(method, f"{server.base_url}/api/v1/auth/check{path}", headers=bearer(key) | own)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-onepin-key-id"] == key["id"]


@pytest.mark.parametrize("query", ["", "?workspace={0}", "?scope=voices:read&workspace={0}"])
def test_the_callers_query_widens_nothing(server: ServerProcess, owner: Owner, query: str) -> None:
    """Otherwise a caller could add their own workspace to those that are let in."""
    other = Owner(server)
    url = f"{server.base_url}/api/v1/auth/check/x{query.format(other.workspace_id)}"
    answer = httpx.get(url, headers=bearer(other.key()) | {"X-Workspace-Id": owner.workspace_id})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "WORKSPACE_MISMATCH")
    lacking = {"X-Workspace-Id": owner.workspace_id, "X-OnePin-Require-Scopes": "workflows:run"}
    answer = httpx.get(url, headers=bearer(owner.key(scopes=["voices:read"])) | lacking)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")

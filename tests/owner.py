"""A person with a workspace of their own on a real server."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from server_process import ServerProcess


@dataclass
class Owner:
    """Makes and revokes keys as the person would."""

    server: ServerProcess
    email: str = field(default_factory=lambda: f"{uuid4().hex[:12]}@example.com")
    _workspace_id: str = ""

    @property
    def workspace_id(self) -> str:
        if not self._workspace_id:
            self._workspace_id = self.key()["workspace_id"]
        return self._workspace_id

    def key(self, **body: Any) -> dict[str, Any]:
        """A key that is good from now on, with its secret in ``api_key``."""
        answer = self._call("POST", "api-keys", json={"name": "ci"} | body)
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def revoke(self, key: dict[str, Any]) -> None:
        answer = self._call("DELETE", f"api-keys/{key['id']}")
        assert answer.status_code == 200, answer.text

    def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        url = f"{self.server.base_url}/api/v1/{path}"
        return httpx.request(method, url, headers=self.server.session(self.email), **more)


def bearer(key: dict[str, Any]) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key['api_key']}"}

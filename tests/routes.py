"""Every route of the application, for suites that have to try them all. A route that is missing here is a failure."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.routing import APIRoute

from onepin.server.edge.documentation import SECTIONS

NOBODYS = UUID("0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10")
"""An id that nothing has."""
NOBODYS_TOKEN = "pk_invite_0123456789abcdefghijklmnopqrstuv2hBkXn"
"""The token of an invite that never was."""
API = "/api/v1"


@dataclass(frozen=True)
class Route:
    """One operation: what a good request to it is, and who may make it.

    ``role``: the least role of a session in the workspace, "owner", or None for any user. ``scope``: what an API key
    needs, "" for nothing, None where keys are not taken. ``whose``: what ``{id}`` is an id of. What belongs to a
    workspace by its path has ``{workspace}`` there as well.
    """

    name: str
    method: str
    path: str
    role: str | None
    scope: str | None = None
    body: Any = None
    whose: str | None = None
    success: int = 200

    def at(self, id_: object = NOBODYS, workspace: object = NOBODYS) -> str:
        """The path for an id."""
        path = (API + self.path).replace("{id}", str(id_)).replace("{workspace}", str(workspace))
        return path.replace("{token}", NOBODYS_TOKEN)

    @property
    def changes(self) -> bool:
        """Whether a success changes something."""
        return self.method != "GET"

    @property
    def template(self) -> str:
        """The path as the router has it."""
        name = "" if self.whose is None else f"{{{self.whose}_id}}"
        path = (API + self.path).replace("{id}", name).replace("{workspace}", "{workspace_id}")
        return path.replace("BCDF-GHJK", "{user_code}")


ROUTES = (
    Route("list keys", "GET", "/api-keys", "viewer"),
    Route("create key", "POST", "/api-keys", "editor", body={"name": "a"}, success=201),
    Route("get key", "GET", "/api-keys/{id}", "viewer", whose="key"),
    Route("update key", "PATCH", "/api-keys/{id}", "editor", body={"name": "new"}, whose="key"),
    Route("delete key", "DELETE", "/api-keys/{id}", "editor", whose="key"),
    Route("rotate key", "PATCH", "/api-keys/{id}/rotate", "editor", whose="key"),
    Route("whoami", "GET", "/auth/whoami", "viewer", scope=""),
    Route("list workspaces", "GET", "/workspaces", None, scope="workspace:read"),
    Route("create workspace", "POST", "/workspaces", None, body={"name": "new"}, success=201),
    Route("slug available", "GET", "/workspaces/slug-available?slug=a-slug", None, scope="workspace:read"),
    Route("get workspace", "GET", "/workspaces/{id}", "viewer", scope="workspace:read", whose="workspace"),
    Route("update workspace", "PATCH", "/workspaces/{id}", "admin", body={"name": "new"}, whose="workspace"),
    Route("key usage", "GET", "/api-keys/{id}/usage", "viewer", scope="workspace:read", whose="key"),
    Route("usage summary", "GET", "/usage/summary", "viewer", scope="workspace:read"),
    Route("usage activity", "GET", "/usage/activity", "viewer", scope="workspace:read"),
    Route("verify", "POST", "/auth/verify", "admin", scope="keys:verify", body={"api_key": "x"}),
    Route(
        "workspace settings", "GET", "/workspaces/{id}/settings", "viewer", scope="workspace:read", whose="workspace"
    ),
    Route("list members", "GET", "/workspaces/{id}/members", "viewer", scope="workspace:read", whose="workspace"),
    Route(
        "update member",
        "PATCH",
        "/workspaces/{workspace}/members/{id}",
        "admin",
        body={"role": "editor"},
        whose="member",
    ),
    Route("remove member", "DELETE", "/workspaces/{workspace}/members/{id}", "admin", whose="member"),
    Route(
        "create invite",
        "POST",
        "/workspaces/{id}/invites",
        "admin",
        body={"email": "new@example.com", "role": "viewer"},
        whose="workspace",
        success=201,
    ),
    Route(
        "update invite",
        "PATCH",
        "/workspaces/{workspace}/invites/{id}",
        "admin",
        body={"role": "editor"},
        whose="invite",
    ),
    Route("revoke invite", "DELETE", "/workspaces/{workspace}/invites/{id}", "admin", whose="invite"),
    Route("accept invite", "POST", "/workspaces/invites/{token}/accept", None),
    Route("get waiting device", "GET", "/auth/approvals/BCDF-GHJK", None),
    Route("decide about device", "POST", "/auth/approvals/BCDF-GHJK", None, body={"approve": True}),
    Route("list sessions", "GET", "/auth/sessions", None),
    Route("revoke session", "DELETE", "/auth/sessions/{id}", None, whose="session"),
    Route("delete workspace", "DELETE", "/workspaces/{id}", "owner", whose="workspace"),
)
CHECK = Route("check", "GET", "/auth/check", None, scope="")
"""Takes API keys alone, any method, and any path below its own; so it is in a table of its own."""
EVERY = (*ROUTES, CHECK)
HOT = {("GET", "/api/v1/auth/whoami"), ("POST", "/api/v1/auth/verify"), ("GET", "/api/v1/auth/check")}
"""Answered before FastAPI, which only documents them."""
KEY_ROUTES = ROUTES[:6]
"""Those that act in the workspace that the header names."""
OPEN = {
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/assets/{digest}/{name}"),
    ("GET", "/.well-known/jwks.json"),
    ("POST", "/api/v1/auth/local/sign-in"),
    ("POST", "/api/v1/auth/device"),  # whoever begins to sign in has nothing yet
    ("POST", "/api/v1/auth/device/token"),  # its credentials work here alone: a device code, a refresh secret
    ("GET", "/device"),
    ("POST", "/device"),  # its form brings the session token along
    ("POST", "/webhooks/clerk"),  # its credential is the signature of its body
    ("POST", "/api/v1/auth/local/token"),
    ("DELETE", "/api/v1/auth/local/token"),
    ("GET", "/docs"),
    ("POST", "/feedback"),  # off by default; takes a page that exists and yes or no
    ("GET", "/docs.md"),
    ("GET", "/docs/{path}"),
    ("GET", "/llms.txt"),
    ("GET", "/llms-full.txt"),
    *(("GET", f"/{section}{rest}") for section in SECTIONS for rest in ("", ".md", "/{path}")),
}
"""The routes without a gate, each for a reason: they serve those who have no credential yet."""


def served(api: FastAPI) -> dict[tuple[str, str], APIRoute]:
    """The application's routes by method and path; fails on anything that is not an ordinary route."""
    found: dict[tuple[str, str], APIRoute] = {}
    for route in api.routes:
        assert isinstance(route, APIRoute), f"{route} is not an ordinary route"
        for method in route.methods or ():
            found[method, route.path_format] = route
    return found

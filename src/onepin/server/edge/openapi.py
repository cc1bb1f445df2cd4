"""The OpenAPI document: what FastAPI derives from the routes, plus what only we know (credentials, examples)."""

import copy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from onepin.contract.envelopes import example
from onepin.server.access import Need
from onepin.server.config import Config
from onepin.server.edge.gate import NEED
from onepin.server.edge.statuses import examples

_KEY = {
    "id": "0199d8a4-6a01-7d52-8f3e-0c9b6a5d4e21",
    "workspace_id": "0199d8a4-5f00-7a11-b2c3-4d5e6f708192",
    "created_by": "5b0c7f3e-3f0a-5d0e-9a4b-1c2d3e4f5a6b",
    "name": "Production key",
    "key_type": "live",
    "key_prefix": "pk_live_",
    "key_suffix": "9f8e7d6c",
    "scopes": ["workflows:read", "workflows:run", "voices:read"],
    "active": True,
    "last_used_at": None,
    "rate_limit_per_min": 1000,
    "revoked_at": None,
    "created_at": "2026-05-01T12:00:00.000Z",
    "updated_at": "2026-05-01T12:00:00.000Z",
    "preview": "pk_live_9f8e7d6c",
}
_CREATED = {**_KEY, "api_key": "pk_live_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q1SPwG5"}
_REVOKED = {**_KEY, "active": False, "revoked_at": "2026-05-02T09:30:00.000Z", "updated_at": "2026-05-02T09:30:00.000Z"}
_IN_GRACE = {**_KEY, "updated_at": "2026-05-02T09:30:00.000Z", "expires_at": "2026-05-02T10:30:00.000Z"}
_ROTATED = {
    **_KEY,
    "id": "0199ddc3-1f40-7b3c-a5d8-6e7f8091a2b3",
    "key_suffix": "4Q1w9E8r",
    "created_at": "2026-05-02T09:30:00.000Z",
    "updated_at": "2026-05-02T09:30:00.000Z",
    "preview": "pk_live_4Q1w9E8r",
    "api_key": "pk_live_4Q1w9E8r7T6y5U3i2O0pA9s8D7f6G5h43PwBTu",
}
_PAGE = {"next": None, "prev": None, "limit": 50, "total": 1}
_COUNTS = {"ok": 1284, "rate_limited": 12, "insufficient_scope": 3}
_USED = {"api_key_id": _KEY["id"], "name": _KEY["name"], "preview": _KEY["preview"], **_COUNTS}
_USAGE = {
    "window": "24h",
    "granularity": "hour",
    "series": [
        {"start": "2026-05-01T11:00:00.000Z", "ok": 800, "rate_limited": 12, "insufficient_scope": 0},
        {"start": "2026-05-01T12:00:00.000Z", "ok": 484, "rate_limited": 0, "insufficient_scope": 3},
    ],
    "totals": _COUNTS,
    "last_used_at": "2026-05-01T12:34:56.789Z",
}
_SUMMARY = {
    "window": "24h",
    "since": "2026-04-30T13:00:00.000Z",
    "totals": _COUNTS,
    "keys_used": 1,
    "top_keys": [_USED],
    "refusals": [_USED],
}
_EVENT = {
    "id": "0199d8a4-6a01-7e10-9c3d-2b1a0f9e8d7c",
    "timestamp": "2026-05-01T12:00:00.000Z",
    "action": "api_key.created",
    "kind": "created",
    "actor_kind": "user",
    "user": {"id": _KEY["created_by"], "name": "Ann Example"},
    "resource": {"type": "api_key", "id": _KEY["id"], "name": _KEY["name"]},
    "metadata": {"name": _KEY["name"], "scopes": _KEY["scopes"], "rate_limit_per_min": 1000},
    "request_id": "0199d8a4-69ff-7c3b-9a54-3f1c2b7d9e10",
}
_VERDICT = {
    "valid": True,
    "code": "VALID",
    "api_key_id": _KEY["id"],
    "workspace_id": _KEY["workspace_id"],
    "name": _KEY["name"],
    "scopes": _KEY["scopes"],
    "rate_limit": {"limit": 1000, "remaining": 999, "reset_after": 60, "retry_after": 0},
}
_WORKSPACE = {
    "id": _KEY["workspace_id"],
    "name": "Team",
    "slug": "team",
    "color_idx": 0,
    "created_by": _KEY["created_by"],
    "created_at": "2026-05-01T12:00:00.000Z",
    "updated_at": "2026-05-01T12:00:00.000Z",
    "organization_id": None,
    "routing_price_sensitivity": 0.5,
    "routing_llm_fit": False,
}
_MEMBER = {
    "id": _KEY["created_by"],
    "email": "ann@example.com",
    "role": "admin",
    "status": "active",
    "user_id": _KEY["created_by"],
    "first_name": "Ann",
    "last_name": "Example",
    "image_url": None,
    "last_active_at": "2026-05-01T12:34:00.000Z",
}
_INVITE = {
    "id": "0199d8a4-6b00-7f20-8a1b-3c4d5e6f7081",
    "email": "bob@example.com",
    "role": "editor",
    "status": "pending",
    "expires_at": "2026-05-15T12:00:00.000Z",
    "invited_by": _KEY["created_by"],
    "created_at": "2026-05-01T12:00:00.000Z",
}
_TOKEN = "pk_invite_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q2cJmFd"  # noqa: S105
_INVITED = {**_INVITE, "token": _TOKEN, "link": f"https://keys.example.com/#invite={_TOKEN}"}
_ROSTER = {"next": None, "prev": None, "limit": 1, "total": 1}
_DEVICE = {
    "user_code": "WDJB-MJHT",
    "client": "onepin on ann-laptop",
    "address": "203.0.113.7",
    "created_at": "2026-05-01T12:00:00.000Z",
    "expires_at": "2026-05-01T12:10:00.000Z",
}
_SESSION = {
    "id": "0199d8a4-6c00-7b31-9d2e-4f5a6b7c8d90",
    "client": "onepin on ann-laptop",
    "created_at": "2026-05-01T12:01:00.000Z",
    "last_used_at": "2026-05-02T09:30:00.000Z",
    "expires_at": "2026-06-01T09:30:00.000Z",
    "current": True,
}
_FEED = {"next": None, "prev": None, "limit": 20, "cursor": None}
_WHO = {
    "auth_kind": "api_key",
    "user_id": _KEY["created_by"],
    "workspace_id": _KEY["workspace_id"],
    "api_key_id": _KEY["id"],
    "scopes": ["voices:read", "workflows:read", "workflows:run"],
}
_SIGNED_IN = {"token": "eyJhbGciOiJSUzI1NiIs…", "expires_at": "2026-05-01T13:00:00.000Z"}
_EXAMPLES = {
    "whoami": example(_WHO),
    "redeem_sign_in_link": example(_SIGNED_IN),
    "refresh_local_session": example({**_SIGNED_IN, "expires_at": "2026-05-01T12:05:00.000Z"}),
    "sign_out": example({}),
    "health": {"status": "ok", "version": "0.1.0"},
    "readiness": {"status": "ready", "reasons": []},
    "list_api_keys": example([_KEY], pagination=_PAGE),
    "create_api_key": example(_CREATED),
    "get_api_key": example(_KEY),
    "update_api_key": example({**_KEY, "name": "CI key"}),
    "delete_api_key": example(_REVOKED),
    "rotate_api_key": example({"old_key": _IN_GRACE, "new_key": _ROTATED}),
    "get_api_key_usage": example(_USAGE),
    "get_usage_summary": example(_SUMMARY),
    "list_usage_activity": example([_EVENT], pagination=_FEED),
    "list_workspaces": example([_WORKSPACE], pagination={**_PAGE, "limit": 20}),
    "create_workspace": example(_WORKSPACE),
    "slug_available": example({"available": False, "reason": "taken"}),
    "get_workspace": example(_WORKSPACE),
    "get_workspace_settings": example({"default_language": None, "theme": None}),
    "update_workspace": example({**_WORKSPACE, "name": "Platform team"}),
    "delete_workspace": example({}),
    "list_members": example([_MEMBER], pagination=_ROSTER),
    "update_member": example({**_MEMBER, "role": "editor"}),
    "remove_member": example({}),
    "create_invite": example(_INVITED),
    "update_invite": example({**_INVITE, "role": "viewer"}),
    "revoke_invite": example({}),
    "accept_invite": example({"workspace_id": _KEY["workspace_id"]}),
    "get_waiting_device": example(_DEVICE),
    "decide_about_device": example({"status": "approved"}),
    "list_sessions": example([_SESSION], pagination=_ROSTER),
    "revoke_session": example({}),
    "check": example({}),
    "verify": example(_VERDICT),
}
_TAKEN = {"check": ("ApiKey",), "verify": ("Verifier", "SessionToken", "ApiKey")}
"""The credentials of the operations that take others than their ``Need`` says."""
_SCHEMES = {
    "SessionToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The session token of a signed-in person: Clerk's, or `onepin token` with local sign-in.",
    },
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pk_live_…",
        "description": "An API key made here.",
    },
    "Verifier": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pk_verifier_…",
        "description": "A credential of the deployment's own backends: `onepin verifier create NAME`.",
    },
}
_ABOUT = (
    "API keys for your customers: create, scope, limit, rotate, pause, revoke, verify.\n\n"
    "Every answer is `{data, meta}` or `{error, meta}`; `meta.request_id` finds the request in the log. "
    "Any operation can also answer 400 `BAD_REQUEST`, 405 `METHOD_NOT_ALLOWED`, 429 `RATE_LIMITED` with `Retry-After`, "
    "500 `SERVER_ERROR` and 503 `UNAVAILABLE` with `Retry-After`. One that waits too long for another that changes the "
    "same thing is 409 `CONFLICT` with `Retry-After`."
)


def describe(app: FastAPI) -> dict[str, Any]:
    """The document for ``app``'s routes."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
        document["components"]["securitySchemes"] = _SCHEMES
        document["components"]["examples"] = examples()
        for route in app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    _complete(document["paths"][route.path_format][method.lower()], route)
        _drop_fastapis_own(document)
        app.openapi_schema = document
    return app.openapi_schema


def of_deployment(document: dict[str, Any], config: Config) -> dict[str, Any]:
    """The document with the scopes that keys can have here, and with what a key gets whose creator names nothing."""
    document = copy.deepcopy(document)
    schemas = document["components"]["schemas"]
    created, updated = (schemas[name]["properties"] for name in ("ApiKeyCreate", "ApiKeyUpdate"))
    for scopes in (created["scopes"], updated["scopes"]["anyOf"][0]):
        scopes["items"]["enum"] = list(config.scope_list)
    created["scopes"]["default"] = list(config.default_scopes)
    created["rate_limit_per_min"]["default"] = config.default_rate_limit_per_min
    return document


def _complete(operation: dict[str, Any], route: APIRoute) -> None:
    """Credentials and example of one operation; the schemes are alternatives (OR)."""
    name = route.endpoint.__name__
    need: Need | None = getattr(route.endpoint, NEED, None)
    taken: tuple[str, ...] = ()
    if need is not None:
        taken = ("SessionToken",) if need.key_scope is None else ("SessionToken", "ApiKey")
    operation["security"] = [{scheme: []} for scheme in _TAKEN.get(name, taken)]
    shown = _EXAMPLES.get(name)
    if shown is not None:
        operation["responses"][str(route.status_code or 200)]["content"]["application/json"]["example"] = shown


def _drop_fastapis_own(document: dict[str, Any]) -> None:
    """FastAPI adds a model for its own 422; ours are declared on every route."""
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)

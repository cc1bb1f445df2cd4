"""The reference pages that are made from the code: scopes, error codes, audit actions, metrics."""

import secrets
from collections.abc import Iterable

from docsite.operations import Operation
from docsite.pages import Page, summary_of
from onepin.contract.codes import Code
from onepin.contract.scopes import DEFAULT_SCOPES, KEYS_VERIFY, SCOPES, WORKSPACE_READ
from onepin.server.access import ROLES, may_grant
from onepin.server.app import assemble
from onepin.server.audit import Action
from onepin.server.config import Config

_HERE = {
    KEYS_VERIFY: "may ask [verify](../api-reference/auth/verify-api-v-1-auth-verify-post.md) about other keys of its "
    "workspace",
    WORKSPACE_READ: "may read its own workspace, its usage and its activity",
}

_BY_ITSELF = ("expired", "accepted", "left", "joined")


def pages(operations: Iterable[Operation]) -> list[Page]:
    """All of them."""
    made = {
        "reference/scopes": _scopes(),
        "reference/error-codes": _codes(list(operations)),
        "reference/audit-actions": _actions(),
        "reference/metrics": _metrics(),
    }
    return [Page(slug, text.partition("\n")[0][2:], summary_of(text), text) for slug, text in made.items()]


def _scopes() -> str:
    rows = []
    for scope in SCOPES:
        roles = ", ".join(role for role in ROLES if may_grant(role, scope))
        default = "yes" if scope in DEFAULT_SCOPES else ""
        rows.append(f"| `{scope}` | {default} | {roles} | {_HERE.get(scope, 'nothing: it is for your own API')} |")
    return "\n".join(
        [
            "# Scopes\n",
            "A scope is a word that a key carries and your API asks for, such as `workflows:run`. onepin stores it, "
            "shows it, and refuses a check that asks for more than the key has; what it permits is up to your API.\n",
            "| Scope | Given by default | Roles that may grant it | What it permits in onepin itself |",
            "|---|---|---|---|",
            *rows,
            "\nA deployment adds its own with `ONEPIN_EXTRA_SCOPES` or replaces the list with `ONEPIN_SCOPES`; "
            "`ONEPIN_DEFAULT_SCOPES` says what a key gets whose creator names none. See [the settings](settings.md). "
            "A key keeps a scope that is no longer configured, through rotation as well; it can't be granted anew.\n",
            "A key without any scope may still ask who it is. No scope lets a key make or change keys: that takes a "
            "signed-in person.",
        ]
    )


def _codes(operations: list[Operation]) -> str:
    parts = [
        "# Error codes\n",
        "Every answer that is no success has one machine-readable code in `error.code`; match on it, never on the "
        "message. `details` names the fields at fault, and `meta.request_id` finds the request in the server's log.\n",
        "| Status | Code | Message, unless there is something more precise to say |",
        "|---|---|---|",
    ]
    parts += [f"| {code.status} | `{code.value}` | {code.text} |" for code in Code]
    parts.append(
        "\nA 422 also carries `detail`, a list of `{loc, msg, type}`, for generated clients. A 429 and a 503 say in "
        "`Retry-After` after how many seconds to try again. What is safe to repeat: reads, and a create or rotate with "
        "an `Idempotency-Key`."
    )
    for code in Code:
        sample = next((p.sample for o in operations for p in o.problems if p.code == code.value), None)
        parts.append(f"\n## {code.value}\n\nHTTP {code.status}. {code.text}")
        if sample:
            parts.append(f"\n```http\n{sample}\n```")
    return "\n".join(parts)


def _actions() -> str:
    rows = [f"| `{action.value}` | {_sentence(action.value)} |" for action in Action]
    return "\n".join(
        [
            "# Audit actions\n",
            "Every change writes an event into the audit log, in the same transaction: there is no change without its "
            "event and no event without its change.\n",
            "| Action | What happened |",
            "|---|---|",
            *rows,
            "\nThe actor is a `user`, the `system` (a grace that ended, for instance) or an `operator` at the server's "
            "command line. No event holds a secret. Read them with [usage activity]"
            "(../api-reference/usage/list-usage-activity-api-v-1-usage-activity-get.md).",
        ]
    )


def _sentence(action: str) -> str:
    """``api_key.created`` in words."""
    thing, _, verb = action.partition(".")
    words = thing.replace("api_key", "API key").replace("_", " ")
    article = "An" if words[0] in "aeioA" else "A"
    past = verb.replace("_", " ")
    return f"{article} {words} {past if past in _BY_ITSELF else f'was {past}'}."


def _metrics() -> str:
    rows = [f"| `{name}` | {kind} | {about} |" for name, kind, about in families()]
    return "\n".join(
        [
            "# Metrics\n",
            "`GET /metrics` tells Prometheus how the server is doing. It answers callers on the same machine, or, "
            "where `ONEPIN_METRICS_TOKEN` is set, whoever sends that token as `Authorization: Bearer …`; to everybody "
            "else there is nothing there.\n",
            "| Name | Type | What it says |",
            "|---|---|---|",
            *rows,
            "\nA label holds a route, a status or an error code, never a key, an id or a path as it was sent. The two "
            "`jwks` metrics exist where session keys are fetched, that is with Clerk.",
        ]
    )


def families() -> list[tuple[str, str, str]]:
    """Every metric of a server with all its parts. Opens no file and no connection."""
    settings = {
        "data_dir": "/nonexistent",
        "pepper": secrets.token_urlsafe(48),
        "clerk_issuer": "https://clerk.example.com",
        "clerk_authorized_parties": "https://app.example.com",
        "sign_up": "open",
    }
    return sorted(assemble(Config.load({}, settings), local=None).metrics.described())

"""How keys look in a terminal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from onepin.cli.render.tables import Column, facts, table
from onepin.cli.render.times import absolute, relative
from onepin.cli.terminal import Terminal

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey, ApiKeyFields

UNUSED = timedelta(days=90)
ENDS_SOON = timedelta(days=1)


def state(key: "ApiKeyFields") -> str:
    """``active``, ``in grace``, ``paused`` or ``revoked``."""
    if key.revoked_at is not None:
        return "revoked"
    if getattr(key, "expires_at", None) is not None:
        return "in grace"
    return "active" if key.active else "paused"


def unused_since(key: "ApiKeyFields") -> datetime:
    """The last moment at which somebody had to do with it: its last use, else its making."""
    return key.last_used_at or key.created_at


def state_style(key: "ApiKeyFields") -> Sequence[str]:
    """Green where all is well; what is about to end, or has, stands out."""
    return {"active": ("green",), "in grace": ("yellow",), "paused": ("yellow",), "revoked": ("dim",)}[state(key)]


def key_table(terminal: Terminal, keys: "Sequence[ApiKey]", now: datetime) -> list[str]:
    """A line for each key. A living key that nobody uses, and one about to end, is yellow."""

    def when(moment: datetime | None) -> str:
        if moment is None:
            return "never"
        return relative(moment, now) if terminal.interactive else absolute(moment)

    def used_style(key: "ApiKey") -> Sequence[str]:
        return ("yellow",) if state(key) == "active" and now - unused_since(key) >= UNUSED else ()

    def status(key: "ApiKey") -> str:
        return f"ends {when(key.expires_at)}" if state(key) == "in grace" and key.expires_at else state(key)

    columns: list[Column[ApiKey]] = [
        Column("NAME", lambda key: key.name, least=12),
        Column("KEY", lambda key: key.preview),
        Column("STATUS", status, style=state_style),
        Column("LAST USED", lambda key: when(key.last_used_at), drop=1, style=used_style),
        Column("LIMIT", lambda key: limit(key.rate_limit_per_min), drop=3, right=True),
        Column("SCOPES", lambda key: " ".join(key.scopes) or "-", least=16, drop=4),
        Column("CREATED", lambda key: when(key.created_at), drop=2),
        Column("ID", lambda key: str(key.id), drop=5),
    ]
    return table(terminal, columns, keys)


def limit(per_minute: int | None) -> str:
    """``1,000/min``, or ``none``."""
    return "none" if per_minute is None else f"{per_minute:,}/min"


def key_card(terminal: Terminal, key: "ApiKeyFields", now: datetime) -> list[str]:
    """Everything there is to say about one key."""

    def when(moment: datetime | None) -> str:
        if moment is None:
            return "never"
        return f"{absolute(moment)} ({relative(moment, now)})" if terminal.interactive else absolute(moment)

    pairs = [
        ("name", key.name),
        ("key", key.preview),
        ("id", str(key.id)),
        ("status", state(key)),
        ("scopes", " ".join(key.scopes) or "none"),
        ("rate limit", limit(key.rate_limit_per_min)),
        ("last used", when(key.last_used_at)),
        ("created", when(key.created_at)),
        ("created by", str(key.created_by) if key.created_by else "unknown"),
        ("updated", when(key.updated_at)),
        ("workspace", str(key.workspace_id)),
    ]
    expires_at = getattr(key, "expires_at", None)
    if expires_at is not None:
        pairs.insert(4, ("ends", when(expires_at)))
    if key.revoked_at is not None:
        pairs.insert(4, ("revoked", when(key.revoked_at)))
    styles = state_style(key)
    return facts(
        terminal,
        [
            (name, value, (lambda text: terminal.style(text, *styles)) if name == "status" else None)
            for name, value in pairs
        ],
    )

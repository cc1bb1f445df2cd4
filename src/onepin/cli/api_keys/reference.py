"""Which key is meant: by id, by preview, or by name."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from onepin.cli.api_keys.shown import state
from onepin.cli.failures import Failed
from onepin.contract.key_text import SHOWN

if TYPE_CHECKING:
    from onepin.client.client import OnePinClient
    from onepin.contract.api_keys import ApiKey

_SECRET = re.compile(rf"([a-z][a-z0-9]{{1,15}}_live_[0-9A-Za-z]{{{SHOWN}}})[0-9A-Za-z]*", re.ASCII)


def find(client: "OnePinClient", text: str) -> "ApiKey":
    """The key that ``text`` names, with all its fields.

    Args:
        client: Who asks.
        text: An id, a preview, a whole secret (only its preview is used), or a name.

    Raises:
        Failed: None is meant, or more than one.
    """
    identity = _uuid(text)
    if identity is not None:
        return client.api_keys.get(identity)
    secret = _SECRET.fullmatch(text)
    wanted = secret[1] if secret else text
    found = [key for key in client.api_keys.list(status="all") if wanted in (key.preview, key.name)]
    return _only(found, wanted)


def _only(found: "Iterable[ApiKey]", wanted: str) -> "ApiKey":
    """Of several keys of one name, the one that goes on is meant, else the one in grace, else the one that ended."""
    keys = list(found)
    going_on = [key for key in keys if state(key) in ("active", "paused")]
    in_grace = [key for key in keys if state(key) == "in grace"]
    keys = going_on or in_grace or keys
    if not keys:
        raise Failed(
            f"There is no key {wanted!r} in this workspace.",
            hint="'onepin keys list --status all' shows every key with its id.",
            code="NOT_FOUND",
        )
    if len(keys) > 1:
        raise Failed(
            f"{len(keys)} keys are called {wanted!r}: say which by its id or preview.",
            details=[(key.preview, str(key.id)) for key in keys],
            code="AMBIGUOUS",
        )
    return keys[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None

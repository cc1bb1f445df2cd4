"""The scopes a key may hold. Closed on the way in, open on the way out: an old client survives a new scope."""

SCOPES: tuple[str, ...] = (
    "workflows:read",
    "workflows:run",
    "workflows:write",
    "voices:read",
    "voices:write",
    "dictionary:read",
    "dictionary:write",
    "uploads:write",
    "workspace:read",
    "templates:read",
    "catalog:read",
    "keys:verify",
)
"""The built-in scopes; ``ONEPIN_SCOPES`` replaces them, ``ONEPIN_EXTRA_SCOPES`` adds to them."""

DEFAULT_SCOPES: tuple[str, ...] = ("workflows:read", "workflows:run", "voices:read")
"""What a key gets when the create request names no scopes."""

KEYS_VERIFY = "keys:verify"
"""The scope that lets a backend verify other keys of its workspace; only admins may grant it."""

WORKSPACE_READ = "workspace:read"
"""The scope that lets a key read its own workspace."""

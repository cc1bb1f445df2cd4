"""Secrets in text that somebody will see: what follows the part that may be shown is cut."""

import re

_KEY = re.compile(r"(?<![0-9A-Za-z])([a-z][a-z0-9]{1,15}_(?:live|verifier|session)_[0-9A-Za-z]{8})[0-9A-Za-z]{6,}")
_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")


def masked(text: str) -> str:
    """``text`` with every API key cut to its preview and every session token to its first letters."""
    return _TOKEN.sub("eyJ…", _KEY.sub(r"\1…", text))

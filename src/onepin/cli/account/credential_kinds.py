"""What a pasted credential looks like, so that the wrong one is named before it is sent anywhere."""

import base64
import binascii
import re

from onepin.contract.key_text import CHECKSUM_LENGTH, RANDOM_LENGTH, checksum

_KEY = re.compile(
    rf"(?P<brand>[a-z][a-z0-9]{{1,15}})_(?P<kind>live|verifier|session)_"
    rf"(?P<body>[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}})",
    re.ASCII,
)
_OURS = re.compile(r"[a-z][a-z0-9]{1,15}_live_[0-9A-Za-z]{8,}", re.ASCII)
_SESSION = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_FOREIGN = (
    (r"sk_(live|test)_", "a secret key of Clerk or Stripe. Never paste that one anywhere; consider replacing it"),
    (r"rk_(live|test)_", "a restricted key of Stripe"),
    (r"pk_test_", "a publishable test key of Clerk or Stripe"),
    (r"whsec_", "the signing secret of a webhook"),
    (r"gh[pousr]_|github_pat_", "a GitHub token"),
    (r"sk-", "a key of OpenAI or Anthropic"),
    (r"AKIA[0-9A-Z]{16}", "an AWS access key id"),
    (r"xox[abposr]-", "a Slack token"),
    (r"Bearer ", "a whole header; paste what follows the word Bearer"),
)


def session_token(text: str) -> bool:
    """Whether ``text`` has the form of a session token (a signed JWT, RFC 7519)."""
    return _SESSION.fullmatch(text) is not None


def objection_to_key(text: str) -> str | None:
    """Why ``text`` can't be an API key of onepin, in a sentence for the person who pasted it; None when it can.

    The form and the checksum decide; whether the key is any good, only its server knows.
    """
    whole = _KEY.fullmatch(text)
    if whole is not None and checksum(text[:-CHECKSUM_LENGTH]) == text[-CHECKSUM_LENGTH:]:
        return _other_kind(whole["kind"])
    if not text:
        return "It is empty."
    if any(character.isspace() for character in text):
        return "It has white space in it: copy the key alone."
    if session_token(text):
        return "This is a session token, not an API key: use 'onepin login --token'."
    if publishable := _publishable(text):
        return f"This looks like {publishable}, which also begins with pk_live_. It is no key of onepin."
    for pattern, kind in _FOREIGN:
        if re.match(pattern, text):
            return f"This looks like {kind}. It is no key of onepin."
    if _OURS.fullmatch(text):
        return _damaged(text)
    return "An API key of onepin looks like pk_live_ and 38 letters and digits; this does not."


def _other_kind(kind: str) -> str | None:
    if kind == "verifier":
        return "This is a verifier: a backend verifies keys with it, nobody signs in with it."
    if kind == "session":
        return "This is a device sign-in's own secret, not an API key."
    return None


def _publishable(text: str) -> str | None:
    """Clerk's is the base64 of a host name and a dollar sign; Stripe's is 24 characters, or begins with the account."""
    if not text.startswith("pk_live_"):
        return None
    body = text.removeprefix("pk_live_")
    try:
        decoded = base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if re.fullmatch(rb"[a-z0-9.-]+\.[a-z0-9.-]+\$", decoded):
        return "Clerk's publishable key"
    if re.fullmatch(r"[0-9A-Za-z]{24}|5[0-9A-Za-z]{60,}", body):
        return "Stripe's publishable key"
    return None


def _damaged(text: str) -> str:
    missing = RANDOM_LENGTH + CHECKSUM_LENGTH - len(text.partition("_live_")[2])
    if missing > 0:
        return f"This key is cut short: {missing} characters are missing at its end."
    if missing < 0:
        return f"This key has {-missing} characters too many."
    return "This key is mistyped, or made by another service: its checksum does not match. Copy it once more."

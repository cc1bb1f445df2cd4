"""What a check found."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    ``about`` names it, ``found`` says what is so, ``advice`` what to do where that is not as it should be.
    """

    about: str
    verdict: Verdict
    found: str
    advice: str = ""


def ok(about: str, found: str) -> Finding:
    """As it should be."""
    return Finding(about, "ok", found)


def warning(about: str, found: str, advice: str) -> Finding:
    """It works, and may not always."""
    return Finding(about, "warning", found, advice)


def failed(about: str, found: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(about, "failed", found, advice)

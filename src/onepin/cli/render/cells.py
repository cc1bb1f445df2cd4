"""Text in columns: how wide it is, how it is cut, and how what others typed is made harmless."""

import unicodedata

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINER = "\u200d"


def harmless(text: str) -> str:
    """``text`` without anything that moves the cursor or turns the line around; each such character as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def harmless_lines(text: str) -> str:
    """As ``harmless``, line by line."""
    return "\n".join(harmless(line) for line in text.split("\n"))


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _HARMFUL or character in "\u200c\u200d":
        return character
    return character.encode("unicode_escape").decode("ascii")


def wide(text: str) -> int:
    """How many columns ``text`` takes (UAX #11; marks and joiners take none)."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """``text``, or as much of it as leaves room for an ellipsis within ``width`` columns."""
    if wide(text) <= width:
        return text
    return beginning(text, width - 1).rstrip() + "…" if width > 0 else ""


def beginning(text: str, width: int) -> str:
    """As much of ``text`` as fits into ``width`` columns."""
    for position, character in enumerate(text):
        width -= _columns(character)
        if width < 0:
            return text[:position]
    return text

"""The rule for names that people type: what is cut, what is normalised, what is refused."""

import unicodedata
from typing import Any

from pydantic import Field

_REFUSED = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # several scripts and emoji can't be written without them


def clean_name(value: str, *, longest: int) -> str:
    """``value`` without outer white space, in NFC (UAX #15).

    ``longest`` counts code points after normalisation. Raises ``ValueError`` with a text for the caller when the name
    is blank, too long, or holds control, bidirectional, invisible or unassigned characters (UTS #39).
    """
    name = unicodedata.normalize("NFC", value.strip())
    if not name.strip(_JOINERS):
        raise ValueError("must not be blank")
    if len(name) > longest:
        raise ValueError(f"must have at most {longest} characters, has {len(name)}")
    plain = name.isascii() and name.isprintable()
    if not plain and any(unicodedata.category(c) in _REFUSED and c not in _JOINERS for c in name):
        raise ValueError("must not contain control, bidirectional or invisible characters")
    return name


def name_field(of: str, *, longest: int, **more: Any) -> Any:
    """What the OpenAPI document says of a name that ``clean_name`` checks; ``of``: what people call so."""
    about = f"What people call the {of}. Outer white space is cut and the text is normalised (NFC)."
    return Field(description=about, json_schema_extra={"minLength": 1, "maxLength": longest}, **more)

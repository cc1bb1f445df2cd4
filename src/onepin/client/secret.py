"""A secret that does not show itself: not in ``repr``, not in a format, not in a log, not in a traceback."""

from typing import Any

_SHOWN = len("pk_live_") + 8
_SHORTEST = 40  # an API key has 46 characters; of what is shorter, nothing is shown


class Secret:
    """Holds a secret. ``reveal()`` is the only way to its text, so that it shows wherever a secret is let out.

    Two secrets of the same text are equal; a secret never equals a plain string, which could end in a log on failure.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself. Hand it on at once; don't keep it in a variable that others print."""
        return self._text

    def __str__(self) -> str:
        begins = self._text[:_SHOWN] if "_live_" in self._text and len(self._text) >= _SHORTEST else ""
        return f"{begins}**********"

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> Any:
        raise TypeError("a Secret can't be pickled: call reveal() and store the text where secrets belong")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _: object) -> "Secret":
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> Any:
        """As a field of a model: read from a string, masked when the model is turned into JSON."""
        from pydantic_core import core_schema

        masked = core_schema.to_string_ser_schema(when_used="json")
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema(), serialization=masked)

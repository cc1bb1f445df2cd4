"""The one exception by which any stage of a request says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onepin.contract.codes import Code


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong with one field.

    ``location`` is where the field stands (``body``, ``path``, ``query`` or ``header``), ``kind`` a short machine word.
    """

    field: str
    message: str
    location: str = "body"
    kind: str = "value_error"


class Refused(Exception):
    """A request is answered with an error envelope.

    Raised by every stage, rendered once, in ``edge/problems.py``. ``message`` and ``details`` are shown to the
    caller: they never hold a secret or an exception's text. ``reason`` is for the log alone.
    """

    def __init__(
        self,
        code: Code,
        message: str | None = None,
        *,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.message = message or code.text
        self.details = tuple(details)
        self.headers = dict(headers or {})
        self.reason = reason


def unavailable(reason: str, *, retry_after: int = 1) -> Refused:
    """A 503 that says when to come back. ``retry_after`` in seconds, at least 1."""
    return Refused(Code.UNAVAILABLE, headers={"Retry-After": str(retry_after)}, reason=reason)


def invalid(field: str, message: str, *, location: str = "body", kind: str = "value_error") -> Refused:
    """A 422 about one field."""
    return Refused(Code.VALIDATION_ERROR, f"{field}: {message}", details=[Detail(field, message, location, kind)])

"""A request that is not let through, and what its caller is told: the envelope of every onepin error."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from onepin.contract.codes import Code
from onepin.contract.envelopes import ErrorBody, ErrorEnvelope, Meta

Headers = tuple[tuple[str, str], ...]
_ALWAYS: Headers = (("content-type", "application/json"), ("cache-control", "no-store"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to give instead of the application's own.

    Attributes:
        status: 400, 401, 403, 429 or 503.
        code: The machine-readable code in ``body``, a ``Code`` of ``onepin.contract.codes`` or a newer one.
        message: The sentence in ``body`` for a person.
        headers: Names in lower case, and values; Content-Length is left to the one who sends.
        body: JSON, UTF-8.
    """

    status: int
    code: str
    message: str
    headers: Headers
    body: bytes


class Refused(Exception):
    """The caller is not let through: 400, 401, 403 or 429, or 503 in the form of ``Unavailable``."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.status} {refusal.code}: {refusal.message}")
        self.refusal = refusal


class Unavailable(Refused):
    """The server could not be asked, so nobody is let through: 503."""


def refuse(code: Code, message: str | None = None, *, headers: Headers = ()) -> Refusal:
    """A refusal that is the guard's own, in the envelope the server would use."""
    text = message or code.text
    meta = Meta(request_id=uuid4(), timestamp=datetime.now(UTC))
    envelope = ErrorEnvelope(error=ErrorBody(code=code, message=text, details=[]), meta=meta)
    return Refusal(code.status, code.value, text, _ALWAYS + headers, envelope.model_dump_json().encode())


def no_credential() -> Refusal:
    """For a request without an Authorization header (RFC 6750, section 3: the challenge has no error then)."""
    text = "Send your API key as 'Authorization: Bearer <key>'."
    return refuse(Code.UNAUTHORIZED, text, headers=(("www-authenticate", "Bearer"),))


def no_key() -> Refusal:
    """For an Authorization header that can't hold a key, whatever the server knows."""
    return refuse(Code.INVALID_API_KEY, headers=(("www-authenticate", 'Bearer error="invalid_token"'),))


def ambiguous() -> Refusal:
    """For a request with several Authorization headers: whoever reads the other one would see another caller."""
    return refuse(Code.BAD_REQUEST, "Send the Authorization header once.")


def unavailable(retry_after: int = 1) -> Refusal:
    """For a check that could not be made; the caller may try again after ``retry_after`` seconds."""
    return refuse(Code.UNAVAILABLE, headers=(("retry-after", str(retry_after)),))

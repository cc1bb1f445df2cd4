"""From an answer that is no success to the error that is raised. No I/O."""

import json
import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from onepin.client.errors import (
    Detail,
    OnePinAPIError,
    OnePinAuthError,
    OnePinBadRequestError,
    OnePinConflictError,
    OnePinInsufficientScopeError,
    OnePinNotFoundError,
    OnePinRateLimitError,
    OnePinServerError,
    OnePinValidationError,
)

KINDS: Final[Mapping[int, type[OnePinAPIError]]] = {
    400: OnePinBadRequestError,
    401: OnePinAuthError,
    403: OnePinAuthError,
    404: OnePinNotFoundError,
    409: OnePinConflictError,
    422: OnePinValidationError,
    429: OnePinRateLimitError,
}
MASK: Final = "**********"
SHORTEST_SECRET: Final = 8
"""What is shorter is no credential, and stands in every other text."""
LONGEST_TEXT: Final = 2000
"""Of an answer that is not JSON, as the error page of a proxy, so much is kept."""


def error_of(status: int, headers: Mapping[str, str], content: bytes, hidden: Iterable[str]) -> OnePinAPIError:
    """The error to raise; ``hidden`` are texts that it must not hold, whatever the answer repeats."""
    body = _body(content, hidden)
    said = body.get("error") if isinstance(body, dict) else None
    if isinstance(said, str) and isinstance(body.get("error_description"), str):  # OAuth's form (RFC 6749, 5.2)
        said = {"code": said, "message": body["error_description"]}
    said = said if isinstance(said, dict) else {}
    code = said.get("code")
    error = _kind(status, code)(
        _message(status, headers, said, hidden),
        status_code=status,
        error_code=code if isinstance(code, str) else None,
        details=_details(said.get("details")),
        request_id=_request_id(headers, body),
        response_body=body,
        headers={name: _masked(text, hidden) for name, text in headers.items()},
    )
    if isinstance(error, OnePinInsufficientScopeError):
        error.scope = missing_scope(headers)
    if isinstance(error, OnePinRateLimitError):
        error.retry_after = retry_after(headers)
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that ``Retry-After`` asks for (RFC 9110, 10.2.3: a number, or a date); None without a sound one."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return max((until - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def missing_scope(headers: Mapping[str, str]) -> str | None:
    """What ``WWW-Authenticate`` names as ``scope`` (RFC 6750, 3)."""
    found = re.search(r'\bscope="([^"]*)"', headers.get("www-authenticate", ""))
    return found[1] if found else None


def _kind(status: int, code: Any) -> type[OnePinAPIError]:
    if status == 403 and code == "INSUFFICIENT_SCOPE":
        return OnePinInsufficientScopeError
    return OnePinServerError if status >= 500 else KINDS.get(status, OnePinAPIError)


def _message(status: int, headers: Mapping[str, str], said: Mapping[str, Any], hidden: Iterable[str]) -> str:
    if isinstance(said.get("message"), str):
        return str(said["message"])
    if 300 <= status < 400:
        to = _masked(headers.get("location", "elsewhere"), hidden)
        return f"The server redirects to {to}, and credentials are not sent along; is base_url right?"
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "an unknown status"
    return f"{phrase}. The answer is not from onepin itself; is base_url right, and what is between here and there?"


def _details(listed: Any) -> list[Detail]:
    if not isinstance(listed, list):
        return []
    return [Detail(str(one.get("field", "")), str(one.get("message", ""))) for one in listed if isinstance(one, dict)]


def _request_id(headers: Mapping[str, str], body: Any) -> str | None:
    meta = body.get("meta") if isinstance(body, dict) else None
    named = meta.get("request_id") if isinstance(meta, dict) else None
    return named if isinstance(named, str) else headers.get("x-request-id")


def _body(content: bytes, hidden: Iterable[str]) -> Any:
    text = _masked(content.decode("utf-8", "replace"), hidden)
    try:
        return json.loads(text)
    except ValueError:
        return text[:LONGEST_TEXT] or None


def _masked(text: str, hidden: Iterable[str]) -> str:
    for secret in hidden:
        for form in (secret, json.dumps(secret)[1:-1]):
            text = text.replace(form, MASK) if len(form) >= SHORTEST_SECRET else text
    return text

"""Everything that the SDK raises on purpose.

::

    OnePinError
    ├── OnePinConfigurationError            the client can't be made, or can't call, with what it was given
    ├── OnePinConnectionError               no answer, or none that can be understood
    │   └── OnePinTimeoutError              no answer in time
    └── OnePinAPIError                      the server answered with an error
        ├── OnePinBadRequestError           400
        ├── OnePinAuthError                 401, 403
        │   └── OnePinInsufficientScopeError   403: the key lacks ``scope``
        ├── OnePinNotFoundError             404
        ├── OnePinConflictError             409
        ├── OnePinValidationError           422: see ``details``
        ├── OnePinRateLimitError            429: wait ``retry_after`` seconds
        └── OnePinServerError               5xx

``str(error)`` is one line that says what went wrong and, where the server can be asked about it, the request's id. No
error holds a secret: what the client sent as a credential is masked wherever the answer repeats it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is wrong, and with which field of the request."""

    field: str
    message: str


class OnePinError(Exception):
    """What all errors of the SDK are.

    Attributes:
        message: What went wrong, for people; without the request's id.
        status_code: The HTTP status, None when there was no answer.
        error_code: The machine-readable code, as ``NOT_FOUND``; None when the answer had none.
        details: Which fields are wrong and why; often empty.
        request_id: What the server's logs call this request; None when it did not answer.
        response_body: The answer as it came: parsed when it was JSON, else its text. None when there was none.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        error_code: str | None = None,
        details: Sequence[Detail] = (),
        request_id: str | None = None,
        response_body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.error_code = error_code
        self.details = list(details)
        self.request_id = request_id
        self.response_body = response_body
        self.headers = dict(headers or {})

    @property
    def body(self) -> Any:
        """``response_body``, by the name that the published client uses."""
        return self.response_body

    def __str__(self) -> str:
        begins = " ".join(str(part) for part in (self.status_code, self.error_code) if part)
        wrong = "; ".join(f"{detail.field}: {detail.message}" for detail in self.details)
        text = ": ".join(part for part in (begins, wrong or self.message) if part)
        line = " ".join(text.split())
        return f"{line} (request {self.request_id})" if self.request_id else line

    def __reduce__(self) -> Any:
        return _rebuilt, (type(self), dict(self.__dict__))


def _rebuilt(kind: type[OnePinError], state: dict[str, Any]) -> OnePinError:
    """An error that came through a pipe, as between the processes of a pool."""
    error = kind.__new__(kind, state["message"])
    error.__dict__.update(state)
    return error


class OnePinConfigurationError(OnePinError):
    """The client can't work with what it was given: arguments, environment variables or the credentials file."""


class OnePinConnectionError(OnePinError):
    """The server could not be reached, hung up, or answered with something that is no onepin answer."""


class OnePinTimeoutError(OnePinConnectionError):
    """The server did not answer in time. Whether it did what it was asked is not known."""


class OnePinAPIError(OnePinError):
    """The server refused. Match on ``status_code`` and ``error_code``; texts may improve."""

    status_code: int


class OnePinBadRequestError(OnePinAPIError):
    """400: the request is malformed."""


class OnePinAuthError(OnePinAPIError):
    """401: who calls is not known. 403: they are, and may not do this."""


class OnePinInsufficientScopeError(OnePinAuthError):
    """403: the API key lacks a scope that the operation needs.

    Attributes:
        scope: The missing scope (several are separated by a space); None when the server did not name it.
    """

    scope: str | None = None


class OnePinNotFoundError(OnePinAPIError):
    """404: there is no such thing, or not in a workspace of yours."""


class OnePinConflictError(OnePinAPIError):
    """409: the present state does not allow this, for instance because the key is revoked."""


class OnePinValidationError(OnePinAPIError):
    """422: the request has invalid values; ``details`` names the fields."""


class OnePinRateLimitError(OnePinAPIError):
    """429: too many requests.

    Attributes:
        retry_after: How many seconds to wait; None when the server did not say.
    """

    retry_after: float | None = None


class OnePinServerError(OnePinAPIError):
    """5xx: the server, or a proxy before it, failed."""

"""What passes between the SDK's decisions (``exchange``) and its connections (``connections``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from onepin.client.settings import Timeout


@dataclass(frozen=True)
class Attempt:
    """What goes over the network. What is secret in it does not show."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeout: Timeout


@dataclass(frozen=True)
class Answer:
    """What came back. Its body may hold a secret and does not show."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """Why there is no answer. ``sent``: whether the server may have got the request."""

    reason: str
    sent: bool
    timeout: bool
    cause: BaseException | None = None

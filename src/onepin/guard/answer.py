"""What the server's answer means. Anything but a clear yes is a no."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

from onepin.guard.principal import Principal
from onepin.guard.question import Question
from onepin.guard.refusal import Headers, Refusal

FORWARDED_STATUSES: Final = frozenset({401, 403, 429})
_FORWARDED = re.compile(r"www-authenticate|retry-after|ratelimit(-policy)?|x-ratelimit-[a-z]+|x-request-id")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response that was read to its end."""

    status: int
    headers: Headers
    body: bytes


class NoAnswer(Exception):
    """The server did not answer, or not as a onepin server does; the text says why, for the operator.

    Attributes:
        retry_after: Seconds after which to try again, as far as the server said.
    """

    def __init__(self, reason: str, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def verdict(question: Question, answer: Answer) -> Principal | Refusal:
    """Who may pass, or what to say instead.

    Raises:
        NoAnswer: the answer is neither, so nobody may pass.
    """
    if answer.status == 200:
        return _principal(question, dict(answer.headers))
    if answer.status in FORWARDED_STATUSES:
        return _refusal(answer)
    raise NoAnswer(f"it answered {answer.status} {_said(answer)}".rstrip(), _retry_after(answer.headers))


def _principal(question: Question, headers: dict[str, str]) -> Principal:
    """Read from the headers of a 200, and held against the question: a proxy in between may have lost its query."""
    try:
        creator = headers.get("x-onepin-key-creator")
        principal = Principal(
            key_id=UUID(headers["x-onepin-key-id"]),
            workspace_id=UUID(headers["x-onepin-workspace-id"]),
            creator=UUID(creator) if creator else None,
            name=unquote(headers.get("x-onepin-key-name", ""), errors="strict"),
            scopes=frozenset(headers.get("x-onepin-scopes", "").split()),
        )
    except (KeyError, ValueError) as problem:
        raise NoAnswer("it answered 200, but not as a onepin server does: is base_url right?") from problem
    if not question.scopes <= principal.scopes:
        raise NoAnswer("it let a key pass without the scopes that were asked for")
    if question.workspaces is not None and principal.workspace_id not in question.workspaces:
        raise NoAnswer("it let a key of another workspace pass")
    return principal


def _refusal(answer: Answer) -> Refusal:
    error = _error(answer.body)
    if error is None:
        raise NoAnswer(f"it answered {answer.status}, but not as a onepin server does: is base_url right?")
    headers = (("content-type", "application/json"), ("cache-control", "no-store"), *_forwarded(answer.headers))
    return Refusal(answer.status, error["code"], error["message"], headers, answer.body)


def _forwarded(headers: Iterable[tuple[str, str]]) -> Headers:
    return tuple((name, value) for name, value in headers if _FORWARDED.fullmatch(name))


def _error(body: bytes) -> dict[str, Any] | None:
    try:
        error = json.loads(body)["error"]
        sound = isinstance(error["code"], str) and isinstance(error["message"], str)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return error if sound else None


def _said(answer: Answer) -> str:
    error = _error(answer.body)
    return "" if error is None else f"{error['code']}: {error['message']}"[:300]


def _retry_after(headers: Headers) -> int:
    value = dict(headers).get("retry-after", "")
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,3}", value, re.ASCII) else 1

"""One call from its first attempt to its result: what to send, whether to try again, how to read the answer. No I/O.

The two clients drive it: they send what ``attempt`` says, hand in what came (``answered``) or what went wrong
(``failed``), and wait as long as they are told.
"""

import json
import logging
import platform
import random
import secrets
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from onepin import __version__
from onepin.client.attempts import Answer, Attempt, Fault
from onepin.client.calls import Call, Safety
from onepin.client.errors import OnePinConnectionError, OnePinTimeoutError
from onepin.client.refusals import error_of, retry_after
from onepin.client.secret import Secret
from onepin.client.settings import Settings, Timeout, checked_workspace
from onepin.contract.envelopes import WireModel

FIRST_DELAY: Final = 0.25
LONGEST_DELAY: Final = 8.0
LONGEST_RETRY_AFTER: Final = 60.0
"""The server's limits are per minute; whoever is told to wait longer than that gets the error at once."""
RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
DONE_NOTHING: Final = frozenset({408, 429, 503})
"""With these the server says that it did not begin, so that any call may be sent again. A 503 says it
with ``Retry-After``; from a proxy it comes without, and then nobody knows."""
USER_AGENT: Final = f"onepin-python/{__version__} python/{platform.python_version()}"

E = TypeVar("E", bound=WireModel)
_log = logging.getLogger("onepin.client")


@dataclass(frozen=True)
class Result(Generic[E]):
    """An answer that was understood."""

    answer: Answer
    envelope: E = field(repr=False)


class Exchange(Generic[E]):
    """The state of one call over its attempts."""

    def __init__(self, call: Call[E], settings: Settings) -> None:
        self._call = call
        self._settings = settings
        self._most = settings.max_retries if call.max_retries is None else call.max_retries
        self._idempotency_key = call.idempotency_key
        if call.safety is Safety.KEYED and self._idempotency_key is None:
            self._idempotency_key = secrets.token_urlsafe(32)  # one for all attempts: the server makes one key
        self._hidden = [text for text in call.secrets if text]
        self.attempts = 0
        self.result: Result[E] | None = None

    def attempt(self, credential: Secret | None) -> Attempt:
        """The next attempt, with a credential that is asked for anew each time."""
        self.attempts += 1
        call, settings = self._call, self._settings
        if credential is not None:
            self._hidden.append(credential.reveal())
        query = f"?{urlencode(call.query)}" if call.query else ""
        content = None if call.body is None else json.dumps(call.body, allow_nan=False).encode()
        if call.form is not None:
            content = urlencode(call.form).encode()
        timeout = settings.timeout if call.timeout is None else Timeout.of(call.timeout)
        return Attempt(call.method, settings.base_url + call.path + query, self._headers(credential), content, timeout)

    def answered(self, answer: Answer) -> float | None:
        """None: ``result`` is there. A number: try again after so many seconds.

        Raises:
            OnePinAPIError: the server refused, for good or too often.
            OnePinConnectionError: this is no answer of an onepin server.
        """
        shown = (self._call.method, self._call.route, self.attempts, answer.status, answer.headers.get("x-request-id"))
        _log.debug("%s %s, attempt %d: %d, request %s", *shown)
        if 200 <= answer.status < 300:
            envelope = self._read(answer)
            if envelope is None:  # cut short, or from something else than onepin
                reason = f"it answered {answer.status} with something that is no onepin answer; is base_url right?"
                return self.failed(Fault(reason, sent=True, timeout=False))
            self.result = Result(answer, envelope)
            return None
        if self._again(answer):
            return self._delay(answer)
        raise error_of(answer.status, answer.headers, answer.content, self._hidden)

    def failed(self, fault: Fault) -> float:
        """After how many seconds to try again.

        Raises:
            OnePinConnectionError: not at all.
        """
        _log.debug("%s %s, attempt %d: %s", self._call.method, self._call.route, self.attempts, fault.reason)
        if self.attempts <= self._most and (not fault.sent or self._call.safety is not Safety.ONCE):
            return self._backoff()
        kind = OnePinTimeoutError if fault.timeout else OnePinConnectionError
        tried = f" after {self.attempts} attempts" if self.attempts > 1 else ""
        raise kind(f"No answer from {self._settings.base_url}{tried}: {fault.reason}") from fault.cause

    def _headers(self, credential: Secret | None) -> dict[str, str]:
        call = self._call
        workspace = checked_workspace(call.workspace_id) or self._settings.workspace_id
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT} | dict(call.headers)
        if credential is not None:
            headers["Authorization"] = f"Bearer {credential.reveal()}"
        if workspace is not None and not call.anonymous:
            headers["X-Workspace-Id"] = workspace
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self._idempotency_key is not None:
            headers["Idempotency-Key"] = self._idempotency_key
        return headers

    def _read(self, answer: Answer) -> E | None:
        try:
            return self._call.envelope.model_validate_json(answer.content, extra="allow")
        except ValidationError:  # not as a cause: its text quotes the answer, and with it a secret
            return None

    def _again(self, answer: Answer) -> bool:
        if self.attempts > self._most or (_retry_after(answer) or 0) > LONGEST_RETRY_AFTER:
            return False
        if answer.status == 409:  # the same create is still at work: the contract's answer to an impatient retry
            return self._call.safety is Safety.KEYED and _retry_after(answer) is not None
        if answer.status not in RETRIED:
            return False
        if self._call.safety is not Safety.ONCE:
            return True
        return answer.status in DONE_NOTHING and (answer.status != 503 or _retry_after(answer) is not None)

    def _delay(self, answer: Answer) -> float:
        """What the server asks for, and a little more so that those who were refused together don't return so."""
        asked = _retry_after(answer)
        return self._backoff() if asked is None else asked + random.uniform(0, 0.25)  # noqa: S311

    def _backoff(self) -> float:
        """Doubling, with half of it left to chance (as in "Exponential Backoff And Jitter", AWS 2015, "equal")."""
        longest: float = min(FIRST_DELAY * 2 ** (self.attempts - 1), LONGEST_DELAY)
        return longest * random.uniform(0.5, 1)  # noqa: S311


def _retry_after(answer: Answer) -> float | None:
    return retry_after(answer.headers)

"""The log: one record is one line on standard error, with the request id, without secrets, without control characters.

Secrets are taken out here, at the handler, by their pattern: whoever logs need not think of it, and what a library or
a traceback says is covered too.
"""

import json
import logging
import math
import re
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Protocol, TextIO

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request being answered, set by the edge; stands on every line logged while it is."""

CUT = "[cut]"

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Keys, verifiers, refresh secrets and invites: their prefix and the 8 characters that are shown anyway.
    (re.compile(r"(?i)(_(?:live|verifier|session|invite)_[0-9a-z]{8})[0-9a-z]+"), rf"\1{CUT}"),
    # JWTs, whole or cut off: the header is no secret, what follows is.
    (re.compile(r"\beyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]*(?:\.[0-9A-Za-z_-]*)*"), f"eyJ{CUT}"),
    # Passwords in URLs; in a database's, even with a slash or an @ in them that should have been escaped.
    (re.compile(r"(?i)((?:postgres(?:ql)?|rediss?|valkeys?)://[^\s:/@'\"]*):[^\s'\"]*@"), rf"\1:{CUT}@"),
    (re.compile(r"(://[^\s:/@'\"]*):[^\s/@'\"]*@"), rf"\1:{CUT}@"),
    (re.compile(r"(?i)\b(bearer\s+)(?!eyJ)(?![0-9a-z]+_(?:live|verifier|session)_)[^\s'\",]{8,}"), rf"\1{CUT}"),
    (re.compile(r"(sign-in=)[0-9A-Za-z_-]+"), rf"\1{CUT}"),
    (re.compile(r"(whsec_|sk_(?:live|test)_)[0-9A-Za-z+/=_-]+"), rf"\1{CUT}"),
)

_MAYBE = re.compile(r"(?i)_|eyJ|://|bearer|sign-in=")
"""Without one of these there is none of those; most lines are done with this one look."""

# C0 and C1 controls, soft hyphen aside; bidi and line separators (Trojan Source, CVE-2021-42574); lone surrogates.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class LogSettings(Protocol):
    """What of the configuration the log needs."""

    @property
    def log_format(self) -> Literal["text", "json"]:
        """``text`` or ``json``."""
        ...


def redact(text: str) -> str:
    """``text`` without the secrets that are known by their shape."""
    if not _MAYBE.search(text):
        return text
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def encode_controls(text: str) -> str:
    """``text`` with every control, bidi and line-breaking character as ``\\xNN`` or ``\\uNNNN``."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub(lambda found: _encoded(ord(found[0])), text)


def _encoded(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class _Formatter(logging.Formatter):
    """Turns a record into its parts: time, level, logger, request id, message, ``extra={"fields": {…}}``, traceback."""

    def parts(self, record: logging.LogRecord) -> dict[str, Any]:
        moment = datetime.fromtimestamp(record.created, UTC)
        parts: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if (current := request_id.get()) is not None:
            parts["request_id"] = current
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            parts.update({str(name): _plain(value) for name, value in fields.items() if str(name) not in parts})
        trace = self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else record.exc_text
        stack = self.formatStack(record.stack_info) if record.stack_info else None
        if trace or stack:
            parts["traceback"] = redact("\n".join(part for part in (trace, stack) if part))
        return parts


def _plain(value: object) -> object:
    """A value for a line: numbers, booleans and None as they are, everything else as redacted text."""
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return redact(str(value))


class JsonFormatter(_Formatter):
    """A JSON object per record, in ASCII, so that every control character is escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return json.dumps(self.parts(record))


class TextFormatter(_Formatter):
    """A line for people; the lines of a traceback follow it, indented, so that none can pass for a record."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and more only for a traceback."""
        parts = self.parts(record)
        trace = parts.pop("traceback", "")
        head = f"{parts.pop('time')} {parts.pop('level').upper():<7} {parts.pop('logger')}: {parts.pop('message')}"
        tail = "".join(f" {name}={value}" for name, value in parts.items())
        lines = [encode_controls(head + tail)]
        lines += ["    " + encode_controls(line) for line in trace.split("\n") if trace]
        return "\n".join(lines)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines. A record that can't be formatted is dropped with a note that doesn't repeat it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """The standard library would print the record's raw arguments here, secrets and all."""
        error = sys.exc_info()[0]
        try:
            kind = error.__name__ if error else "unknown"
            self.stream.write(f"a log record of {record.name!r} could not be written ({kind})\n")
        except (OSError, ValueError):
            pass  # the stream is gone or full: a log must never take the server down


def configure(config: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything that is logged, warnings included, to ``stream`` (standard error) in the configured format."""
    # No line shows them, so no record need find them out (logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if config.log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("onepin").setLevel(logging.INFO)
    logging.captureWarnings(True)


def log_uncaught() -> None:
    """Log exceptions that nobody catches, in any thread, instead of the interpreter's own, unredacted traceback."""
    logger = logging.getLogger("onepin")

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logger.critical("stopped by an error that nobody expected", exc_info=(kind, error, trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            logger.error("a thread ended by an error", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            logger.error("an error had nowhere to go", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))

    sys.excepthook = in_main
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable

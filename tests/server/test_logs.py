import contextlib
import io
import json
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onepin.server import logs
from onepin.server.keys.format import mint

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEyMyJ9.c2lnbmF0dXJlc2lnbmF0dXJl"


@dataclass(frozen=True)
class Format:
    log_format: Literal["text", "json"]


@contextlib.contextmanager
def logging_to(log_format: Literal["text", "json"]) -> Iterator[io.StringIO]:
    """The log of one format in a buffer; what was configured before comes back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(Format(log_format), stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = before


both = pytest.mark.parametrize("log_format", ["text", "json"])
logger = logging.getLogger("onepin.test")


def slices(text: str, length: int = 12) -> list[str]:
    return [text[start : start + length] for start in range(len(text) - length + 1)]


def fail_with(text: str) -> None:
    raise ValueError(text)


@both
def test_a_record_is_one_line_with_time_level_logger_and_message(log_format: Literal["text", "json"]) -> None:
    with logging_to(log_format) as stream:
        logger.info("started %s", "now", extra={"fields": {"port": 8000, "path": "/x", "ok": True}})
    (line,) = stream.getvalue().splitlines()
    if log_format == "json":
        parts = json.loads(line)
        assert parts.pop("time").endswith("Z")
        expected = {"level": "info", "logger": "onepin.test", "message": "started now"}
        assert parts == expected | {"port": 8000, "path": "/x", "ok": True}
    else:
        assert line[24:] == " INFO    onepin.test: started now port=8000 path=/x ok=True"


@both
def test_the_request_id_stands_on_each_line_of_its_request_and_on_no_other(log_format: Literal["text", "json"]) -> None:
    with logging_to(log_format) as stream:
        token = logs.request_id.set("0198-id")
        logger.info("inside")
        logs.request_id.reset(token)
        logger.info("outside")
    inside, outside = stream.getvalue().splitlines()
    assert "0198-id" in inside
    assert "request_id" not in outside


@both
@given(before=st.text(max_size=20), after=st.text(max_size=20), brand=st.sampled_from(["pk", "op", "acme"]))
def test_no_slice_of_a_hidden_part_survives(
    log_format: Literal["text", "json"], before: str, after: str, brand: str
) -> None:
    """Otherwise whoever reads the log could call the API as its customers."""
    text = mint(brand).reveal()
    hidden = text[len(brand) + len("_live_") + 8 :]
    with logging_to(log_format) as stream:
        logger.info(before + text + after, extra={"fields": {"field": before + text, "more": {"deep": [text]}}})
        logger.info("%s%r%s", before, text, after)
        try:
            fail_with(before + text + after)
        except ValueError:
            logger.exception("failed with %s", text, stack_info=True)
    written = stream.getvalue()
    assert [part for part in slices(hidden) if part in written] == []
    assert text[: len(brand) + len("_live_") + 8] in written


@given(text=st.text(), body=st.text("0123456789ABCDEFabcdefxyz", min_size=30, max_size=60))
@pytest.mark.parametrize("kind", ["_live_", "_verifier_", "_session_"])
def test_redaction_finds_every_kind_of_secret_anywhere_in_a_text(kind: str, text: str, body: str) -> None:
    """Otherwise a verifier or a refresh secret in the log could be used by whoever reads it."""
    redacted = logs.redact(text + "pk" + kind + body)
    assert kind + body[:8] + logs.CUT in redacted
    assert not [part for part in slices(body[8:]) if part in redacted and part not in text]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"token {TOKEN} refused", TOKEN[5:]),
        (f"Authorization: Bearer {TOKEN}", TOKEN[5:]),
        (TOKEN[:45], TOKEN[21:45]),
        ("b'Authorization', b'Bearer 4f9a8b7c6d5e4f3a'", "4f9a8b7c6d5e4f3a"),
        ("postgresql://onepin:hunter2hunter2@db/onepin", "hunter2hunter2"),
        ("postgresql://onepin:hunter2/hunter2@x@db/onepin", "hunter2"),
        ("https://user:hunter2hunter2@proxy.example/", "hunter2hunter2"),
        ("http://127.0.0.1:8000/#sign-in=AbCdEf0123456789", "AbCdEf0123456789"),
        ("whsec_AbCdEf0123456789", "AbCdEf0123456789"),
        ("sk_live_AbCdEf0123456789", "AbCdEf0123456789"),
        ("sk_test_AbCdEf0123456789", "AbCdEf0123456789"),
        ("PK_LIVE_ABCDEFGH0123456789ABCD", "0123456789ABCD"),
    ],
)
def test_other_secrets_are_cut_too(text: str, hidden: str) -> None:
    """Otherwise sessions, passwords and sign-in links could be taken from the log."""
    redacted = logs.redact(text)
    assert hidden not in redacted
    assert logs.CUT in redacted


@pytest.mark.parametrize(
    "text",
    [
        "pk_live_AbCdEfGh",
        "listening at http://127.0.0.1:8000/api/v1?user=a@b.example",
        "postgresql://db.example:5432/onepin",
        "a bearer of news",
        "eyJ is how tokens begin",
        "workflow_live_update",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert logs.redact(text) == text


FORGED = "name\r\n2026-01-01T00:00:00.000Z INFO    onepin: all is well\x1b[2K\u202egnp\u2028\ud800\x85\x00"


@both
def test_control_and_bidi_characters_can_not_forge_or_hide_a_line(log_format: Literal["text", "json"]) -> None:
    """Otherwise a key's name could add lines to the log, or repaint the terminal of whoever reads it."""
    with logging_to(log_format) as stream:
        logger.info("renamed to %s", FORGED, extra={"fields": {"path": FORGED}})
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert not any(char in written for char in FORGED if ord(char) < 0x20 and char != "\n")
    assert not any(char in written for char in "\u202e\u2028\ud800\x85")
    assert "\\u202e" in written
    written.encode("utf-8")
    if log_format == "json":
        assert json.loads(written)["message"] == f"renamed to {FORGED}"
    else:
        assert "\\x0d\\x0a" in written
        assert "\\x1b[2K" in written


@given(text=st.text())
def test_encoded_text_is_one_printable_line(text: str) -> None:
    encoded = logs.encode_controls(text)
    assert len(encoded.splitlines()) <= 1
    assert not set(encoded) & set(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0x2066]))


def test_the_lines_of_a_traceback_are_indented_and_those_of_its_message_too() -> None:
    """Otherwise the text of an exception could forge a record."""
    with logging_to("text") as stream:
        try:
            fail_with(FORGED)
        except ValueError:
            logger.exception("failed")
    first, *rest = stream.getvalue().splitlines()
    assert first.endswith("onepin.test: failed")
    assert rest[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in rest)
    assert not any(char in stream.getvalue() for char in "\x1b\u202e\r\x00")


def test_a_traceback_in_json_stays_in_its_line() -> None:
    with logging_to("json") as stream:
        try:
            fail_with("broken")
        except ValueError:
            logger.exception("failed")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["traceback"].splitlines()[-1] == "ValueError: broken"


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no")


@both
def test_a_record_that_can_not_be_formatted_leaves_a_note_without_its_arguments(
    log_format: Literal["text", "json"],
) -> None:
    """Otherwise one wrong log call would print its raw arguments, a key perhaps, past the redaction."""
    key = mint("pk").reveal()
    with logging_to(log_format) as stream:
        logger.info("%s %s", key)
        logger.info("%s %s", key, Unprintable())
        logger.info("still there")
    lines = stream.getvalue().splitlines()
    assert [line.startswith("a log record of 'onepin.test'") for line in lines] == [True, True, False]
    assert key not in stream.getvalue()


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_does_not_stop_who_logs() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logs.configure(Format("text"), Full())
    try:
        logger.info("hello")
    finally:
        logging.captureWarnings(False)
        root.handlers[:], root.level = before
    assert root.handlers == before[0]


def test_configuring_twice_leaves_one_handler() -> None:
    with logging_to("text"), logging_to("json") as stream:
        logger.info("once")
    assert stream.getvalue().count("once") == 1


def test_warnings_go_through_the_log() -> None:
    key = mint("pk").reveal()
    with logging_to("text") as stream, warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"odd: {key}", UserWarning, stacklevel=1)
    assert "py.warnings" in stream.getvalue()
    assert key not in stream.getvalue()


def test_libraries_are_heard_from_warning_on_and_onepin_from_info_on() -> None:
    with logging_to("text") as stream:
        logging.getLogger("alembic").info("quiet")
        logging.getLogger("alembic").warning("loud")
        logging.getLogger("onepin.x").debug("quiet")
        logging.getLogger("onepin.x").info("loud")
    assert "quiet" not in stream.getvalue()
    assert stream.getvalue().count("loud") == 2


def test_an_exception_that_nobody_catches_is_logged_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the interpreter would print a traceback with whatever secret its message holds."""
    for module, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    key = mint("pk").reveal()
    with logging_to("text") as stream:
        logs.log_uncaught()
        thread = threading.Thread(target=fail_with, args=(key,))
        thread.start()
        thread.join()
        try:
            fail_with(key)
        except ValueError as error:
            assert key in traceback.format_exc()
            sys.excepthook(ValueError, error, error.__traceback__)
    assert stream.getvalue().count("ValueError: pk_live_") == 2
    assert key not in stream.getvalue()

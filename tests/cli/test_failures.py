"""How a command fails, whatever a server said."""

import json

import click
import pytest

from onepin.cli.connection import failed
from onepin.cli.failures import Failed, show
from onepin.client.errors import Detail, OnePinAPIError, OnePinConnectionError, OnePinRateLimitError, OnePinServerError


def shown(error: click.ClickException, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    show(error, as_json=as_json)
    written = capsys.readouterr()
    assert written.out == ""
    return written.err


def test_what_a_server_says_can_not_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, a hostile server could write whatever it likes over the terminal."""
    text = shown(Failed("a\x1b[2Jb\rc", hint="\x1b]0;d\x07", details=[("e\x9b", "f\u202e")]), capsys)
    assert not any(character in text for character in "\x1b\r\x07\x9b\u202e")
    assert "a\\x1b[2Jb\\rc" in text


def test_a_secret_in_a_message_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, a server that repeats a credential would put it into a CI log."""
    secret = "pk_live_AbCd1234" + "S" * 30
    for as_json in (False, True):
        text = shown(Failed(secret, hint=secret, details=[("x", secret)]), capsys, as_json=as_json)
        assert "SSSSSS" not in text
        assert "pk_live_AbCd1234…" in text


def test_an_answer_of_something_else_is_told_from_onepins() -> None:
    error = failed(OnePinServerError("Bad Gateway", status_code=502))
    assert "no answer of onepin (status 502)" in error.hint


def test_a_limit_says_how_long_to_wait() -> None:
    limited = OnePinRateLimitError("slowly", status_code=429, error_code="RATE_LIMITED")
    limited.retry_after = 17.2
    assert failed(limited).hint == "Try again in 17 seconds."


def test_no_connection_points_to_the_doctor() -> None:
    assert "onepin doctor" in failed(OnePinConnectionError("refused")).hint


def test_details_that_the_message_has_are_not_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    error = OnePinAPIError(
        "name: must not be blank",
        status_code=422,
        error_code="VALIDATION_ERROR",
        details=[Detail("name", "must not be blank"), Detail("scopes", "too many")],
        request_id="0199d8a4",
    )
    text = shown(failed(error), capsys)
    assert text.count("must not be blank") == 1
    assert "scopes: too many" in text
    assert "request 0199d8a4" in text
    data = json.loads(shown(failed(error), capsys, as_json=True))["error"]
    assert [detail["field"] for detail in data["details"]] == ["name", "scopes"]

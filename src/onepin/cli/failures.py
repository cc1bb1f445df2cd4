"""How a command fails: one line that says what, one that says what to do, and an exit code."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from onepin.cli.masks import masked
from onepin.cli.render.cells import harmless_lines
from onepin.cli.terminal import Terminal


class Failed(click.ClickException):
    """The command did not do what it was asked (exit code 1).

    Args:
        message: What went wrong, a sentence.
        hint: What to do about it.
        code: The server's error code, or a word of ours.
        details: Lines that belong to it, such as a field and what is wrong with it.
        request_id: The server's name for the request.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "FAILED",
        details: Sequence[tuple[str, str]] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.code = code
        self.details = tuple(details)
        self.request_id = request_id


def show(error: click.ClickException, *, as_json: bool) -> None:
    """Write ``error`` to standard error; a secret that stands in it is cut, and so is what would move the cursor."""
    if as_json:
        click.echo(masked(json.dumps({"error": facts(error)}, ensure_ascii=False)), err=True)
        return
    terminal = Terminal.of(sys.stderr)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        terminal.write(error.format_message())
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        terminal.write(masked(error.ctx.get_usage()))
        hint = f"Try '{error.ctx.command_path} --help' for help."
        if "unexpected extra argument" in error.format_message():
            hint = f"Words that belong together go into quotes. {hint}"
    else:
        hint = getattr(error, "hint", "")
    terminal.write(f"{terminal.style('Error:', 'bold', 'red')} {_shown(error.format_message())}")
    for name, message in getattr(error, "details", ()):
        if message in error.format_message():
            continue
        terminal.write(_shown(f"  {name}: {message}"))
    if hint:
        terminal.write(_shown(hint))
    if getattr(error, "request_id", None):
        terminal.write(terminal.style(f"request {getattr(error, 'request_id', '')}", "dim"))


def _shown(text: str) -> str:
    """What a server said can neither move the cursor nor show a secret."""
    return masked(harmless_lines(text))


def facts(error: click.ClickException) -> dict[str, Any]:
    """The error as ``--json`` shows it."""
    usage = isinstance(error, click.UsageError)
    return {
        "code": getattr(error, "code", "USAGE" if usage else "FAILED"),
        "message": error.format_message(),
        "hint": getattr(error, "hint", "") or None,
        "details": [{"field": name, "message": message} for name, message in getattr(error, "details", ())],
        "request_id": getattr(error, "request_id", None),
    }

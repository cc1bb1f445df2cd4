"""What the place that text goes to can show: its width, colours, characters; and whether a person is there."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

import click

DEFAULT_WIDTH = 80
_STYLES: dict[str, dict[str, bool | str]] = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "red": {"fg": "red"},
    "green": {"fg": "green"},
    "yellow": {"fg": "yellow"},
    "cyan": {"fg": "cyan"},
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """A stream and what is behind it."""

    stream: TextIO
    interactive: bool
    colour: bool
    unicode: bool

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ, *, no_color: bool = False) -> "Terminal":
        """Look at ``stream``. NO_COLOR (no-color.org), FORCE_COLOR and TERM=dumb are heeded."""
        interactive = stream.isatty()
        if no_color or environ.get("NO_COLOR"):
            colour = False
        elif environ.get("FORCE_COLOR"):
            colour = True
        else:
            colour = interactive and environ.get("TERM") != "dumb"
        return cls(stream, interactive, colour, _can_encode(stream, "▁█…⠋"))

    @property
    def width(self) -> int | None:
        """Columns, asked anew each time: windows are resized. None where nothing has to fit (a pipe, a file)."""
        if not self.interactive:
            return None
        try:
            given = int(os.environ.get("COLUMNS", ""))
            return given if given > 0 else DEFAULT_WIDTH
        except ValueError:
            pass
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or DEFAULT_WIDTH
        except (OSError, ValueError):
            return DEFAULT_WIDTH

    def style(self, text: str, *styles: str) -> str:
        """``text`` in these styles (bold, dim, or a colour), where there are colours."""
        if not self.colour or not text:
            return text
        for style in styles:
            text = click.style(text, reset=False, **_STYLES[style])  # type: ignore[arg-type]
        return text + "\x1b[0m" if styles else text

    def write(self, text: str = "", *, end: str = "\n") -> None:
        """Write ``text``; what the stream can't encode comes out as an escape, not as a traceback."""
        if not self.unicode:
            encoding = self.stream.encoding or "ascii"
            text = text.replace("…", "...").encode(encoding, "backslashreplace").decode(encoding)
        click.echo(text + end, file=self.stream, nl=False, color=self.colour)


def person_present() -> bool:
    """Whether somebody can be asked: both ends are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

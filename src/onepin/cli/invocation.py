"""One run of a command that talks to a server: its flags, its terminal, its client, and how it answers."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from onepin.cli.flags import Flags, flags_of, json_option, shared_options
from onepin.cli.groups import format_options
from onepin.cli.render.bars import Progress, waiting
from onepin.cli.terminal import Terminal, person_present

if TYPE_CHECKING:
    from pydantic import BaseModel

    from onepin.client.client import OnePinClient


@dataclass(slots=True)
class Invocation:
    """What a command works with. ``now`` is when it began: every age in its answer is counted from there."""

    flags: Flags
    out: Terminal
    err: Terminal
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def client(self, **more: Any) -> "OnePinClient":
        """A client for the server and the person that flags, environment and profile name; close it, or use ``with``.

        Raises:
            Failed: Nobody is signed in, or the credentials file can't be used.
        """
        from onepin.cli.connection import connect

        return connect(self.flags, **more)

    @property
    def json(self) -> bool:
        """Whether data is to be printed as JSON."""
        return self.flags.json

    @property
    def quiet(self) -> bool:
        """Whether only the bare result is wanted."""
        return self.flags.quiet

    def write(self, text: str) -> None:
        """A line of data."""
        self.out.write(text)

    def lines(self, lines: Iterable[str]) -> None:
        """Several lines of data."""
        for line in lines:
            self.out.write(line)

    def data(self, value: Any) -> None:
        """``value`` as JSON; models as they stand on the wire."""
        self.out.write(json.dumps(plain(value), indent=2, ensure_ascii=not self.out.unicode))

    def data_line(self, value: Any) -> None:
        """``value`` as JSON in one line: one of several results, each of which has to survive an interruption."""
        self.out.write(json.dumps(plain(value), ensure_ascii=not self.out.unicode))
        self.out.stream.flush()

    def say(self, text: str) -> None:
        """Talk: to standard error, unless ``--quiet``."""
        if not self.quiet:
            self.err.write(text)

    def warn(self, text: str) -> None:
        """Talk that matters, in yellow."""
        self.say(f"{self.err.style('Warning:', 'yellow')} {text}")

    def waiting(self, text: str) -> AbstractContextManager[None]:
        """A spinner for the time of the block."""
        return waiting(self.err, text, quiet=self.quiet)

    def progress(self, label: str, total: int) -> Progress:
        """A progress bar."""
        return Progress(self.err, label, total, quiet=self.quiet)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask before what can't be undone.

        Raises:
            click.UsageError: Nobody can be asked, and ``--yes`` was not given.
            click.exceptions.Exit: The answer was no (exit code 1).
        """
        if yes:
            return
        if not person_present():
            raise click.UsageError("this can't be undone, and nobody can be asked here: add --yes.")
        if not click.confirm(question, err=True):
            self.err.write("Nothing was changed.")
            raise click.exceptions.Exit(1)


class ApiCommand(click.Command):
    """A command that talks to a server: it takes the shared options, and gets an ``Invocation`` as its object."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params += shared_options()

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; what the client raises becomes a message with advice."""
        flags = flags_of(ctx)
        out, err = (Terminal.of(stream, no_color=flags.no_color) for stream in (sys.stdout, sys.stderr))
        ctx.obj = Invocation(flags, out, err)
        from onepin.cli.connection import explained

        with explained(flags):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its own options first, the shared ones under a heading of their own."""
        format_options(self, ctx, formatter)


def api_command(name: str, *, short: str, examples: str) -> Callable[[Callable[..., Any]], ApiCommand]:
    """A decorator that makes a function an ``ApiCommand``; the ``Invocation`` is its first argument.

    Args:
        name: What it is called by.
        short: Its line in the list of commands.
        examples: Command lines, one a line, and notes.
    """
    epilog = "\b\nExamples:\n" + "\n".join(f"  {line}".rstrip() for line in examples.strip().splitlines())

    def decorate(function: Callable[..., Any]) -> ApiCommand:
        made: ApiCommand = click.command(name, cls=ApiCommand, short_help=short, epilog=epilog)(
            click.pass_obj(function)
        )
        return made

    return decorate


class LocalCommand(click.Command):
    """A command that works on this machine: of the shared options it takes ``--json``."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.append(json_option())


def wants_json() -> bool:
    """Whether this run was asked for JSON."""
    return flags_of(click.get_current_context()).json


def plain(value: Any) -> Any:
    """Models and what holds them as JSON knows it; secrets in the open, for this goes to their owner."""
    if hasattr(value, "model_dump"):
        model: BaseModel = value
        return model.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value

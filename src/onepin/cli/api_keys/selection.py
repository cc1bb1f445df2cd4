"""Which keys a bulk command means: chosen once, shown, and then exactly those."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from onepin.cli.api_keys.shown import key_table, state, unused_since
from onepin.cli.invocation import Invocation
from onepin.cli.render.times import DURATION

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Selection:
    """Ages, counted back from when the command began. None: that does not matter."""

    unused: timedelta | None = None
    older: timedelta | None = None

    def __bool__(self) -> bool:
        return self.unused is not None or self.older is not None

    def matches(self, key: "ApiKey", now: datetime) -> bool:
        """Whether ``key`` is meant. A key that was never used counts from when it was made."""
        if self.unused is not None and now - unused_since(key) < self.unused:
            return False
        return self.older is None or now - key.created_at >= self.older

    def of(self, keys: "Iterable[ApiKey]", now: datetime) -> "list[ApiKey]":
        """Those of ``keys`` that are meant."""
        return [key for key in keys if self.matches(key, now)]


def unused_option(function: F) -> F:
    """``--unused``."""
    return click.option(
        "--unused",
        type=DURATION,
        metavar="DURATION",
        help="Keys that nobody used for that long, such as 90d; one never used counts from when it was made.",
    )(function)


def older_option(flag: str) -> Callable[[F], F]:
    """``--older-than``, or whatever ``flag`` calls it."""
    return click.option(
        flag, "older", type=DURATION, metavar="DURATION", help="Keys made longer ago than that, such as 90d or 12w."
    )


def bulk_options(function: F) -> F:
    """``--dry-run``, ``--set`` and ``--yes``."""
    for option in (
        click.option("-y", "--yes", is_flag=True, help="Don't ask."),
        click.option("--set", "expected", metavar="MARK", help="Go on only if the keys are those a --dry-run showed."),
        click.option("--dry-run", is_flag=True, help="Show which keys are meant, and change nothing."),
    ):
        function = option(function)
    return function


def mark(keys: "Sequence[ApiKey]") -> str:
    """A short name for exactly these keys: the same set has the same one."""
    text = "\n".join(sorted(str(key.id) for key in keys))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def living(client: Any, here: Invocation, selection: Selection) -> "list[ApiKey]":
    """The keys of ``selection`` that can still be revoked or rotated, newest first."""
    with here.waiting("looking through the keys"):
        found = selection.of(client.api_keys.list(status="all"), here.now)
    return [key for key in found if state(key) in ("active", "paused")]


def show_set(here: Invocation, keys: "Sequence[ApiKey]", *, data: bool) -> None:
    """The keys that are meant: as the command's data (``data``), or as talk before it asks."""
    if data and here.json:
        for key in keys:
            here.data_line(key)
    elif data and here.quiet:
        here.lines(str(key.id) for key in keys)
    elif keys:
        terminal = here.out if data else here.err
        for line in key_table(terminal, keys, here.now):
            terminal.write(line)


def refuse_other_set(keys: "Sequence[ApiKey]", expected: str | None) -> None:
    """Raises ``click.UsageError`` when the keys are not those that ``expected`` marks."""
    if expected is not None and mark(keys) != expected:
        raise click.UsageError(
            f"the keys are no longer those of --set {expected}: now they are {mark(keys)}. Look again with --dry-run."
        )

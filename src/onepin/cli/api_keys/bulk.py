"""Doing one thing to many keys: with a bar, one after the other, and what was done is said however it ends."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from onepin.cli.connection import failed
from onepin.cli.failures import Failed
from onepin.cli.invocation import Invocation
from onepin.cli.render.bars import Progress
from onepin.cli.unbroken import unbroken
from onepin.client.errors import OnePinError

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey

EXIT_INTERRUPTED = 130


def each(
    here: Invocation, keys: "Sequence[ApiKey]", act: "Callable[[ApiKey, Progress], None]", done: str, *, goes_on: str
) -> None:
    """Call ``act`` for every key, in order.

    Args:
        here: The invocation.
        keys: Exactly these.
        act: Does it; before it writes anything, it hides the bar.
        done: What was done to a key, as a participle: ``revoked``.
        goes_on: What to do after an interruption.

    Raises:
        Failed: One could not be done; those before it were.
        click.exceptions.Exit: Interrupted (130). The request under way was finished.
    """
    bar = here.progress(f"{done} ", len(keys))
    with unbroken(here.err) as interruption:
        for key in keys:
            if interruption.asked:
                bar.hide()
                here.err.write(f"Interrupted: {bar.done} of {len(keys)} {done}. {goes_on}")
                raise click.exceptions.Exit(EXIT_INTERRUPTED)
            try:
                act(key, bar)
            except (OnePinError, Failed) as error:
                bar.hide()
                raise _stopped(error, key, bar, done, goes_on) from None
            bar.step()
    bar.hide()
    here.say(f"{len(keys)} {done}.")


def _stopped(error: OnePinError | Failed, key: "ApiKey", bar: Progress, done: str, goes_on: str) -> Failed:
    why = failed(error) if isinstance(error, OnePinError) else error
    return Failed(
        f"{key.name!r} ({key.preview}) could not be {done}: {why.message}",
        hint=f"{bar.done} of {bar.total} {done} before it. {goes_on} {why.hint}".rstrip(),
        code=why.code,
        details=why.details,
        request_id=why.request_id,
    )

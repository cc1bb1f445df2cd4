"""Ctrl-C while a request is under way whose answer must not be lost: first finish it, then stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from onepin.cli.terminal import Terminal


class Interruption:
    """Whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.asked = False


@contextmanager
def unbroken(terminal: Terminal) -> Iterator[Interruption]:
    """Note the first Ctrl-C instead of stopping; the second one stops at once.

    A create or rotate whose answer is thrown away leaves a key whose secret nobody has.
    """
    noted = Interruption()

    def note(_signal: int, _frame: FrameType | None) -> None:
        if noted.asked:
            raise KeyboardInterrupt
        noted.asked = True
        terminal.write("\nFinishing the request that is under way; Ctrl-C again stops at once.")

    before = signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)

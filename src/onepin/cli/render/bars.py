"""Things that move on standard error while one waits, and numbers drawn as bars."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from onepin.cli.render.cells import cut, wide
from onepin.cli.terminal import Terminal

PATIENCE_SECONDS = 0.4
FRAME_SECONDS = 0.1
_BLOCKS, _PLAIN_BLOCKS = "▁▂▃▄▅▆▇█", "_.-=+*#@"
_FRAMES, _PLAIN_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"
_CLEAR = "\r\x1b[2K"


def sparkline(numbers: Sequence[int], *, unicode: bool = True, width: int | None = None) -> str:
    """A bar for each number, scaled to the largest; a dot for none. Neighbours are added up to fit ``width``."""
    if width is not None and width > 0 and len(numbers) > width:
        size = -(-len(numbers) // width)
        numbers = [sum(numbers[start : start + size]) for start in range(0, len(numbers), size)]
    blocks, nothing = (_BLOCKS, "·") if unicode else (_PLAIN_BLOCKS, " ")
    top = max(numbers, default=0)
    return "".join(blocks[(number * len(blocks) - 1) // top] if number else nothing for number in numbers)


@contextmanager
def waiting(terminal: Terminal, text: str, *, quiet: bool = False) -> Iterator[None]:
    """Turn a spinner beside ``text`` while the block runs, once that takes longer than one notices."""
    if quiet or not terminal.interactive:
        yield
        return
    done = threading.Event()

    def spin() -> None:
        frames = _FRAMES if terminal.unicode else _PLAIN_FRAMES
        number = 0
        pause = PATIENCE_SECONDS
        while not done.wait(pause):
            pause, number = FRAME_SECONDS, number + 1
            line = cut(f"{frames[number % len(frames)]} {text}", (terminal.width or 80) - 1)
            terminal.write(_CLEAR + line, end="")
        if number:
            terminal.write(_CLEAR, end="")

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class Progress:
    """A bar on standard error. Where nobody looks, nothing is drawn."""

    def __init__(self, terminal: Terminal, label: str, total: int, *, quiet: bool = False) -> None:
        self._terminal = terminal
        self._label = label
        self._shown = terminal.interactive and not quiet and total > 0
        self.total = total
        self.done = 0
        self._draw()

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        self._draw()

    def hide(self) -> None:
        """Take the bar away, so that a line can be written; the next step draws it again."""
        if self._shown:
            self._terminal.write(_CLEAR, end="")

    def _draw(self) -> None:
        if not self._shown:
            return
        count = f"{self.done}/{self.total}"
        room = min(40, (self._terminal.width or 80) - wide(self._label) - len(count) - 6)
        bar = ""
        if room >= 5:
            full = room * self.done // self.total
            filled, empty = ("█", "░") if self._terminal.unicode else ("#", ".")
            bar = f" {filled * full}{empty * (room - full)}"
        line = cut(f"{self._label}{bar} {count}", (self._terminal.width or 80) - 1)
        self._terminal.write(_CLEAR + line, end="")

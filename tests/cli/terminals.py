"""What came out of a command in a real terminal."""

import re
from collections.abc import Callable
from typing import Any

import pexpect

Terminal = Callable[..., Any]
"""Starts a command in a terminal of so many columns (the fixture ``terminal``)."""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def screen(text: str) -> list[str]:
    """The lines that are left on the screen: what a spinner drew and took away is gone."""
    return [ESCAPES.sub("", line.rpartition("\x1b[2K")[2]) for line in text.split("\n")]


def ended(child: Any) -> tuple[str, int]:
    """Everything that it wrote until its end, and its exit code."""
    child.expect(pexpect.EOF)
    text = child.before
    child.close()
    return text, child.exitstatus

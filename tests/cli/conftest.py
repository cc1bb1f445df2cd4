"""Fixtures that run the command line."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import LAST_LINE, ONEPIN, Run, Serve, Serving, environment


@pytest.fixture
def onepin(tmp_path: Path) -> Run:
    """Run the command to its end."""

    def run(*arguments: str, stdin: str = "", **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*ONEPIN, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment(tmp_path, **settings),
            cwd=tmp_path,
        )

    return run


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start ``onepin serve`` on a free port."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str, last_line: str = LAST_LINE, **settings: str) -> Serving:
            command = [*ONEPIN, "serve", "--port", "0", "--drain-seconds", "0", *arguments]
            process = stack.enter_context(
                subprocess.Popen(
                    command,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=environment(tmp_path, **settings),
                    cwd=tmp_path,
                )
            )
            stack.callback(process.kill)
            return Serving(process, last_line)

        yield start

"""The command line as its users run it: in a process of its own, with no settings but those of the test."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ONEPIN = [sys.executable, "-c", "from onepin.cli.main import main; main()"]
LAST_LINE = "Ctrl-C stops the server."


def put_at(path: Path) -> None:
    """Make the command a file, for scripts that find it there."""
    path.write_text(f'#!/bin/sh\nexec {shlex.join(ONEPIN)} "$@"\n')
    path.chmod(0o700)


def environment(home: Path, **settings: str) -> dict[str, str]:
    """This process's environment with a home of the test's own and these settings instead of any others."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ONEPIN_", "XDG_"))}
    return {**plain, "HOME": str(home), **settings}


class Serving:
    """``onepin serve``, once it has said that it is ready."""

    def __init__(self, process: subprocess.Popen[str], last_line: str) -> None:
        self.process = process
        assert process.stdout is not None
        self.lines: list[str] = []
        for line in process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.strip() == last_line or last_line in line:
                break
        self.url = self.lines[0].rpartition(" ")[2] if self.lines else ""

    def end(self) -> tuple[int, str]:
        """Stop it; its exit code and its log."""
        self.process.terminate()
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log


Serve = Callable[..., Serving]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

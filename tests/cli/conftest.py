"""Fixtures that run the command line."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from cli.people import Person
from cli.terminals import Terminal
from command_line import LAST_LINE, ONEPIN, Run, Serve, Serving, environment
from server_process import ServerProcess, serving


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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server in a process of its own, for all tests of this worker; each brings people of its own."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def ann(
    server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Person:
    """Somebody who has a session and has never been here before."""
    return Person(server, tmp_path, monkeypatch, capfd)


@pytest.fixture
def terminal(ann: Person) -> Iterator[Terminal]:
    """Start a command in a terminal of so many columns."""
    children = []

    def start(*words: str, columns: int = 100, **settings: str) -> Any:
        env = {
            name: value for name, value in ann.environment(**settings).items() if name not in ("COLUMNS", "NO_COLOR")
        }
        env |= {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | {k: v for k, v in settings.items() if v}
        child = pexpect.spawn(
            ONEPIN[0],
            [*ONEPIN[1:], *words],
            env=env,
            cwd=str(ann.home),
            dimensions=(24, columns),
            encoding="utf-8",
            timeout=30,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)

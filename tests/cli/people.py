"""Somebody at a command line: a home of their own, a server that runs, and a session of their own on it."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from command_line import ONEPIN, environment
from onepin.cli.main import run
from server_process import ServerProcess

Done = subprocess.CompletedProcess[str]


class Piped(io.StringIO):
    """Standard input that is no terminal."""

    def isatty(self) -> bool:
        return False


@dataclass
class Person:
    """Runs commands as one person. ``settings`` are variables of the environment."""

    server: ServerProcess
    home: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    name: str = field(default_factory=lambda: f"{uuid4().hex[:12]}@example.com")
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings = {"ONEPIN_BASE_URL": self.server.base_url, "ONEPIN_TOKEN": self.server.token(self.name)}

    def environment(self, **settings: str) -> dict[str, str]:
        """The variables of a run; one that is empty is as good as unset."""
        return environment(self.home, **{"NO_COLOR": "", "COLUMNS": ""} | self.settings | settings)

    def __call__(self, *arguments: str, stdin: str = "", **settings: str) -> Done:
        """Run a command in this process, which takes milliseconds; its exit code and what it wrote."""
        wanted = self.environment(**settings)
        self.patch.chdir(self.home)
        self.patch.setattr(sys, "stdin", Piped(stdin))
        for name in os.environ.keys() - wanted.keys():
            self.patch.delenv(name)
        for name, value in wanted.items():
            self.patch.setenv(name, value)
        self.capture.readouterr()
        return subprocess.CompletedProcess(arguments, run(arguments), *self.capture.readouterr())

    def process(self, *arguments: str, stdin: str = "", **settings: str) -> Done:
        """Run a command in a process of its own."""
        return subprocess.run(
            [*ONEPIN, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.environment(**settings),
            cwd=self.home,
        )

    def json(self, *arguments: str) -> Any:
        """The data of a command that does what it is asked."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def key(self, name: str = "a key", *options: str) -> str:
        """The secret of a new key."""
        done = self("keys", "create", name, "-q", *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def sign_out(self) -> None:
        """From now on there is no session in the environment."""
        self.settings = {}

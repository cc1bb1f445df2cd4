"""Completion in real shells."""

import subprocess
from pathlib import Path

import pytest

from command_line import ONEPIN, Run, environment
from programs import need_program


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """``onepin`` as a program in a folder of the path."""
    path = tmp_path / "bin" / "onepin"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\nexec '{ONEPIN[0]}' -c '{ONEPIN[2]}' \"$@\"\n")
    path.chmod(0o755)
    return path


def complete(tmp_path: Path, command: Path, words: str) -> list[str]:
    """What the program answers to bash for a line that ends in an unfinished word."""
    split = words.split(" ")
    env = environment(tmp_path) | {
        "_ONEPIN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(split) - 1),
    }
    done = subprocess.run([str(command)], env=env, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("onepin ap", {"api-keys"}),
        ("onepin api-keys re", {"resume", "revoke"}),
        ("onepin keys list --st", {"--status"}),
        ("onepin keys list --status pa", {"paused"}),
        ("onepin keys create x --scope voi", {"voices:read", "voices:write"}),
        ("onepin workspace u", {"use", "update"}),
    ],
)
def test_words_are_completed(tmp_path: Path, command: Path, words: str, expected: set[str]) -> None:
    assert set(complete(tmp_path, command, words)) == expected


def test_bash_takes_the_script(tmp_path: Path, command: Path) -> None:
    script = (
        'eval "$(onepin completion bash)"; COMP_WORDS=(onepin keys li); COMP_CWORD=2; '
        "_onepin_completion onepin; echo ${COMPREPLY[@]}"
    )
    env = environment(tmp_path) | {"PATH": f"{command.parent}:/usr/bin:/bin"}
    bash = need_program("bash")
    done = subprocess.run([bash, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "list\n"


def test_fish_takes_the_script(tmp_path: Path, command: Path) -> None:
    fish = need_program("fish")
    env = environment(tmp_path) | {"PATH": f"{command.parent}:/usr/bin:/bin"}
    script = 'onepin completion fish | source; complete -C "onepin keys li"'
    done = subprocess.run([str(fish), "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split("\t")[0] == "list"


def test_zsh_gets_a_script_and_an_unknown_shell_a_list(onepin: Run) -> None:
    assert onepin("completion", "zsh").stdout.startswith("#compdef onepin")
    assert onepin("completion", "powershell").returncode == 2
    assert onepin("completion", SHELL="/bin/csh").returncode == 2
    assert "_onepin_completion" in onepin("completion", SHELL="/usr/bin/bash").stdout

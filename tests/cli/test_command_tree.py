"""What holds for every command: help, suggestions, flags in any position, the manifest, the reference page."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from onepin.cli.invocation import ApiCommand
from onepin.cli.main import COMMANDS, SECTIONS, cli, run
from onepin.cli.manifest import examples, manifest
from onepin.cli.reference_page import BEGIN, END, rewritten

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).with_name("manifest.json")
PAGE = ROOT / "docs" / "cli" / "commands.md"


def leaves() -> Iterator[tuple[str, click.Command]]:
    """Every command by its path."""

    def below(path: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
        ctx = click.Context(group)
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            assert command is not None
            if isinstance(command, click.Group):
                yield from below(f"{path} {name}", command)
            else:
                yield f"{path} {name}", command

    return below("onepin", cli)


LEAVES = dict(leaves())


def test_the_manifest_is_the_one_that_was_looked_at() -> None:
    """The manifest without the version: a command or option that changes shows here."""
    now = {name: value for name, value in manifest().items() if name != "version"}
    assert now == json.loads(SNAPSHOT.read_text("utf-8")), (
        "read the difference, then: onepin schema | jq 'del(.version)' > tests/cli/manifest.json"
    )


def test_the_manifest_has_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [command["path"] for command in printed["commands"]] == list(LEAVES)


def test_the_reference_page_is_todays() -> None:
    text = PAGE.read_text("utf-8")
    assert rewritten(text) == text, "run: python -m onepin.cli.reference_page docs/cli/commands.md"
    assert BEGIN in text
    assert END in text


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_says_what_it_does_and_what_its_options_are(path: str) -> None:
    command = LEAVES[path]
    assert command.short_help
    assert (command.help or "").strip()
    for param in command.params:
        assert isinstance(param, click.Argument) or getattr(param, "help", None), f"{param.name} lacks a help text"


TALKING = [path for path, one in LEAVES.items() if isinstance(one, ApiCommand)]


@pytest.mark.parametrize("path", TALKING)
def test_the_examples_of_a_command_are_of_it_and_name_options_that_exist(path: str) -> None:
    command = LEAVES[path]
    known = {flag for param in command.params for flag in (*param.opts, *param.secondary_opts)} | {"-"}
    shown = 0
    for line in examples(command):
        for part in re.split(r"[|&]+", line):
            words = part.strip().replace("onepin keys", "onepin api-keys")
            if words.startswith(path):
                shown += 1
                assert {word for word in words.split() if word.startswith("-")} <= known, line
    assert shown


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["key"], "Did you mean 'keys'?"),
        (["api-key"], "Did you mean 'api-keys'?"),
        (["logn"], "Did you mean 'login'?"),
        (["keys", "crate"], "Did you mean 'create'?"),
        (["keys", "delete"], "Did you mean 'revoke'?"),
        (["keys", "create", "my", "first", "key"], "into quotes"),
        (["keys", "ls"], "Did you mean 'list'?"),
        (["keys", "xyzzy"], "'onepin keys --help' lists the commands."),
        (["api-keys", "lst"], "Did you mean 'list'?"),
        (["workspace", "switch"], "Did you mean 'use'?"),
        (["workspace", "lits"], "Did you mean 'list'?"),
        (["audit", "lists"], "Did you mean 'list'?"),
        (["verifier", "creat"], "Did you mean 'create'?"),
        (["pepper", "stats"], "Did you mean 'status'?"),
        (["keys", "list", "--statu", "all"], "--status"),
        (["keys", "list", "--status", "activ"], "'active'"),
        (["keys", "create", "x", "--scopes", "a:b"], "--scope"),
        (["keys", "list", "--unused", "90"], "90d"),
        (["keys", "rotate", "x", "--grace", "8d"], "7d is the longest"),
        (["keys", "create"], "NAME"),
        (["keys", "create", "x", "--rate-limit", "0.5"], "'none'"),
        (["keys", "create", "x", "--scope", "none,a:b"], "can't stand beside"),
    ],
)
def test_a_typing_mistake_gets_a_suggestion_at_every_level(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    written = capsys.readouterr()
    assert hint in written.err
    assert written.out == ""


@pytest.mark.parametrize(
    "words", [["serve", "--json"], ["--json", "serve"], ["--profile", "x", "config"], ["-q", "token"]]
)
def test_a_flag_that_would_have_no_effect_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    written = capsys.readouterr().err.lower()
    assert "no such option" in written or "takes no" in written


@pytest.mark.parametrize("words", [["--json", "keys", "lst"], ["keys", "--json", "lst"], ["keys", "lst", "--json"]])
def test_with_json_a_wrong_usage_is_an_object_on_standard_error(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    written = capsys.readouterr()
    error = json.loads(written.err)["error"]
    assert error["code"] == "USAGE"
    assert "Did you mean 'list'?" in error["message"]
    assert written.out == ""


def test_a_secret_among_the_words_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """If this failed, a key that was pasted in the wrong place would end in a CI log."""
    secret = "pk_live_AbCd1234" + "x" * 30
    for words in ([secret], ["keys", secret], ["keys", "show", "a", secret], ["login", secret], [f"--{secret}"]):
        assert run(words) == 2
        written = capsys.readouterr()
        assert "x" * 6 not in written.err + written.out


LIGHT = ("pydantic", "httpx2", "httpcore2", "asyncio", "ssl", "onepin.client", "onepin.contract")


@pytest.mark.parametrize(
    "words", [["--help"], ["keys", "--help"], ["keys", "create", "--help"], ["keys", "lst"], ["workspace"]]
)
def test_help_imports_neither_pydantic_nor_the_http_client(words: list[str]) -> None:
    heavy = LIGHT if words == ["--help"] else LIGHT[:4]
    code = (
        "import sys; from onepin.cli.main import run; run(sys.argv[1:]); "
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_command_of_the_table_stands_in_one_section_of_the_help() -> None:
    assert sorted(name for _, names in SECTIONS for name in names) == sorted(COMMANDS)


def test_without_the_server_installed_the_manifest_says_which_commands_need_it() -> None:
    code = (
        "import sys; sys.modules['sqlalchemy'] = None; sys.modules['cryptography'] = None\n"
        "from onepin.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "schema"], capture_output=True, text=True, check=True)
    commands = {command["path"]: command for command in json.loads(done.stdout)["commands"]}
    assert commands["onepin verifier"]["needs"] == "server"
    assert "options" in commands["onepin api-keys list"]
    for words in (["verifier", "list"], ["login", "--local"]):
        refused = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert refused.returncode == 1
        assert "pip install '.[server]'" in refused.stderr
        assert "Traceback" not in refused.stderr

import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import ONEPIN, environment
from onepin import __version__
from onepin.cli.main import COMMANDS, run

HEAVY = ("pydantic", "fastapi", "starlette", "sqlalchemy", "alembic", "granian", "jwt", "cryptography", "asyncio")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serv"]])
def test_help_and_typing_mistakes_answer_without_importing_the_server(arguments: list[str]) -> None:
    code = (
        f"import sys; from onepin.cli.main import run; run({arguments}); print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_shows_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"onepin {name}" in shown.partition("Example")[2]


def test_the_help_lists_every_command_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, (_, line) in COMMANDS.items():
        assert name in shown
        assert line in shown


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"onepin {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["serv"], "Did you mean 'serve'?"),
        (["tokn"], "Did you mean 'token'?"),
        (["signin"], "Did you mean 'sign-in'?"),
        (["xyzzy"], "'onepin --help' lists the commands."),
        (["serve", "--prot", "9000"], "--port"),
        (["token", "--usr", "ada"], "--user"),
        (["token", "extra"], "unexpected extra argument"),
        (["token", "--ttl", "0"], "1<=x<=3600"),
        (["token", "--ttl", "3601"], "1<=x<=3600"),
    ],
)
def test_a_wrong_word_is_a_usage_error_that_suggests_the_right_one(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    written = capsys.readouterr()
    assert hint in written.err
    assert written.out == ""


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    written = capsys.readouterr()
    assert "Print a session token" in written.out + written.err


def test_without_the_server_installed_a_command_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['fastapi'] = None; from onepin.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "openapi"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install '.[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_during_the_start_is_no_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {
            "ONEPIN_DATABASE_URL": f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/db",
            "ONEPIN_PEPPER": "b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp",
        }
        with subprocess.Popen(
            [*ONEPIN, "serve", "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path, **settings),
        ) as process:
            silent.settimeout(30)
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
            connection.close()
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{shlex.join(ONEPIN)} openapi | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{")
    assert "Traceback" not in done.stderr

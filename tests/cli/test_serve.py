import json
import shlex
import socket
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from command_line import ONEPIN, Run, Serve, environment
from programs import need_program

PEPPER = "b8Jq0Zt5mW2xYc7Rk4Vn1Hs9Ld6Fg3Tp"
CLERK = {
    "ONEPIN_CLERK_ISSUER": "http://127.0.0.1:9/clerk",
    "ONEPIN_CLERK_AUTHORIZED_PARTIES": "https://app.example.com",
    "ONEPIN_SIGN_UP": "open",
    "ONEPIN_PEPPER": PEPPER,
}


def in_shell(shell: str, line: str) -> dict[str, str]:
    """``data`` of the answer that a command pasted into ``shell`` prints."""
    need_program("curl")
    done = subprocess.run([shell, "-c", line], capture_output=True, text=True, timeout=30, check=True)
    data: dict[str, str] = json.loads(done.stdout)["data"]
    return data


@pytest.mark.parametrize("shell", ["sh", "bash", "fish"])
def test_the_two_printed_commands_work_as_pasted(serve: Serve, shell: str) -> None:
    if shell == "fish":
        need_program("fish")
    serving = serve()
    create, whoami = (line.strip() for line in serving.lines if line.startswith("  curl "))
    created = in_shell(shell, create)
    assert created["name"] == "my first key"
    key = created["api_key"]
    who = in_shell(shell, whoami.replace("API_KEY", key))
    assert who["auth_kind"] == "api_key"
    assert who["api_key_id"] == created["id"]


def test_the_printed_commands_leave_nothing_for_a_shell_to_expand(serve: Serve) -> None:
    """sh, fish and PowerShell agree on single quotes and disagree on nearly everything else."""
    for line in serve().lines:
        if line.startswith("  curl "):
            outside = "".join(line.split("'")[::2])
            assert not set(outside) & set('"$`\\(){}[]<>|&;*?#~!%^')


def test_the_start_says_where_what_and_until_when(serve: Serve, tmp_path: Path) -> None:
    serving = serve()
    text = "\n".join(serving.lines)
    assert serving.lines[0].startswith("onepin ")
    assert serving.url.startswith("http://127.0.0.1:")
    assert f"data folder  {tmp_path}/.local/share/onepin" in text
    assert f"database     sqlite:///{tmp_path}/.local/share/onepin/onepin.db" in text
    assert "is good until" in text
    assert " token" in text


def test_the_command_for_a_new_token_names_the_folder_that_was_named(serve: Serve, tmp_path: Path) -> None:
    text = "\n".join(serve("--data-dir", "here").lines)
    assert f" token --data-dir {tmp_path / 'here'}" in text


def test_the_data_folder_is_for_its_owner_alone(serve: Serve, tmp_path: Path) -> None:
    """Otherwise every user of the machine could sign in as anybody, or copy the digests and the pepper."""
    serving = serve("--data-dir", "kept")
    assert serving.end()[0] == 0
    paths = [tmp_path / "kept", *(tmp_path / "kept").rglob("*")]
    assert len(paths) > 3
    assert [path.name for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_neither_log_nor_start_shows_a_secret_beyond_the_token(serve: Serve, tmp_path: Path) -> None:
    """Otherwise the log that is shipped to a third party would carry sessions, or the pepper."""
    serving = serve("--access-log", "all", "--data-dir", "kept")
    create = next(line.strip() for line in serving.lines if line.startswith("  curl -X POST"))
    token = create.partition("Bearer ")[2].partition("'")[0]
    key = in_shell("sh", create)["api_key"]
    httpx.get(f"{serving.url}/", params={"key": key, "token": token}, trust_env=False)
    _, log = serving.end()
    pepper = (tmp_path / "kept" / "pepper").read_text().strip().removeprefix("v1:")
    assert token.split(".")[2] not in log
    assert token.split(".")[1] not in log
    assert key[18:30] not in log
    assert pepper not in log + "\n".join(serving.lines)


def test_a_json_log_is_json_in_every_line(serve: Serve) -> None:
    serving = serve("--log-format", "json")
    _, log = serving.end()
    lines = [json.loads(line) for line in log.splitlines()]
    assert lines[0]["message"].startswith("ready at http://127.0.0.1:")
    assert lines[-1]["message"] == "stopped"


def test_a_restart_loses_nothing(serve: Serve) -> None:
    first = serve("--data-dir", "kept")
    create = next(line.strip() for line in first.lines if line.startswith("  curl -X POST"))
    key = in_shell("sh", create)["api_key"]
    assert first.end()[0] == 0
    whoami = next(line.strip() for line in serve("--data-dir", "kept").lines if "whoami" in line)
    assert in_shell("sh", whoami.replace("API_KEY", key))["auth_kind"] == "api_key"


def test_with_clerk_no_token_is_printed(serve: Serve, onepin: Run) -> None:
    """Otherwise the start of a production server would hand out a session to whoever reads its output."""
    assert onepin("migrate", **CLERK).returncode == 0
    serving = serve(last_line="Clerk", **CLERK)
    text = "\n".join(serving.lines)
    assert "sign-in      Clerk, http://127.0.0.1:9/clerk" in text
    serving.process.terminate()
    rest, log = serving.process.communicate(timeout=30)
    assert "eyJ" not in text + rest + log
    assert PEPPER not in text + rest + log


def test_a_taken_port_is_explained_and_another_one_offered(onepin: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = onepin("serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken by" in done.stderr
    assert "--port" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "settings", "reason"),
    [
        (["--port", "80x"], {}, "--port is '80x': not a whole number"),
        ([], {"ONEPIN_PORT": "80x"}, "ONEPIN_PORT is '80x': not a whole number"),
        ([], {"ONEPIN_PROT": "8000"}, "did you mean ONEPIN_PORT?"),
        ([], {"ONEPIN_PORT": "tcp://10.0.0.1:80"}, "enableServiceLinks: false"),
        (["--host", "0.0.0.0"], {}, "ONEPIN_ALLOW_LOCAL_SIGN_IN=true"),
        ([], {name: text for name, text in CLERK.items() if name != "ONEPIN_PEPPER"}, "ONEPIN_PEPPER or ONEPIN_PEPPER"),
        ([], {name: text for name, text in CLERK.items() if name != "ONEPIN_SIGN_UP"}, "ONEPIN_SIGN_UP is needed"),
        ([], {"ONEPIN_PEPPER": "changeme"}, "shorter than 32 bytes"),
        (["--pepper", PEPPER], {}, "No such option '--pepper'"),
    ],
)
def test_settings_that_can_not_be_used_stop_the_start(
    onepin: Run, arguments: list[str], settings: dict[str, str], reason: str
) -> None:
    done = onepin("serve", *arguments, **settings)
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--data-dir", "/dev/null/x"], "Name another one with --data-dir"),
        (["--database-url", "sqlite:////dev/null/onepin.db"], "/dev/null"),
    ],
)
def test_a_folder_that_can_not_be_used_is_explained(onepin: Run, arguments: list[str], reason: str) -> None:
    done = onepin("serve", "--port", "0", *arguments)
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_the_server_does_not_mind_that_nobody_reads_what_it_prints(tmp_path: Path) -> None:
    command = f"{shlex.join(ONEPIN)} serve --port 0 --drain-seconds 0 | true"
    with subprocess.Popen(
        ["sh", "-c", f"{command}"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        seen = ""
        for line in process.stderr:
            seen += line
            if "is lost" in line or "Traceback" in line:
                break
        subprocess.run(["kill", "-TERM", "--", f"-{process.pid}"], check=True)
        seen += process.stderr.read()
    assert "nobody reads standard output" in seen
    assert "Traceback" not in seen


def test_a_stop_ends_readiness_first_and_the_service_goes_on_for_a_while(serve: Serve) -> None:
    """Otherwise a load balancer would go on sending requests to a server that has left."""
    serving = serve("--drain-seconds", "2")
    create = next(line for line in serving.lines if line.startswith("  curl -X POST"))
    session = {"Authorization": "Bearer " + create.partition("Bearer ")[2].partition("'")[0]}
    assert httpx.get(f"{serving.url}/ready", trust_env=False).status_code == 200
    serving.process.terminate()
    answers = []
    for _ in range(40):
        answers.append(httpx.get(f"{serving.url}/ready", trust_env=False).status_code)
        if answers[-1] == 503:
            break
    assert answers[-1] == 503
    made = httpx.post(f"{serving.url}/api/v1/api-keys", headers=session, json={"name": "late"}, trust_env=False)
    assert made.status_code == 201
    assert serving.process.wait(timeout=15) == 0

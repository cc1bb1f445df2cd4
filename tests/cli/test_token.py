import re
from pathlib import Path

import httpx
import pytest

from command_line import Run, Serve
from onepin.server.identity.local import KEY_FILE

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n")
CLERK = {
    "ONEPIN_CLERK_ISSUER": "https://clerk.example.com",
    "ONEPIN_CLERK_AUTHORIZED_PARTIES": "https://app.example.com",
    "ONEPIN_SIGN_UP": "open",
}


def listed(url: str, token: str) -> httpx.Response:
    """The keys that the holder of ``token`` sees."""
    return httpx.get(f"{url}/api/v1/api-keys", headers={"Authorization": f"Bearer {token}"}, trust_env=False)


def test_only_the_token_goes_to_standard_output_and_the_server_takes_it(serve: Serve, onepin: Run) -> None:
    serving = serve()
    done = onepin("token")
    assert done.returncode == 0
    assert TOKEN.fullmatch(done.stdout)
    assert re.fullmatch(r"valid until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n", done.stderr)
    assert listed(serving.url, done.stdout.strip()).status_code == 200
    ada = onepin("token", "--user", "ada@example.com").stdout.strip()
    assert listed(serving.url, ada).status_code == 200


def test_the_printed_token_and_the_next_one_are_the_same_persons(serve: Serve, onepin: Run) -> None:
    serving = serve()
    create = next(line for line in serving.lines if line.startswith("  curl -X POST"))
    printed = create.partition("Bearer ")[2].partition("'")[0]
    made = httpx.post(
        f"{serving.url}/api/v1/api-keys",
        headers={"Authorization": f"Bearer {printed}"},
        json={"name": "mine"},
        trust_env=False,
    )
    assert made.status_code == 201
    assert [key["name"] for key in listed(serving.url, onepin("token").stdout.strip()).json()["data"]] == ["mine"]


def test_a_token_outlives_a_restart_on_another_port(serve: Serve, onepin: Run) -> None:
    serve().end()
    token = onepin("token").stdout.strip()
    assert listed(serve().url, token).status_code == 200


def test_without_a_data_folder_no_token_is_made_up(onepin: Run, tmp_path: Path) -> None:
    done = onepin("token", "--data-dir", "nowhere")
    assert done.returncode == 1
    assert f"no server has run with the data folder {tmp_path / 'nowhere'} yet" in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", ["token", "sign-in"])
def test_with_clerk_there_is_nothing_to_mint(onepin: Run, command: str) -> None:
    """Otherwise whoever reads a folder on a production server could sign in past Clerk."""
    done = onepin(command, **CLERK)
    assert done.returncode == 1
    assert "people sign in with Clerk here" in done.stderr


@pytest.mark.parametrize("command", ["token", "sign-in"])
def test_a_user_that_is_none_is_refused(serve: Serve, onepin: Run, command: str) -> None:
    serve().end()
    done = onepin(command, "--user", "a@b@c")
    assert done.returncode == 2
    assert "--user" in done.stderr


def test_a_key_file_that_others_can_read_is_refused_with_the_command_that_mends_it(
    serve: Serve, onepin: Run, tmp_path: Path
) -> None:
    """Otherwise tokens would be signed with a key that any user of the machine may have copied."""
    serve("--data-dir", "kept").end()
    (tmp_path / "kept" / KEY_FILE).chmod(0o644)
    done = onepin("token", "--data-dir", "kept")
    assert done.returncode == 1
    assert "chmod 600" in done.stderr


def test_a_sign_in_link_stands_on_the_servers_address_and_carries_its_code_in_the_fragment(
    serve: Serve, onepin: Run
) -> None:
    """Otherwise the code would reach access logs and the Referer of other sites."""
    serve().end()
    done = onepin("sign-in", "--public-url", "https://keys.example.com/")
    assert done.returncode == 0
    assert re.fullmatch(r"https://keys\.example\.com/#sign-in=[A-Za-z0-9_-]{43}\n", done.stdout)
    assert done.stderr == "good for 10 minutes, once\n"
    assert onepin("sign-in", "--port", "9000").stdout.startswith("http://127.0.0.1:9000/#sign-in=")

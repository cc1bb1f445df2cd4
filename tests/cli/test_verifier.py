"""``onepin verifier``: made, listed and revoked by the operator, also beside a running server."""

import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

import databases
from command_line import Run, Serve, Serving, environment
from onepin.cli.main import run

SECRET = re.compile(r"pk_verifier_[0-9A-Za-z]{38}\n")
PEPPER = "v1:" + "cGVwcGVyIGZvciB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE="


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """As ``onepin``, in this process: a command then takes milliseconds instead of a second."""

    def command(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        monkeypatch.chdir(tmp_path)
        for name in os.environ.keys() - environment(tmp_path, **settings).keys():
            monkeypatch.delenv(name)
        for name, value in environment(tmp_path, **settings).items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        return subprocess.CompletedProcess(arguments, run(arguments), *capfd.readouterr())

    return command


def ask(serving: Serving, credential: str, **body: object) -> httpx.Response:
    """A verification of a key that nobody has, or of the one in ``body``."""
    headers = {"Authorization": f"Bearer {credential}"}
    url = f"{serving.url}/api/v1/auth/verify"
    return httpx.post(url, headers=headers, json={"api_key": "x", **body}, trust_env=False, timeout=30)


def key_of(serving: Serving, onepin: Run) -> str:
    """A key, made as a person would."""
    token = onepin("token").stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    made = httpx.post(f"{serving.url}/api/v1/api-keys", headers=headers, json={"name": "a"}, trust_env=False)
    return str(made.json()["data"]["api_key"])


def listed(here: Run, **settings: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(here("verifier", "list", "--json", **settings).stdout)
    return found


def test_a_verifier_made_beside_a_running_server_is_good_until_it_is_revoked(serve: Serve, onepin: Run) -> None:
    """If this failed, a leaked verifier could only be ended by stopping the service."""
    serving = serve()
    key = key_of(serving, onepin)
    made = onepin("verifier", "create", "  Billing ")
    assert made.returncode == 0, made.stderr
    assert SECRET.fullmatch(made.stdout)
    secret = made.stdout.strip()
    assert ask(serving, secret, api_key=key).json()["data"]["code"] == "VALID"
    (row,) = listed(onepin)
    assert (row["name"], row["preview"], row["revoked_at"]) == ("Billing", secret[:20], None)
    assert row["id"] in made.stderr
    assert secret not in made.stderr
    for _ in range(2):
        assert onepin("verifier", "revoke", row["id"]).returncode == 0
        assert ask(serving, secret, api_key=key).status_code == 401
    (revoked,) = listed(onepin)
    assert revoked["revoked_at"] is not None
    assert revoked == row | {"revoked_at": revoked["revoked_at"]}


def test_the_table_has_a_line_for_each_and_no_secret(serve: Serve, here: Run) -> None:
    serve().end()
    assert here("verifier", "list").stdout == ""
    secrets = [here("verifier", "create", name).stdout.strip() for name in ("short", "a much longer name")]
    shown = here("verifier", "list").stdout
    head, newest, oldest = shown.splitlines()
    assert head.split() == ["PREVIEW", "NAME", "CREATED", "REVOKED", "ID"]
    assert newest.startswith(secrets[1][:20] + "  a much longer name  ")
    assert oldest.startswith(secrets[0][:20] + "  short               ")
    for name in ("CREATED", "REVOKED", "ID"):
        assert newest[head.index(name) - 1] == oldest[head.index(name) - 1] == " "
    assert not any(secret[:24] in shown for secret in secrets)


def test_the_secret_is_nowhere_on_the_disk(serve: Serve, here: Run, tmp_path: Path) -> None:
    """If this failed, a copy of the data folder would be enough to ask about every key of the deployment."""
    serving = serve("--data-dir", "kept")
    secret = here("verifier", "create", "billing", "--data-dir", "kept").stdout.strip()
    assert ask(serving, secret).status_code == 200
    _, log = serving.end()
    files = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert [path for path in files if secret[20:].encode() in path.read_bytes()] == []
    assert secret[20:] not in log


def test_verifiers_are_made_while_the_server_is_writing(serve: Serve, here: Run) -> None:
    """If this failed, a busy server would keep its operator out, or lose a write to them."""
    serving = serve(ONEPIN_ACCESS_LOG="off")
    token = here("token").stdout.strip()
    url, headers = f"{serving.url}/api/v1/api-keys", {"Authorization": f"Bearer {token}"}
    done, statuses = threading.Event(), []

    def create() -> None:
        with httpx.Client(headers=headers, trust_env=False, timeout=30) as http:
            while not done.is_set():
                statuses.append(http.post(url, json={"name": "a"}).status_code)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    made = [here("verifier", "create", f"number {number}") for number in range(3)]
    done.set()
    for thread in threads:
        thread.join()
    assert [run.returncode for run in made] == [0, 0, 0]
    assert set(statuses) == {201}
    total = httpx.get(url, headers=headers, trust_env=False).json()["pagination"]["total"]
    assert total == len(statuses)
    assert len(listed(here)) == 3


def test_without_a_deployment_nothing_is_made(here: Run, tmp_path: Path) -> None:
    for arguments in (["create", "billing"], ["list"], ["revoke", str(uuid4())]):
        done = here("verifier", *arguments, "--data-dir", "nowhere")
        assert (done.returncode, done.stdout) == (1, "")
        assert "The first 'onepin serve' makes one." in done.stderr
    assert not (tmp_path / "nowhere").exists()
    done = here("verifier", "create", "billing", ONEPIN_PEPPER=PEPPER)
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no database" in done.stderr


@pytest.mark.parametrize("name", ["", "  ", "a" * 121, "a\nb", "\u202eb", "\x1b[31m"])
def test_a_name_that_is_none_is_refused(here: Run, name: str) -> None:
    """If this failed, a name could rewrite the operator's terminal."""
    done = here("verifier", "create", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert "NAME" in done.stderr
    assert "\x1b" not in done.stderr


def test_only_what_exists_can_be_revoked(serve: Serve, here: Run) -> None:
    serve().end()
    unknown = here("verifier", "revoke", str(uuid4()))
    assert unknown.returncode == 1
    assert "There is no verifier with that id" in unknown.stderr
    assert here("verifier", "revoke", "billing").returncode == 2


def test_a_verifier_outlives_two_rotations_of_the_pepper(serve: Serve, here: Run) -> None:
    """If this failed, rotating the pepper would cut every backend off."""
    serve().end()
    secrets = [here("verifier", "create", name).stdout.strip() for name in ("used", "idle", "revoked")]
    here("verifier", "revoke", listed(here)[0]["id"])
    assert needed(here) == {1: 2}
    assert here("pepper", "rotate").returncode == 0
    assert needed(here) == {1: 2, 2: 2}
    serving = serve()
    assert [ask(serving, secret).status_code for secret in secrets] == [200, 200, 401]
    assert here("pepper", "rotate").returncode == 0, "and once more, by the running server"
    assert ask(serving, secrets[0]).status_code == 200
    serving.end()
    assert needed(here)[3] == 2
    serving = serve()
    assert [ask(serving, secret).status_code for secret in secrets] == [200, 200, 401]
    assert "0 keys      2 verifiers   current" in here("pepper", "status").stdout


def needed(here: Run) -> dict[int, int]:
    """How many verifiers need each version of the pepper."""
    found = json.loads(here("pepper", "status", "--json").stdout)
    return {row["version"]: row["verifiers"] for row in found}


def test_a_verifier_needs_the_old_pepper_until_it_is_used(serve: Serve, here: Run) -> None:
    serve().end()
    secret = here("verifier", "create", "billing").stdout.strip()
    here("pepper", "rotate")
    assert needed(here) == {1: 1, 2: 1}
    serving = serve()
    assert ask(serving, secret).status_code == 200
    deadline = time.monotonic() + 20
    while needed(here) != {1: 0, 2: 1}:
        assert time.monotonic() < deadline
    assert ask(serving, secret).status_code == 200


def test_verifiers_of_a_postgresql_are_made_from_anywhere(
    postgres_server: databases.PostgresCluster, here: Run
) -> None:
    url = postgres_server.fresh_database(postgres_server.template("migrated", databases.migrate))
    settings = {"ONEPIN_DATABASE_URL": url, "ONEPIN_PEPPER": PEPPER}
    made = here("verifier", "create", "billing", **settings)
    assert SECRET.fullmatch(made.stdout), made.stderr
    (row,) = listed(here, **settings)
    assert here("verifier", "revoke", row["id"], **settings).returncode == 0
    away = here("verifier", "list", **settings | {"ONEPIN_DATABASE_URL": "postgresql://a:hunter2hunter2@127.0.0.1:1/b"})
    assert away.returncode == 1
    assert away.stderr.startswith("Error: ")
    assert "hunter2" not in away.stderr
    postgres_server.drop_database(url)

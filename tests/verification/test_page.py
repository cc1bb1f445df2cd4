"""docs/how-to/verify-keys-in-a-service.md: its examples run as they stand there, against a real server."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line import put_at
from onepin.contract.verification import VerifyCode
from owner import Owner
from programs import ROOT
from server_process import ServerProcess, clean_environment, serving

PAGE = (ROOT / "docs" / "how-to" / "verify-keys-in-a-service.md").read_text("utf-8")
SERVER = "http://127.0.0.1:8000"
Program = dict[str, Any]


@pytest.fixture(scope="module")
def owner(server: ServerProcess) -> Owner:
    return Owner(server)


def blocks(language: str) -> list[str]:
    """The page's examples in one language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return list(found)


def shell(server: ServerProcess, folder: Path, script: str, **variables: str) -> str:
    """What a script of the page prints, on the machine of the server."""
    onepin = folder / "onepin"
    put_at(onepin)
    env = clean_environment() | {"ONEPIN_DATA_DIR": str(server.data_dir), "NO_PROXY": "127.0.0.1"} | variables
    env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
    script = script.replace(SERVER, server.base_url)
    done = subprocess.run(["sh", "-euc", script], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's reader made a verifier."""
    made = tmp_path_factory.mktemp("reader")
    assert shell(server, made, blocks("sh")[0]) == ""
    return made


def program(server: ServerProcess) -> Program:
    """The page's program, with nothing changed but the server's address. Runs where the verifier is."""
    (code,) = blocks("python")
    assert SERVER in code
    namespace: Program = {"__name__": "verify"}
    exec(compile(code.replace(SERVER, server.base_url), "verify.py", "exec"), namespace)  # noqa: S102 - our own page
    return namespace


def test_the_verifier_is_in_a_private_file(folder: Path) -> None:
    """If this failed, every user of the machine could ask about the deployment's keys."""
    assert (folder / "verifier").stat().st_mode & 0o077 == 0
    assert re.fullmatch(r"pk_verifier_\w{38}\n", (folder / "verifier").read_text())


def test_the_call_answers_as_the_page_shows(
    server: ServerProcess, owner: Owner, folder: Path, need_program: Callable[..., Path]
) -> None:
    need_program("curl")
    key = owner.key(name="Production key")
    answer = json.loads(shell(server, folder, blocks("sh")[1], CUSTOMERS_KEY=key["api_key"]))
    shown = json.loads(blocks("json")[0])
    for same in ("api_key_id", "workspace_id"):
        assert answer["data"].pop(same) == key[{"api_key_id": "id"}.get(same, same)]
        shown["data"].pop(same)
    assert answer["data"] == shown["data"]
    assert answer["meta"].keys() == shown["meta"].keys()


def test_the_program_lets_a_good_key_in_and_says_how_to_answer_the_others(
    server: ServerProcess, owner: Owner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    verify = program(server)
    key, elsewhere = owner.key(rate_limit_per_min=3), Owner(owner.server).key()
    own = {"workspace_id": owner.workspace_id}
    assert verify["whose"](key["api_key"], "workflows:run", **own)["api_key_id"] == key["id"]

    def refused(*asked: Any, **how: Any) -> tuple[int, int | None]:
        with pytest.raises(verify["Refused"]) as caught:
            verify["whose"](*asked, **own, **how)
        return caught.value.status, caught.value.retry_after

    assert refused(key["api_key"], "voices:write") == (403, None)
    assert refused(elsewhere["api_key"]) == (403, None)
    for nonsense in ("", "x", "pk_live_" + "a" * 38, "a" * 5000):
        assert refused(nonsense) == (401, None)
    assert refused(key["api_key"], cost=4) == (429, 60)
    verify["whose"](key["api_key"], cost=2, **own)
    status, retry_after = refused(key["api_key"])
    assert status == 429
    assert retry_after is not None
    assert 1 <= retry_after <= 60
    verify["whose"](key["api_key"], cost=0, **own)
    owner.revoke(key)
    assert refused(key["api_key"]) == (401, None)
    verify["server"].close()


def test_the_program_lets_nobody_in_when_it_gets_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this failed, stopping the server, or revoking the verifier, would open everything behind it."""
    monkeypatch.chdir(tmp_path)
    with serving(tmp_path / "data") as server:
        shell(server, tmp_path, blocks("sh")[0])
        owner, verify = Owner(server), program(server)
        key, own = owner.key(), {"workspace_id": owner.workspace_id}
        verify["whose"](key["api_key"], **own)
        (row,) = json.loads(shell(server, tmp_path, "onepin verifier list --json"))
        shell(server, tmp_path, f"onepin verifier revoke {row['id']}")
        for _ in range(2):
            with pytest.raises(verify["Refused"]) as caught:
                verify["whose"](key["api_key"], **own)
            assert (caught.value.status, caught.value.retry_after) == (503, 1)
            server.kill()
        verify["server"].close()


def test_every_code_is_explained() -> None:
    for code in VerifyCode:
        assert f"`{code}`" in PAGE

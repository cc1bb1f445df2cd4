"""docs/how-to/rotate-a-key.md: its two programs, ended at every line and started again."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

from command_line import put_at
from docsite.pages import DOCS
from onepin import OnePinClient
from owner import Owner
from server_process import ServerProcess, clean_environment

PAGE = (DOCS / "how-to" / "rotate-a-key.md").read_text("utf-8")
PROGRAMS = dict(re.findall(r"^```(?:python|bash)\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S))


class Ended(BaseException):
    """Stands for the end of the process."""


def works(server: ServerProcess, secret: str) -> bool:
    """Whether the holder of this secret is served."""
    whoami = f"{server.base_url}/api/v1/auth/whoami"
    return httpx.get(whoami, headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def living(owner: Owner, name: str) -> list[str]:
    """The ids of the keys of that name that are good now, newest first."""
    headers = owner.server.session(owner.email)
    listed = httpx.get(f"{owner.server.base_url}/api/v1/api-keys?limit=100", headers=headers).json()["data"]
    return [key["id"] for key in listed if key["name"] == name]


def ending_at(line: int, made: dict[str, Any], client: OnePinClient, key_id: str) -> bool:
    """Run the Python program, ended before its ``line``-th step. Returns whether it got to its end before."""
    left = line

    def step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != "rotate.py":
            return None
        if event == "line":
            left -= 1
            if left < 0:
                raise Ended
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        made["rotate"](client, key_id)
    except Ended:
        return False
    finally:
        sys.settrace(before)
    return True


@pytest.fixture
def program(owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the Python program defines, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONEPIN_BASE_URL", owner.server.base_url)
    made: dict[str, Any] = {"__name__": "rotate"}
    exec(compile(PROGRAMS["rotate.py"], "rotate.py", "exec"), made)  # noqa: S102 - our own page
    return made


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # what ends in the middle leaves files open
def test_the_python_program_survives_its_end_at_every_line(
    owner: Owner, program: dict[str, Any], tmp_path: Path
) -> None:
    """Otherwise a crash would leave the key's holder without a secret that works."""
    server = owner.server
    stored, line, done = tmp_path / "api-key", 0, False
    with OnePinClient(base_url=server.base_url, token=server.token(owner.email)) as client:
        while not done:
            name = f"ended at {line}"
            key = owner.key(name=name)
            stored.write_text(key["api_key"])
            done = ending_at(line, program, client, key["id"])
            assert works(server, stored.read_text()), name
            if works(server, key["api_key"]) or (tmp_path / "rotation.json").exists():
                program["rotate"](client, key["id"])
            assert works(server, stored.read_text()), name
            assert not works(server, key["api_key"]), name
            assert len(living(owner, name)) == 1, name
            assert [path.name for path in tmp_path.iterdir()] == ["api-key"], name
            line += 1
    assert line > 20


def test_the_python_program_leaves_a_key_alone_that_has_no_grace(
    owner: Owner, program: dict[str, Any], tmp_path: Path
) -> None:
    """Otherwise a paused key would end at once, and a rotation that was refused would block the next one."""
    paused, ended = owner.key(), owner.key()
    with OnePinClient(base_url=owner.server.base_url, token=owner.server.token(owner.email)) as client:
        client.api_keys.pause(paused["id"])
        client.api_keys.revoke(ended["id"])
        for key in (paused, ended):
            with pytest.raises(SystemExit, match="Nothing was changed"):
                program["rotate"](client, key["id"])
        client.api_keys.resume(paused["id"])
    assert works(owner.server, paused["api_key"])
    assert list(tmp_path.iterdir()) == []


def test_the_python_program_ends_no_key_whose_successor_is_not_in_place(
    owner: Owner, program: dict[str, Any], tmp_path: Path
) -> None:
    """Otherwise a holder whose secret was written over meanwhile would be left without one that works."""
    key, other = owner.key(), owner.key()
    with OnePinClient(base_url=owner.server.base_url, token=owner.server.token(owner.email)) as client:
        new = client.api_keys.rotate(key["id"], grace_seconds=3600).new_key
        (tmp_path / "rotation.json").write_text(json.dumps({"key_id": key["id"], "once": "", "new_id": str(new.id)}))
        with pytest.raises(SystemExit, match="has not ended"):
            program["rotate"](client, other["id"])
        (tmp_path / "api-key").write_text(other["api_key"])
        with pytest.raises(SystemExit, match="Nothing was revoked"):
            program["rotate"](client, key["id"])
    assert works(owner.server, key["api_key"])
    assert works(owner.server, other["api_key"])


def test_the_shell_program_survives_its_end_at_every_line(owner: Owner, tmp_path: Path) -> None:
    """Otherwise a crash would leave the key's holder without a secret that works."""
    server = owner.server
    onepin = tmp_path / "bin" / "onepin"
    onepin.parent.mkdir()
    put_at(onepin)
    env = clean_environment() | {"HOME": str(tmp_path), "ONEPIN_BASE_URL": server.base_url}
    env |= {"ONEPIN_TOKEN": server.token(owner.email), "PATH": f"{onepin.parent}{os.pathsep}{os.environ['PATH']}"}
    lines = PROGRAMS["rotate.sh"].splitlines()
    first = next(number for number, line in enumerate(lines) if "keys rotate" in line)
    for length in range(first, len(lines) + 1):
        name = f"ended after {length}"
        key = owner.key(name=name)
        folder = tmp_path / name
        folder.mkdir()
        settings = folder / ".env"
        settings.write_text(f"# settings\nAPI_KEY={key['api_key']}\nOTHER=1\n")
        for script in (lines[:length], lines) if length < len(lines) else (lines,):
            ran = subprocess.run(
                ["sh", "-c", "\n".join(script)],
                cwd=folder,
                env=env | {"KEY_ID": key["id"]},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
            secret = re.findall(r"^API_KEY=(.+)$", settings.read_text(), re.M)[0]
            assert works(server, secret), name
        assert not works(server, key["api_key"]), name
        assert settings.read_text() == f"# settings\nAPI_KEY={secret}\nOTHER=1\n"
        assert len(living(owner, name)) == 1, name
        assert [path.name for path in folder.iterdir()] == [".env"]

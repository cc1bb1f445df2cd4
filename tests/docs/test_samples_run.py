"""The samples of every operation are run as they stand on its page: curl, Python, the command line, JavaScript.

In a place of their own on a real server: what they name (a key, a member, an invite …) exists there, and the ids that
pages show stand for its ids.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from command_line import ONEPIN
from docsite import operations
from docsite.operations import IN_PATH, Operation
from docsite.samples import BASE, Sample, samples
from onepin.contract.device_grants import DEVICE_CODE_GRANT
from onepin.server.clock import SystemClock
from onepin.server.config import LOCAL_ISSUER_URL
from onepin.server.identity.local import LocalIssuer
from programs import need_program
from server_process import ServerProcess, clean_environment, serving

EVERY = [
    pytest.param(operation, sample, id=f"{operation.name}-{sample.title}")
    for operation in operations.load()
    for sample in samples(operation)
]
ONLY_IN_BROWSERS = {"refresh_local_session", "sign_out"}
"""Whose script needs the dashboard's own Origin and cookie, which only a browser sends."""
ASKS_FIRST = {"delete_api_key", "rotate_api_key", "delete_workspace", "remove_member", "decide_about_device"}
"""Whose command asks a person whether they are sure, and is not asked by a program without --yes."""
SHOWN_EMAIL, SHOWN_CODE = "bob@example.com", "ZQ3mV7yK0pXrT5sB8nJ2wL6dF1gH4cA9eU3iO7qM5kY"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("onepin") / "data", failures_per_min=100_000) as running:
        yield running


@dataclass
class World:
    """A workspace with everything in it that a sample can name; ``token``: of who asks; ``invite_token``: what they may
    accept.
    """

    server: ServerProcess
    headers: dict[str, str]
    token: str
    invite_token: str = ""

    @classmethod
    def of(cls, server: ServerProcess, user: str) -> "World":
        headers = server.session(user)
        personal = httpx.get(f"{server.base_url}/api/v1/workspaces", headers=headers).json()["data"][0]
        return cls(server, headers | {"X-Workspace-Id": personal["id"]}, server.token(user))

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        answer = httpx.post(f"{self.server.base_url}/api/v1/{path}", headers=headers or self.headers, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]

    @property
    def workspace(self) -> str:
        return self.headers["X-Workspace-Id"]

    def invite(self, email: str) -> dict[str, str]:
        made: dict[str, str] = self.post(f"workspaces/{self.workspace}/invites", {"email": email, "role": "viewer"})
        return made

    def member(self, email: str) -> str:
        """The id of a new member."""
        guest = self.server.session(email)
        self.post(f"workspaces/invites/{self.invite(email)['token']}/accept", {}, guest)
        who = httpx.get(f"{self.server.base_url}/api/v1/auth/whoami", headers=guest)
        return str(who.json()["data"]["user_id"])

    def joined(self, email: str) -> str:
        """The address of a new member."""
        self.member(email)
        return email

    def device(self, *, signed_in: bool) -> str:
        """The code of a device that waits; or the id of the session of one that does not any more."""
        api = f"{self.server.base_url}/api/v1/auth"
        asked = httpx.post(f"{api}/device", data={"client_id": "a device"}).json()
        if not signed_in:
            return str(asked["user_code"])
        self.post(f"auth/approvals/{asked['user_code']}", {"approve": True})
        form = {"grant_type": DEVICE_CODE_GRANT, "device_code": asked["device_code"], "client_id": "a device"}
        assert httpx.post(f"{api}/device/token", data=form).status_code == 200
        return str(httpx.get(f"{api}/sessions", headers=self.headers).json()["data"][0]["id"])


def put_in_place(operation: Operation, world: World, text: str) -> str:
    """A sample with what is there in place of what the page shows; only what the sample names is made."""
    email, other = (f"{name}-{uuid4().hex[:8]}@example.com" for name in ("bob", "carl"))
    if operation.name == "accept_invite":
        world.invite_token, world.token = world.invite(email)["token"], world.server.token(email)
    makers: dict[str, Callable[[], str]] = {
        BASE: lambda: world.server.base_url,
        IN_PATH["workspace_id"]: lambda: world.workspace,
        IN_PATH["key_id"]: lambda: str(world.post("api-keys", {"name": "a key"})["id"]),
        IN_PATH["member_id"]: lambda: world.member(email),
        IN_PATH["invite_id"]: lambda: world.invite(other)["id"],
        IN_PATH["token"]: lambda: world.invite_token,
        IN_PATH["session_id"]: lambda: world.device(signed_in=True),
        IN_PATH["user_code"]: lambda: world.device(signed_in=False),
        SHOWN_EMAIL: lambda: world.joined(email) if "member" in operation.name else email,
        SHOWN_CODE: lambda: issuer(world.server).new_sign_in_code(user=email, now=SystemClock().now()),
    }
    for shown, make in makers.items():
        if shown in text:
            text = text.replace(shown, make())
    return text


def issuer(server: ServerProcess) -> LocalIssuer:
    return LocalIssuer.load_or_create(server.data_dir, LOCAL_ISSUER_URL)


@pytest.mark.parametrize(("operation", "sample"), EVERY)
def test_a_sample_does_what_its_page_says(
    operation: Operation, sample: Sample, server: ServerProcess, tmp_path: Path
) -> None:
    world = World.of(server, f"ann-{uuid4().hex[:8]}@example.com")
    text = put_in_place(operation, world, sample.text)
    environment = variables(operation, world, tmp_path)
    match sample.title:
        case "curl":
            said = run(["bash", "-euc", f"{text} -sS -w '\\n%{{http_code}}'"], environment)
            body, _, status = said.rpartition("\n")
            assert int(status) == operation.success, said
            assert shape(json.loads(body)).keys() == shape(json.loads(operation.answer_sample)).keys()
        case "Python":
            secret = world.post("api-keys", {"name": "a key"})["api_key"]
            before = f"store = print\ncustomers_key = {secret!r}\ntoken = {world.invite_token!r}\n"
            run([sys.executable, "-W", "error", "-c", before + text], environment)
        case "CLI":
            secret = world.post("api-keys", {"name": "a key", "scopes": ["workflows:run"]})["api_key"]
            asked = {"verify": secret, "accept_invite": world.invite_token}.get(operation.name, "")
            run(["bash", "-euc", text + (" --yes" if operation.name in ASKS_FIRST else "")], environment, asked)
        case "JavaScript":
            node = need_program("node", "npm")
            if operation.name in ONLY_IN_BROWSERS:
                run([str(node), "--input-type=module", "--check", "-"], environment, text)
                return
            program = f"const token = process.env.{credential(operation)};\n{text}\nconsole.log(answer.status);"
            said = run([str(node), "--input-type=module", "-"], environment, program)
            assert int(said.strip()) == operation.success


def credential(operation: Operation) -> str:
    """The environment variable with the token that a page's script calls ``token``."""
    names = {"ApiKey": "ONEPIN_API_KEY", "Verifier": "ONEPIN_VERIFIER"}
    return names.get(operation.credentials[0].name, "ONEPIN_TOKEN") if operation.credentials else "ONEPIN_TOKEN"


def variables(operation: Operation, world: World, folder: Path) -> dict[str, str]:
    """The environment of a sample: the variables that it names, and a home of its own."""
    found = clean_environment() | {"HOME": str(folder), "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}
    found |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    found |= {"ONEPIN_BASE_URL": world.server.base_url, "ONEPIN_TOKEN": world.token}
    if not world.invite_token:  # who is not in a workspace yet can't name it
        found["ONEPIN_WORKSPACE_ID"] = world.workspace
    if operation.name == "check":
        found["ONEPIN_API_KEY"] = world.post("api-keys", {"name": "a key"})["api_key"]
    if operation.name == "verify":
        made = run([*ONEPIN, "verifier", "create", f"v{uuid4().hex[:8]}"], found | operator(world.server))
        [found["ONEPIN_VERIFIER"]] = re.findall(r"pk_verifier_\w+", made)
    if operation.name in ONLY_IN_BROWSERS:
        found["ONEPIN_COOKIE"] = cookie(world.server)
    return found


def operator(server: ServerProcess) -> dict[str, str]:
    return {"ONEPIN_DATA_DIR": str(server.data_dir)}


def cookie(server: ServerProcess) -> str:
    """That of a browser which signed in."""
    code = issuer(server).new_sign_in_code(user="ann@example.com", now=SystemClock().now())
    url = f"{server.base_url}/api/v1/auth/local/sign-in"
    answer = httpx.post(url, json={"code": code}, headers={"Origin": server.base_url})
    assert answer.status_code == 200, answer.text
    return answer.headers["set-cookie"].partition(";")[0]


def run(command: list[str], environment: dict[str, str], given: str = "") -> str:
    """What a program prints; it has to end well."""
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shape(answer: dict[str, Any]) -> dict[str, Any]:
    """The names in an answer, and in its data if that is one object."""
    data = answer.get("data")
    return answer | {f"data.{name}": None for name in data} if isinstance(data, dict) else answer

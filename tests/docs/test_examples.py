"""Every example in the documentation is run, against a real server, or says why not.

A page is run by a test of its own, or here: its shell blocks in one shell, from the top, after its programs (Python
with a name in the first line) were saved. A JSON block has the fields of what the shell block before it got.
"""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_line import put_at
from docsite.pages import DOCS
from programs import ROOT
from proxies.front import free_port
from server_process import ServerProcess, clean_environment

ELSEWHERE = {
    "how-to/nginx": "tests/proxies",
    "how-to/caddy": "tests/proxies",
    "how-to/protect-a-python-app": "tests/guard/test_pages.py",
    "how-to/back-up": "tests/docs/test_backup_page.py",
    "how-to/frameworks": "tests/guard/test_frameworks.py",
    "how-to/migrate": "tests/docs/test_migration_page.py",
    "how-to/verify-keys-in-a-service": "tests/verification/test_page.py",
}
"""Pages that a test of their own runs."""
OTHERS_WRITE = ("python-sdk", "cli")
"""Folders whose pages come with tests of their own."""
HERE = (
    "get-started/quickstart",
    "get-started/authentication",
    "how-to/rotate-a-key",
    "how-to/answer-a-leak",
    "how-to/workspaces-and-members",
)
RUNNABLE = {"sh", "bash", "console", "python", "js", "javascript", ""}
"""Languages of what a reader would run. Configuration and answers are no programs."""
BLOCK = re.compile(r"(?:^<!-- not run: (?P<reason>.+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
SERVER, APP = "http://127.0.0.1:8000", "9000"


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    text: str
    reason: str | None


def blocks(slug: str) -> list[Block]:
    """The blocks of a page, in order."""
    page = (DOCS / f"{slug}.md").read_text("utf-8")
    return [Block(found["language"], found["text"], found["reason"]) for found in BLOCK.finditer(page)]


def pages() -> list[str]:
    """The pages of this folder and those below that others don't test."""
    found = [path.relative_to(DOCS).with_suffix("").as_posix() for path in sorted(DOCS.rglob("*.md"))]
    return [slug for slug in found if not slug.startswith(OTHERS_WRITE)]


@pytest.mark.parametrize("slug", pages())
def test_a_page_with_examples_is_run_or_says_why_not(slug: str) -> None:
    if slug in ELSEWHERE:
        assert (ROOT / ELSEWHERE[slug]).exists()
    elif slug not in HERE:
        unsaid = [block.text for block in blocks(slug) if block.language in RUNNABLE and not block.reason]
        assert not unsaid, "say '<!-- not run: why -->' above it, or have it run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone, as far as the pages use one."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    for name in ("onepin", "scripts/onepin"):
        put_at(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("slug", HERE)
def test_the_examples_of_a_page_do_what_it_says(slug: str, server: ServerProcess, folder: Path) -> None:
    found = [block for block in blocks(slug) if not block.reason]
    ports = {SERVER: server.base_url, APP: str(free_port())}
    for block in found:
        if block.language == "python":
            name = re.match(r"# (\S+\.py)\n", block.text)
            assert name, "a program begins with its name"
            (folder / name[1]).write_text(_here(block.text, ports))
    script = "\n".join(
        f"printf '\\036{number}\\036'\n{_here(block.text, ports)}"
        for number, block in enumerate(found)
        if block.language == "sh"
    )
    said = dict(zip(*[iter(_run(folder, server, script).split("\036")[1:])] * 2, strict=True))
    refused = {number for number, answer in said.items() if '"error":' in answer}
    for number, block in enumerate(found):
        if block.language == "json":
            before = next(at for at in range(number - 1, -1, -1) if found[at].language == "sh")
            shown, real = json.loads(block.text), json.loads(said[str(before)].strip().splitlines()[-1])
            assert _shape(shown) == _shape(real), "the page shows another answer than there is"
            refused -= {str(before)} if "error" in shown else set()
    assert not refused, [said[number] for number in refused]


def _run(folder: Path, server: ServerProcess, script: str) -> str:
    """What a script prints; it has what the pages' variables stand for, and everything it starts ends with it."""
    api, user, guest = f"{server.base_url}/api/v1", f"{folder.name}@x.com", f"guest-of-{folder.name}@x.com"
    headers = server.session(user)
    key = httpx.post(f"{api}/api-keys", headers=headers, json={"name": "a key"}).json()["data"]
    invites = f"{api}/workspaces/{key['workspace_id']}/invites"
    invite = httpx.post(invites, headers=headers, json={"email": guest, "role": "viewer"}).json()["data"]
    env = clean_environment() | {"ONEPIN_DATA_DIR": str(server.data_dir), "NO_PROXY": "127.0.0.1"}
    env |= {"TOKEN": server.token(user), "KEY_ID": key["id"], "WORKSPACE": key["workspace_id"]}
    env |= {"INVITE_TOKEN": invite["token"], "BOBS_TOKEN": server.token(guest)}
    env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
    command = ["bash", "-euc", script]
    with (folder / "said").open("w") as said, (folder / "errors").open("w") as errors:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=errors, start_new_session=True)
        try:
            process.wait(60)
        finally:
            _end(process.pid)
            process.wait()
    assert process.returncode == 0, (folder / "errors").read_text()
    return (folder / "said").read_text()


def _end(group: int) -> None:
    """End what the script left running, if it left anything."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _here(text: str, places: dict[str, str]) -> str:
    for old, new in places.items():
        text = text.replace(old, new)
    return text


def _shape(value: Any) -> Any:
    """The names in a JSON value, whatever the values are; of a list, those of its first element."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return None

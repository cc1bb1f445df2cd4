"""docs/how-to/frameworks.md: its programs run as they stand there, under a real server, against a real onepin."""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from owner import Owner, bearer
from programs import ROOT
from proxies.front import free_port
from server_process import clean_environment

PAGE = ROOT / "docs" / "how-to" / "frameworks.md"
SERVER, WORKSPACE = "http://127.0.0.1:8000", "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"
START_SECONDS = 30.0
RUN = "/workflows/report/run"


@contextlib.contextmanager
def started(name: str, interface: str, owner: Owner, folder: Path) -> Iterator[httpx.Client]:
    """A client of the page's program, changed only in the server's address and the workspace's id."""
    blocks = dict(re.findall(r"^```python\n# (\w+)\.py\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))
    code = blocks[name].replace(SERVER, owner.server.base_url).replace(WORKSPACE, owner.workspace_id)
    assert owner.server.base_url in code
    assert owner.workspace_id in code
    (folder / f"{name}.py").write_text(code)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", interface, "--port", str(port), f"{name}:app"]
    env = clean_environment() | {"PYTHONPATH": str(folder)}
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=said)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as http:
                _wait(http, process, folder / "said")
                yield http
        finally:
            process.terminate()  # kill would leave granian's worker alive
            process.wait(START_SECONDS)


def _wait(http: httpx.Client, process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            http.get("/health")
            return
        time.sleep(0.05)
    pytest.fail(said.read_text())


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("name", ["flask_app", "django_app"])
def test_a_view_is_closed_to_all_but_good_keys_with_its_scope(name: str, owner: Owner, tmp_path: Path) -> None:
    """Otherwise whoever follows the page would serve strangers."""
    key = owner.key(name="nightly", rate_limit_per_min=2)
    with started(name, "wsgi", owner, tmp_path) as http:
        assert http.get("/health").json() == {"status": "well"}
        nobody = http.post(RUN)
        assert (*code_of(nobody), nobody.headers["www-authenticate"]) == (401, "UNAUTHORIZED", "Bearer")
        twice = [("Authorization", f"Bearer {key['api_key']}")] * 2
        assert http.post(RUN, headers=twice).status_code == 401
        assert http.post(RUN, headers=bearer(key)).json() == {"ran": "report", "for": "nightly"}
        assert code_of(http.post(RUN, headers=bearer(owner.key(scopes=[])))) == (403, "INSUFFICIENT_SCOPE")
        assert code_of(http.post(RUN, headers=bearer(Owner(owner.server).key()))) == (403, "WORKSPACE_MISMATCH")
        assert http.post(RUN, headers=bearer(key)).status_code == 200
        limited = http.post(RUN, headers=bearer(key))
        assert code_of(limited) == (429, "RATE_LIMITED")
        assert 1 <= int(limited.headers["retry-after"]) <= 60
        owner.revoke(key)
        assert code_of(http.post(RUN, headers=bearer(key))) == (401, "INVALID_API_KEY")


def test_with_flask_an_address_that_does_not_exist_is_closed_too(owner: Owner, tmp_path: Path) -> None:
    with started("flask_app", "wsgi", owner, tmp_path) as http:
        assert http.get("/nothing").status_code == 401
        assert http.get("/nothing", headers=bearer(owner.key())).status_code == 404


def test_django_under_asgi(owner: Owner, tmp_path: Path) -> None:
    with started("django_asgi", "asginl", owner, tmp_path) as http:
        assert http.get("/hello").status_code == 401
        assert http.get("/hello", headers=bearer(owner.key(name="nightly"))).json() == {"hello": "nightly"}
        assert http.get("/health").status_code == 404

"""docs/how-to/migrate.md: its programs move a table and accept both kinds of keys, against a real server."""

import hashlib
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest

from docsite.pages import DOCS
from server_process import ServerProcess

PAGE = (DOCS / "how-to" / "migrate.md").read_text("utf-8")
PROGRAMS = dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S))
TABLE = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.M | re.S)[0]
LATER, EARLIER = "2100-01-01T00:00:00+00:00", "2000-01-01T00:00:00+00:00"
Run = Callable[[str], dict[str, Any]]


@pytest.fixture
def old(tmp_path: Path) -> dict[str, str]:
    """The old secrets by customer; their table is there, each kept in another way."""
    made = {name: f"{name[:4]}_{secrets.token_hex(16)}" for name in ("sha256 ltd", "bcrypt inc", "plain gmbh")}
    stored = {
        "sha256 ltd": hashlib.sha256(made["sha256 ltd"].encode()).hexdigest(),
        "bcrypt inc": bcrypt.hashpw(made["bcrypt inc"].encode(), bcrypt.gensalt(4)).decode(),
        "plain gmbh": made["plain gmbh"],
    }
    with sqlite3.connect(tmp_path / "app.db") as db:
        db.executescript(TABLE)
        rows = [(name, "ci", made[name][:8], stored[name], "workflows:run", 600) for name in made]
        into = "INSERT INTO api_keys (customer, name, start, digest, scopes, per_minute) VALUES (?, ?, ?, ?, ?, ?)"
        db.executemany(into, rows)
    db.close()
    return made


@pytest.fixture
def run(server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a program of the page where its table lies, and closes its database in the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONEPIN_BASE_URL", server.base_url)
    monkeypatch.setenv("ONEPIN_TOKEN", server.token(f"{tmp_path.name}@example.com"))
    monkeypatch.setenv("OLD_UNTIL", LATER)
    opened = []

    def one(name: str) -> dict[str, Any]:
        made: dict[str, Any] = {"__name__": name.removesuffix(".py")}
        opened.append(made)
        exec(compile(PROGRAMS[name], name, "exec"), made)  # noqa: S102 - our own page
        return made

    yield one
    for each in opened:
        for thing in ("db", "guard"):
            if thing in each:
                each[thing].close()


def refusal(made: dict[str, Any], authorization: str | None, *scopes: str) -> tuple[int, str]:
    with pytest.raises(made["NotAllowed"]) as refused:
        made["caller_of"](authorization, *scopes)
    return refused.value.status, refused.value.code


def new_secret(folder: Path, customer: str) -> str:
    return (folder / "new-keys" / customer / "ci.key").read_text()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a program of the page ends with its process
def test_moving_gives_each_customer_a_key_in_a_workspace_of_their_own(
    old: dict[str, str], run: Run, tmp_path: Path
) -> None:
    run("move.py")
    first = {customer: new_secret(tmp_path, customer) for customer in old}
    run("move.py")
    assert first == {customer: new_secret(tmp_path, customer) for customer in old}, "a second run made other keys"
    made = run("either.py")
    for customer, secret in first.items():
        caller = made["caller_of"](f"Bearer {secret}", "workflows:run")
        assert (caller.customer, caller.scopes, caller.old) == (customer, {"workflows:run"}, False)
    rows = made["db"].execute("SELECT DISTINCT workspace_id FROM api_keys WHERE once IS NULL").fetchall()
    assert len(rows) == len(old)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_move_that_ended_before_the_key_was_handed_over_goes_on(
    old: dict[str, str], run: Run, tmp_path: Path, server: ServerProcess
) -> None:
    """Otherwise a customer would have a key that nobody holds, and another one."""
    (tmp_path / "new-keys").write_text("in the way")
    with pytest.raises(OSError, match="new-keys"):
        run("move.py")
    (tmp_path / "new-keys").unlink()
    run("move.py")
    headers = server.session(f"{tmp_path.name}@example.com")
    api = f"{server.base_url}/api/v1"
    for workspace in httpx.get(f"{api}/workspaces", headers=headers).json()["data"]:
        if workspace["name"] in old:
            keys = httpx.get(f"{api}/api-keys", headers=headers | {"X-Workspace-Id": workspace["id"]}).json()
            assert keys["pagination"]["total"] == 1


def test_old_keys_work_until_the_day_and_not_beyond(
    old: dict[str, str], run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise an old key that leaked would go on working after everybody thinks it ended."""
    made = run("either.py")
    for customer, secret in old.items():
        caller = made["caller_of"](f"Bearer {secret}", "workflows:run")
        assert (caller.customer, caller.old) == (customer, True)
        assert refusal(made, f"Bearer {secret}", "voices:read") == (403, "INSUFFICIENT_SCOPE")
        assert refusal(made, f"Bearer {secret}x") == (401, "INVALID_API_KEY")
    assert refusal(made, None) == (401, "UNAUTHORIZED")
    made["db"].execute("UPDATE api_keys SET revoked_at = 'now' WHERE customer = 'plain gmbh'")
    assert refusal(made, f"Bearer {old['plain gmbh']}") == (401, "INVALID_API_KEY")
    run("left.py")
    assert sorted(line.split()[0] for line in capsys.readouterr().out.splitlines()) == ["bcrypt", "sha256"]
    monkeypatch.setenv("OLD_UNTIL", EARLIER)
    over = run("either.py")
    assert {refusal(over, f"Bearer {secret}") for secret in old.values()} == {(401, "INVALID_API_KEY")}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_key_of_onepins_is_never_looked_for_in_the_old_table(
    old: dict[str, str], run: Run, server: ServerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a row in the old table would keep a revoked key alive, and an outage would open the old way to it."""
    headers = server.session("a-stranger@example.com")
    made_key = httpx.post(f"{server.base_url}/api/v1/api-keys", headers=headers, json={"name": "k"}).json()["data"]
    text = made_key["api_key"]
    made = run("either.py")
    insert = "INSERT INTO api_keys (customer, start, digest, scopes) VALUES ('evil', ?, ?, 'workflows:run')"
    made["db"].execute(insert, (text[:8], text))
    assert refusal(made, f"Bearer {text}") == (403, "WORKSPACE_MISMATCH"), "a workspace that is no customer's"
    httpx.delete(f"{server.base_url}/api/v1/api-keys/{made_key['id']}", headers=headers)
    assert refusal(made, f"Bearer {text}") == (401, "INVALID_API_KEY")
    monkeypatch.setenv("ONEPIN_BASE_URL", "http://127.0.0.1:9")
    assert refusal(run("either.py"), f"Bearer {text}") == (503, "UNAVAILABLE")


@pytest.mark.parametrize("field", ["api_key", "secret", "digest", "hash"])
def test_a_create_that_brings_a_secret_is_refused(server: ServerProcess, field: str) -> None:
    """Otherwise somebody might believe that a key of theirs was imported."""
    body = {"name": "mine", field: "pk_live_" + "a" * 38}
    answer = httpx.post(f"{server.base_url}/api/v1/api-keys", headers=server.session(), json=body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (422, field)

"""``onepin api-keys`` against a server in a process of its own: what goes where, and with which exit code."""

import json
import re
import stat
import sys
import time
from pathlib import Path

import pytest

from cli.people import Person
from onepin.cli.api_keys.sinks import hand_over
from onepin.cli.flags import Flags
from onepin.cli.invocation import Invocation
from onepin.cli.secret_sinks import OutputFile
from onepin.cli.terminal import Terminal

SECRET = re.compile(r"pk_live_[0-9A-Za-z]{38}\n")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n")


def test_create_prints_the_secret_alone_and_talks_beside_it(ann: Person) -> None:
    done = ann("api-keys", "create", "CI deploy")
    assert done.returncode == 0
    assert SECRET.fullmatch(done.stdout)
    assert "Created 'CI deploy'" in done.stderr
    assert "not shown again" in done.stderr
    assert done.stdout.strip()[16:] not in done.stderr


def test_quiet_create_prints_the_secret_and_nothing_else(ann: Person) -> None:
    done = ann.process("keys", "create", "ci", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert SECRET.fullmatch(done.stdout)
    assert ann("keys", "verify", "-q", stdin=done.stdout).stdout == "VALID\n"


def test_create_sends_what_was_named_and_leaves_the_rest_to_the_server(ann: Person) -> None:
    plain = ann.json("keys", "create", "plain")
    assert (plain["scopes"], plain["rate_limit_per_min"]) == (["workflows:read", "workflows:run", "voices:read"], 1000)
    full = ann.json("keys", "create", "full", "--scope", "voices:read,workflows:run", "--rate-limit", "none")
    assert (full["scopes"], full["rate_limit_per_min"]) == (["voices:read", "workflows:run"], None)
    bare = ann.json("keys", "create", "bare", "--scope", "none", "--rate-limit", "1_000_000")
    assert (bare["scopes"], bare["rate_limit_per_min"]) == ([], 1_000_000)
    assert full["api_key"].startswith(full["preview"])


def test_the_same_idempotency_key_makes_one_key(ann: Person) -> None:
    words = ("keys", "create", "once", "-q", "--idempotency-key", "a-value-of-my-own-1")
    first, second = ann(*words), ann(*words)
    assert SECRET.fullmatch(first.stdout)
    assert first.stdout == second.stdout
    assert len(ann.json("keys", "list")) == 1


def test_a_secret_can_go_to_a_file_alone(ann: Person) -> None:
    done = ann("keys", "create", "backup", "--output-file", "backup.key")
    assert (done.returncode, done.stdout) == (0, "")
    path = ann.home / "backup.key"
    assert SECRET.fullmatch(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip()[16:] not in done.stderr


def test_a_secret_can_replace_one_variable_of_an_env_file(ann: Person) -> None:
    path = ann.home / ".env"
    path.write_text("A=1\nexport API='old' # ours\nB=2\n")
    path.chmod(0o640)
    done = ann("keys", "create", "web", "--env-file", ".env", "--as", "API", "--json")
    assert done.returncode == 0
    assert "api_key" not in json.loads(done.stdout)
    secret = re.fullmatch(r"A=1\nexport API=(\S+) # ours\nB=2\n", path.read_text())
    assert secret
    assert SECRET.fullmatch(secret[1] + "\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "chmod 600" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--output-file", "taken"),
        ("--output-file", "no/folder"),
        ("--env-file", "taken", "--as", "1A"),
        ("--env-file", "taken", "--output-file", "new"),
        ("--as", "KEY"),
    ],
)
def test_a_file_that_can_not_be_written_is_found_before_a_key_is_made(ann: Person, options: tuple[str, ...]) -> None:
    """If this failed, a key would exist whose secret nobody has."""
    (ann.home / "taken").write_text("precious")
    assert ann("keys", "create", "x", *options).returncode == 2
    assert ann.json("keys", "list", "--status", "all") == []
    assert (ann.home / "taken").read_text() == "precious"


def test_a_file_that_fails_after_all_does_not_lose_the_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this failed, a full disk would leave a key whose secret nobody has."""
    sink = OutputFile(tmp_path / "key")
    sink.check()
    (tmp_path / "key").write_text("somebody was faster")
    here = Invocation(Flags(), Terminal.of(sys.stdout), Terminal.of(sys.stderr))
    assert hand_over(here, "the secret", sink) is False
    written = capsys.readouterr()
    assert written.out == "the secret\n"
    assert "File exists" in written.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", ""), "name"),
        (("create", "x" * 121), "120"),
        (("create", "a\u202eb"), "name"),
        (("create", "x", "--scope", "nope:x"), "choose from"),
        (("show", "nobody"), "no key 'nobody'"),
        (("show", "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10"), "request "),
        (("revoke", "nobody", "--yes"), "no key 'nobody'"),
    ],
)
def test_what_the_server_refuses_is_explained_and_exits_1(ann: Person, words: tuple[str, ...], said: str) -> None:
    done = ann("keys", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_in_json_has_code_details_and_the_requests_id(ann: Person) -> None:
    done = ann("--json", "keys", "create", "x", "--scope", "nope:x")
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, done.stdout, error["code"]) == (1, "", "VALIDATION_ERROR")
    assert error["request_id"]


def test_list_shows_keys_and_no_secret(ann: Person) -> None:
    secrets = [ann.key(name) for name in ("first", "second")]
    done = ann("keys", "list")
    head, second, first = done.stdout.splitlines()
    assert head.split()[:3] == ["NAME", "KEY", "STATUS"]
    assert second.startswith(f"second  {secrets[1][:16]}  active")
    assert first.startswith(f"first   {secrets[0][:16]}  active")
    assert not any(secret[16:] in done.stdout for secret in secrets)
    assert "\x1b" not in done.stdout


def test_list_json_is_what_the_api_answers(ann: Person) -> None:
    ann.key("a")
    (row,) = ann.json("keys", "list")
    assert set(row) >= {"id", "name", "preview", "scopes", "active", "created_at", "revoked_at"}
    assert "api_key" not in row
    assert row["created_at"].endswith("Z")


def test_quiet_list_is_ids_alone(ann: Person) -> None:
    for name in "abc":
        ann.key(name)
    done = ann("keys", "list", "-q")
    assert done.stderr == ""
    assert [bool(ID.fullmatch(line + "\n")) for line in done.stdout.splitlines()] == [True] * 3


def test_list_goes_over_all_pages_unless_a_limit_is_given(ann: Person) -> None:
    for number in range(105):
        ann.key(f"key {number}")
    assert len(ann.json("keys", "list")) == 105
    assert [key["name"] for key in ann.json("keys", "list", "--limit", "3")] == ["key 104", "key 103", "key 102"]


def test_an_empty_list_says_what_to_do_next(ann: Person) -> None:
    done = ann("keys", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert "onepin keys create" in done.stderr
    assert ann("keys", "list", "-q").stderr == ""
    assert ann.json("keys", "list") == []


def test_a_key_is_found_by_id_preview_name_and_secret(ann: Person) -> None:
    secret = ann.key("CI deploy")
    wanted = ann.json("keys", "show", "CI deploy")
    for word in (wanted["id"], wanted["preview"], secret):
        assert ann.json("keys", "show", word) == wanted
    assert ann("keys", "show", "CI deploy", "-q").stdout == wanted["id"] + "\n"
    shown = ann("keys", "show", "CI deploy").stdout
    assert "workflows:read workflows:run voices:read" in shown
    assert secret[16:] not in shown


def test_a_name_that_two_keys_have_is_not_guessed(ann: Person) -> None:
    """If this failed, the wrong key could be revoked."""
    for _ in range(2):
        ann.key("twin")
    done = ann("keys", "revoke", "twin", "--yes")
    assert done.returncode == 1
    assert "2 keys are called 'twin'" in done.stderr
    assert len(ann.json("keys", "list")) == 2


def test_of_keys_of_one_name_the_one_that_lives_is_meant(ann: Person) -> None:
    old = ann.key("ci")[:16]
    ann("keys", "rotate", "ci", "--grace", "1h")
    assert ann.json("keys", "show", "ci")["preview"] != old
    ann("keys", "revoke", old, "--yes")
    assert ann.json("keys", "show", "ci")["preview"] != old


def test_update_changes_what_is_named(ann: Person) -> None:
    ann.key("old")
    changed = ann.json("keys", "update", "old", "--name", "new", "--rate-limit", "none")
    assert (changed["name"], changed["rate_limit_per_min"]) == ("new", None)
    assert changed["scopes"] == ["workflows:read", "workflows:run", "voices:read"]
    assert ann.json("keys", "update", "new", "--scope", "none")["scopes"] == []
    assert ann("keys", "update", "new").returncode == 2


def test_pause_and_resume(ann: Person) -> None:
    secret = ann.key("ci")
    assert ann("keys", "pause", "ci").returncode == 0
    assert ann("keys", "verify", "-q", stdin=secret).stdout == "PAUSED\n"
    assert [key["name"] for key in ann.json("keys", "list", "--status", "paused")] == ["ci"]
    assert ann.json("keys", "list", "--status", "active") == []
    assert ann("keys", "resume", "ci").returncode == 0
    assert ann("keys", "verify", "-q", stdin=secret).stdout == "VALID\n"


def test_verify_says_what_and_exits_by_it(ann: Person) -> None:
    secret = ann.key("ci", "--scope", "workflows:run")
    good = ann("keys", "verify", "--scope", "workflows:run", "--cost", "0", stdin=secret)
    assert good.returncode == 0
    assert good.stdout.startswith("VALID")
    assert "1,000 of 1,000" in good.stdout
    lacking = ann("keys", "verify", "--scope", "voices:read", stdin=secret)
    assert lacking.returncode == 1
    assert lacking.stdout.startswith("INSUFFICIENT_SCOPE")
    assert ann("keys", "verify", stdin="hello").returncode == 1
    assert ann("keys", "verify", stdin="").returncode == 2
    assert secret[16:] not in good.stdout + good.stderr + lacking.stdout


def test_rotate_hands_out_the_new_secret_alone(ann: Person) -> None:
    old = ann.key("ci")
    done = ann("keys", "rotate", "ci", "--grace", "1h", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    assert SECRET.fullmatch(done.stdout)
    assert ann("keys", "verify", "-q", stdin=old).stdout == "VALID\n"
    assert ann("keys", "verify", "-q", stdin=done.stdout).stdout == "VALID\n"
    again = ann("keys", "rotate", "ci", "--yes", "--json")
    both = json.loads(again.stdout)
    assert both["old_key"]["revoked_at"]
    assert both["new_key"]["api_key"].startswith(both["new_key"]["preview"])
    assert ann("keys", "verify", "-q", stdin=both["new_key"]["api_key"]).stdout == "VALID\n"


def test_rotate_into_an_env_file(ann: Person) -> None:
    ann("keys", "create", "web", "--env-file", ".env", "--as", "KEY")
    before = (ann.home / ".env").read_text()
    assert ann("keys", "rotate", "web", "--grace", "1h", "--env-file", ".env", "--as", "KEY").stdout == ""
    after = (ann.home / ".env").read_text()
    assert before != after
    assert ann("keys", "verify", "-q", stdin=after.partition("=")[2]).stdout == "VALID\n"


@pytest.mark.parametrize("words", [("revoke", "ci"), ("rotate", "ci"), ("revoke", "--unused", "1s")])
def test_nothing_irreversible_happens_unasked(ann: Person, words: tuple[str, ...]) -> None:
    """If this failed, a mistyped line in a script would end keys."""
    secret = ann.key("ci")
    time.sleep(1.1)
    done = ann("keys", *words)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert ann("keys", "verify", "-q", stdin=secret).stdout == "VALID\n"


def test_usage_draws_the_requests_of_a_key(ann: Person) -> None:
    secret = ann.key("ci")
    quiet = ann("keys", "usage", "ci")
    assert re.search(r"admitted +0", quiet.stdout)
    data = ann.json("keys", "usage", "ci", "--window", "1h")
    assert data["granularity"] == "minute"
    assert len(data["series"]) == 60
    ann.sign_out()
    settings = {"ONEPIN_BASE_URL": ann.server.base_url, "ONEPIN_API_KEY": secret}
    assert ann("whoami", "-q", **settings).returncode == 0


def test_a_key_can_not_manage_keys_and_is_told_who_can(ann: Person) -> None:
    secret = ann.key("ci")
    ann.sign_out()
    done = ann("keys", "list", ONEPIN_BASE_URL=ann.server.base_url, ONEPIN_API_KEY=secret)
    assert done.returncode == 1
    assert "onepin login --local" in done.stderr
    assert secret[16:] not in done.stderr


def test_without_a_server_the_way_to_one_is_told(ann: Person) -> None:
    done = ann("keys", "list", ONEPIN_BASE_URL="http://127.0.0.1:9")
    assert (done.returncode, done.stdout) == (1, "")
    assert "onepin doctor" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_signing_in_the_way_to_do_it_is_told(ann: Person) -> None:
    ann.sign_out()
    done = ann("keys", "list")
    assert done.returncode == 1
    assert "not signed in" in done.stderr
    assert "onepin login" in done.stderr

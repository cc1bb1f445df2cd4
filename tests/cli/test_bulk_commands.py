"""Many keys at once: the set that is applied is the set that was shown, and an interruption loses nothing."""

import json
import re
import signal
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.people import Person
from command_line import ONEPIN

AGE = "1s"


def aged(ann: Person, *names: str) -> list[str]:
    """Keys that were made longer ago than AGE; their secrets."""
    secrets = [ann.key(name) for name in names]
    newest = datetime.fromisoformat(ann.json("keys", "list", "--limit", "1")[0]["created_at"])
    while datetime.now(newest.tzinfo) - newest < timedelta(seconds=1.05):
        time.sleep(0.05)
    return secrets


def test_a_dry_run_changes_nothing_and_names_its_set(ann: Person) -> None:
    aged(ann, "a", "b")
    young = ann.key("young")[:16]
    done = ann("keys", "revoke", "--unused", AGE, "--dry-run", "-q")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    talk = ann("keys", "revoke", "--older-than", AGE, "--dry-run")
    assert "2 would be revoked" in talk.stderr
    assert young not in talk.stdout
    assert len(ann.json("keys", "list")) == 3


def test_the_set_applied_equals_the_set_shown(ann: Person) -> None:
    """If this failed, a key would be revoked that nobody was shown."""
    aged(ann, "a", "b", "c")
    shown = ann("keys", "revoke", "--unused", AGE, "--dry-run", "-q").stdout.split()
    mark = re.search(r"--set (\w+)", ann("keys", "revoke", "--unused", AGE, "--dry-run").stderr)
    assert mark
    done = ann("keys", "revoke", "--unused", AGE, "--yes", "--json", "--set", mark[1])
    assert done.returncode == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == shown
    assert all(row["revoked_at"] for row in rows)
    assert ann.json("keys", "list") == []


def test_a_set_that_changed_is_refused_as_a_whole(ann: Person) -> None:
    """If this failed, a key that came into use since it was shown would be revoked."""
    aged(ann, "a", "b")
    mark = re.search(r"--set (\w+)", ann("keys", "revoke", "--unused", AGE, "--dry-run").stderr)
    aged(ann, "c")
    assert mark
    done = ann("keys", "revoke", "--unused", AGE, "--yes", "--set", mark[1])
    assert done.returncode == 2
    assert "--dry-run" in done.stderr
    assert len(ann.json("keys", "list")) == 3


def test_ids_of_a_list_can_be_piped_into_revoke(ann: Person) -> None:
    aged(ann, "a", "b")
    keep = ann.key("keep")
    ids = ann("keys", "list", "--older-than", AGE, "-q").stdout
    done = ann("keys", "revoke", "-", "--yes", stdin=ids)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    assert [key["preview"] for key in ann.json("keys", "list")] == [keep[:16]]


def test_several_keys_are_looked_up_before_the_first_is_revoked(ann: Person) -> None:
    ann.key("a")
    assert ann("keys", "revoke", "a", "no such key", "--yes").returncode == 1
    assert [key["name"] for key in ann.json("keys", "list")] == ["a"]


def test_revoking_again_changes_nothing(ann: Person) -> None:
    ann.key("a")
    assert ann("keys", "revoke", "a", "--yes").returncode == 0
    again = ann("keys", "revoke", "a", "--yes")
    assert (again.returncode, "was revoked before" in again.stdout) == (0, True)


@pytest.mark.parametrize(
    "words", [("revoke",), ("revoke", "a", "--unused", "1d"), ("rotate",), ("rotate", "a", "--all-older-than", "1d")]
)
def test_keys_are_named_or_chosen_never_both(ann: Person, words: tuple[str, ...]) -> None:
    assert ann("keys", *words).returncode == 2


def test_nothing_to_do_is_no_failure(ann: Person) -> None:
    ann.key("young")
    for words in (("revoke", "--unused", "90d"), ("rotate", "--all-older-than", "90d")):
        done = ann("keys", *words)
        assert (done.returncode, done.stdout) == (0, "")
        assert "nothing was changed" in done.stderr


def test_rotating_all_old_keys_prints_every_new_secret(ann: Person) -> None:
    old = aged(ann, "a", "b")
    young = ann.key("young")
    done = ann("keys", "rotate", "--all-older-than", AGE, "--grace", "24h", "--yes")
    assert done.returncode == 0
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    assert [name for _, _, name in lines] == ["b", "a"]
    assert [preview for _, preview, _ in lines] == [secret[:16] for secret in reversed(old)]
    for secret in (*old, *(secret for secret, _, _ in lines), young):
        assert ann("keys", "verify", "-q", stdin=secret).stdout == "VALID\n"


def test_rotated_secrets_are_added_to_a_file_of_their_own(ann: Person) -> None:
    aged(ann, "a")
    words = ("keys", "rotate", "--all-older-than", AGE, "--grace", "1h", "--yes", "--output-file", "new.jsonl")
    assert ann(*words).returncode == 0
    time.sleep(1.1)
    ann.key("b")
    assert ann(*words).returncode == 0  # the key of the first run is old enough again
    rows = [json.loads(line) for line in (ann.home / "new.jsonl").read_text().splitlines()]
    assert [row["new_key"]["name"] for row in rows] == ["a", "a"]
    assert (ann.home / "new.jsonl").stat().st_mode & 0o777 == 0o600
    assert ann("keys", "verify", "-q", stdin=rows[1]["new_key"]["api_key"]).stdout == "VALID\n"


def test_an_open_file_of_secrets_is_refused_before_anything_is_rotated(ann: Person) -> None:
    aged(ann, "a")
    (ann.home / "new.jsonl").touch(0o644)
    (ann.home / "new.jsonl").chmod(0o644)
    done = ann("keys", "rotate", "--all-older-than", AGE, "--yes", "--output-file", "new.jsonl")
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    assert len(ann.json("keys", "list", "--status", "all")) == 1


def test_an_interrupted_rotation_says_what_was_done_and_the_same_command_goes_on(ann: Person, tmp_path: Path) -> None:
    """If this failed, Ctrl-C would leave keys whose new secret nobody has."""
    names = [f"key {number}" for number in range(60)]
    aged(ann, *names)
    since = ann.json("keys", "list", "--limit", "1")[0]["created_at"]
    words = ["keys", "rotate", "--all-older-than", AGE, "--grace", "24h", "--yes"]
    with subprocess.Popen(
        [*ONEPIN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ann.environment(),
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    printed = [*first, *rest.splitlines(keepends=True)]
    done = re.search(r"Interrupted: (\d+) of 60 rotated", errors)
    assert done
    assert "same command goes on" in errors
    assert len(printed) == int(done[1]) < 60
    made = [key for key in ann.json("keys", "list", "--status", "all") if key["created_at"] > since]
    assert {key["preview"] for key in made} == {line[:16] for line in printed}  # no key without a printed secret
    again = ann(*words)
    assert again.returncode == 0
    remaining = {line.split("  ")[1] for line in again.stdout.splitlines()}
    old = {key["preview"] for key in ann.json("keys", "list", "--status", "all") if key["created_at"] <= since}
    assert old == {line.split("  ")[1] for line in printed} | (remaining & old)


def test_a_failure_in_the_middle_says_how_far_it_came(ann: Person) -> None:
    aged(ann, "a", "b")
    ann.key("young")
    done = ann("keys", "rotate", "--all-older-than", AGE, "--yes", "--output-file", "none/new.jsonl")
    assert done.returncode == 2
    assert len(ann.json("keys", "list")) == 3

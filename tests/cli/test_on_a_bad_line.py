"""What goes wrong on the way: no second key is made, no secret is lost, and what can't be known is said."""

import json
import re
import time
from collections.abc import Iterator
from typing import get_args

import pytest

from cli.people import Person
from client.fault_proxy import Fault, FaultProxy, spoiling

FAULTS = [fault for fault in get_args(Fault) if fault != "delay the answer"]  # a command waits 30 seconds for it


@pytest.fixture
def line(ann: Person) -> Iterator[FaultProxy]:
    with spoiling(ann.server.port) as proxy:
        yield proxy


@pytest.mark.parametrize("fault", FAULTS)
def test_a_create_makes_one_key_and_prints_its_secret(ann: Person, line: FaultProxy, fault: Fault) -> None:
    """If this failed, a bad line would leave live keys that nobody holds."""
    line.begin(fault)
    done = ann("keys", "create", "ci", "-q", ONEPIN_BASE_URL=line.base_url)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"pk_live_\w{38}\n", done.stdout)
    (key,) = ann.json("keys", "list", "--status", "all")
    assert done.stdout.startswith(key["preview"])


def test_a_bad_line_during_a_bulk_rotation_loses_no_secret(ann: Person, line: FaultProxy) -> None:
    """If this failed, a bad line would end keys in use and lose the secrets of their successors."""
    for name in "abcd":
        ann.key(name)
    time.sleep(1.1)
    well: Fault = "repeat the request"  # the second answer arrives
    line.begin("repeat the answer", "lose the answer", well, "cut the answer", "cut the answer", well, "bad gateway")
    words = ("keys", "rotate", "--all-older-than", "1s", "--grace", "1h", "--yes", "--json")
    done = ann(*words, ONEPIN_BASE_URL=line.base_url)
    assert done.returncode == 0, done.stderr
    new = {json.loads(row)["new_key"]["id"]: json.loads(row)["new_key"]["api_key"] for row in done.stdout.splitlines()}
    assert len(new) == 4
    assert len(ann.json("keys", "list", "--status", "all")) == 8
    for secret in new.values():
        assert ann("keys", "verify", "-q", stdin=secret).stdout == "VALID\n"


def test_a_line_that_stays_bad_ends_the_command_and_says_where_to_look(ann: Person, line: FaultProxy) -> None:
    lost: Fault = "lose the request"
    line.begin(*[lost] * 9)
    done = ann("keys", "create", "ci", ONEPIN_BASE_URL=line.base_url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "onepin doctor" in done.stderr
    assert ann.json("keys", "list", "--status", "all") == []


@pytest.mark.parametrize(
    "words", [("create", "ci"), ("rotate", "old", "--yes"), ("rotate", "--all-older-than", "1s", "--yes")]
)
def test_a_secret_whose_answer_was_lost_for_good_can_be_asked_for_again(
    ann: Person, line: FaultProxy, words: tuple[str, ...]
) -> None:
    """If this failed, a line that breaks at the wrong moment would leave a key whose secret nobody has."""
    if words[0] == "rotate":
        ann.key("old")
        time.sleep(1.1)
    before = len(ann.json("keys", "list", "--status", "all"))
    looked_up: list[Fault] = ["repeat the answer"] if words[0] == "rotate" else []
    line.begin(*looked_up, "lose the answer", "lose the answer", "lose the answer")
    lost = ann("keys", *words, ONEPIN_BASE_URL=line.base_url)
    assert (lost.returncode, lost.stdout) == (1, "")
    once = re.search(r"--idempotency-key (\S{16,})", lost.stderr)
    assert once
    named = re.search(r"'onepin (keys rotate [0-9a-f-]{36}.*?)'", lost.stderr)
    again = [*named[1].split(), "--yes"] if named else ["keys", *words]
    found = ann(*again, "-q", "--idempotency-key", once[1])
    assert found.returncode == 0, found.stderr
    assert len(ann.json("keys", "list", "--status", "all")) == before + 1
    assert ann("keys", "verify", "-q", stdin=found.stdout).stdout == "VALID\n"

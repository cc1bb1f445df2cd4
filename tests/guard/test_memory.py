"""``cache_seconds``: off unless asked for; what it holds, for how long, and what it never holds."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest

from guard.conftest import Ask
from guard.stub import Stub
from onepin.contract.codes import Code
from onepin.guard import Guard, Principal, Refused, Unavailable
from onepin.guard.memory import Memory
from onepin.guard.question import ANY_WORKSPACE, Question
from onepin.guard.refusal import no_key, refuse, unavailable
from onepin.server.clock import ManualClock

PRINCIPAL = Principal(uuid4(), uuid4(), None, "a key", frozenset())
SECRET = "pk_live_secret"


def question(secret: str = SECRET, target: str = "/api/v1/auth/check") -> Question:
    return Question(target, (("Authorization", f"Bearer {secret}"),), frozenset(), None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def memory(clock: ManualClock) -> Memory:
    return Memory(10, entries=3, monotonic=clock.monotonic)


def remember(memory: Memory, *secrets: str) -> None:
    for secret in secrets:
        memory.remember(question(secret), PRINCIPAL, memory.now())


def test_without_it_every_request_is_asked_about_and_a_revocation_holds_from_the_next_on(stub: Stub, ask: Ask) -> None:
    """Otherwise a stolen key would go on working after it was revoked."""
    asker, key = ask(), stub.key()
    asker.check(f"Bearer {key.secret}")
    del stub.keys[key.secret]
    with pytest.raises(Refused):
        asker.check(f"Bearer {key.secret}")


def test_with_it_a_caller_is_asked_about_once_and_again_when_the_time_is_over(stub: Stub, ask: Ask) -> None:
    asker, key = ask(cache_seconds=0.3), stub.key()
    for _ in range(5):
        assert asker.check(f"Bearer {key.secret}").key_id == key.key_id
    assert len(stub.asked) == 1
    del stub.keys[key.secret]
    time.sleep(0.35)
    with pytest.raises(Refused):
        asker.check(f"Bearer {key.secret}")


def test_a_refusal_is_remembered_as_long_and_no_longer(stub: Stub, ask: Ask) -> None:
    asker, key = ask(cache_seconds=0.3), stub.key()
    del stub.keys[key.secret]
    for _ in range(3):
        with pytest.raises(Refused):
            asker.check(f"Bearer {key.secret}")
    assert len(stub.asked) == 1
    stub.keys[key.secret] = key
    time.sleep(0.35)
    assert asker.check(f"Bearer {key.secret}").key_id == key.key_id


def test_another_scope_is_another_question(stub: Stub, ask: Ask) -> None:
    """Otherwise a key that may read would be remembered as one that may do anything."""
    asker, key = ask(cache_seconds=60), stub.key("voices:read")
    asker.check(f"Bearer {key.secret}", "voices:read")
    with pytest.raises(Refused):
        asker.check(f"Bearer {key.secret}", "voices:write")
    asker.check(f"Bearer {key.secret}", "voices:read")


def test_a_limit_is_never_remembered(stub: Stub, ask: Ask) -> None:
    """Otherwise a client that waits as long as Retry-After says would be refused all the same."""
    asker, key = ask(cache_seconds=60), stub.key(limited=True)
    with pytest.raises(Refused):
        asker.check(f"Bearer {key.secret}")
    key.limited = False
    assert asker.check(f"Bearer {key.secret}").key_id == key.key_id


def test_a_server_that_is_down_is_never_remembered(stub: Stub, ask: Ask) -> None:
    asker, key = ask(cache_seconds=60), stub.key()
    stub.reply = lambda _: None
    with pytest.raises(Unavailable):
        asker.check(f"Bearer {key.secret}")
    stub.reply = stub.contract
    assert asker.check(f"Bearer {key.secret}").key_id == key.key_id


def test_time_counts_from_the_question(memory: Memory, clock: ManualClock) -> None:
    """Otherwise an answer that was long under way would live longer than the revocation delay that is promised."""
    asked_at = memory.now()
    clock.advance(4)
    memory.remember(question(), PRINCIPAL, asked_at)
    clock.advance(5.9)
    assert memory.recall(question()) == PRINCIPAL
    clock.advance(0.1)
    assert memory.recall(question()) is None
    assert len(memory) == 0


def test_recalling_does_not_prolong(memory: Memory, clock: ManualClock) -> None:
    remember(memory, SECRET)
    for _ in range(9):
        clock.advance(1)
        assert memory.recall(question()) == PRINCIPAL
    clock.advance(1)
    assert memory.recall(question()) is None


def test_it_is_bounded_and_forgets_what_was_used_longest_ago(memory: Memory) -> None:
    """Otherwise whoever sends many keys could fill the application's memory."""
    remember(memory, "a", "b", "c")
    memory.recall(question("a"))
    remember(memory, "d")
    assert [secret for secret in "abcd" if memory.recall(question(secret))] == ["a", "c", "d"]


def test_a_refusal_with_a_large_body_is_not_kept(memory: Memory) -> None:
    memory.remember(question(), replace(no_key(), body=b"x" * 5000), memory.now())
    assert len(memory) == 0


@pytest.mark.parametrize("code", [Code.UNAUTHORIZED, Code.INSUFFICIENT_SCOPE])
def test_refusals_of_the_key_are_kept(memory: Memory, code: Code) -> None:
    refusal = refuse(code)
    memory.remember(question(), refusal, memory.now())
    assert memory.recall(question()) is refusal


def test_refusals_of_the_moment_are_not(memory: Memory) -> None:
    for refusal in (refuse(Code.RATE_LIMITED), unavailable()):
        memory.remember(question(), refusal, memory.now())
    assert len(memory) == 0


def test_it_holds_no_secret(memory: Memory) -> None:
    """Otherwise a dump of the application's memory would show every key that was used lately."""
    remember(memory, SECRET)
    assert SECRET not in repr(vars(memory))


@pytest.mark.parametrize("seconds", [0, -1, 3601, float("inf"), float("nan")])
def test_a_time_out_of_range_stops_the_start(seconds: float) -> None:
    with pytest.raises(ValueError, match="cache_seconds"):
        Guard("http://127.0.0.1", workspace=ANY_WORKSPACE, cache_seconds=seconds)

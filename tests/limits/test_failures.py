"""Failed authentications per client address: what may turn a 401 into a 429."""

import tracemalloc
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onepin.server.clock import ManualClock
from onepin.server.limits.failures import ADDRESSES, PER_MINUTE, FailureLimiter, bucket_of

ADDRESS = "203.0.113.7"


def may_fail(limiter: FailureLimiter, address: str = ADDRESS) -> bool:
    allowance = limiter.note_failure(address)
    assert allowance is not None
    assert 0 <= allowance.remaining < allowance.limit
    assert allowance.admitted is (allowance.retry_after == 0)
    assert 0 < allowance.reset_after <= 60 + 1e-6
    return allowance.admitted


def test_an_address_may_fail_so_often_at_once_and_then_has_to_wait() -> None:
    clock = ManualClock()
    limiter = FailureLimiter(clock.monotonic)
    assert [may_fail(limiter) for _ in range(PER_MINUTE + 50)] == [True] * PER_MINUTE + [False] * 50
    refusal = limiter.note_failure(ADDRESS)
    assert refusal is not None
    assert 0 < refusal.retry_after <= 60 / PER_MINUTE
    clock.advance(refusal.retry_after)
    assert [may_fail(limiter) for _ in range(3)] == [True, False, False]
    clock.advance(60)
    assert sum(may_fail(limiter) for _ in range(PER_MINUTE + 50)) == PER_MINUTE


@pytest.mark.parametrize("per_minute", [1, 7, 60, 100, 1000])
def test_what_remains_is_what_can_still_fail(per_minute: int) -> None:
    clock = ManualClock()
    limiter = FailureLimiter(clock.monotonic, per_minute=per_minute)
    found = []
    for _ in range(per_minute):
        allowance = limiter.note_failure(ADDRESS)
        assert allowance is not None
        assert allowance.admitted
        found.append(allowance.remaining)
    assert found == list(reversed(range(per_minute)))
    assert not may_fail(limiter)


@given(st.lists(st.floats(0, 40), max_size=120), st.integers(1, 9))
def test_in_the_long_run_no_more_fail_than_the_limit_says(gaps: list[float], per_minute: int) -> None:
    clock = ManualClock()
    limiter = FailureLimiter(clock.monotonic, per_minute=per_minute)
    failed = 0
    for gap in gaps:
        clock.advance(gap)
        failed += may_fail(limiter)
        assert failed <= per_minute * (1 + (clock.monotonic() - 1000) / 60) + 0.001


def test_an_address_that_fails_seldom_is_never_held_up() -> None:
    clock = ManualClock()
    limiter = FailureLimiter(clock.monotonic, per_minute=10)
    for _ in range(1000):
        clock.advance(6)
        assert may_fail(limiter)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "", "nobody", "unix:", "1.2.3"]
)
def test_loopback_and_what_is_no_address_are_not_counted(address: str) -> None:
    limiter = FailureLimiter(ManualClock().monotonic, per_minute=1)
    assert [limiter.note_failure(address) for _ in range(5)] == [None] * 5
    assert len(limiter) == 0


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_ipv6_is_counted_by_network_and_ipv4_by_address(one: str, other: str, together: bool) -> None:
    """Otherwise anybody with one IPv6 subscription would have 2^64 addresses to fail from."""
    limiter = FailureLimiter(ManualClock().monotonic, per_minute=1)
    assert may_fail(limiter, one)
    assert may_fail(limiter, other) is not together


@given(st.ip_addresses())
def test_every_address_has_a_bucket_of_its_own_kind(address: IPv4Address | IPv6Address) -> None:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    found = bucket_of(str(address))
    if (mapped or address).is_loopback:
        assert found is None
    else:
        assert found == (mapped or address).packed[:8]


def test_any_number_of_addresses_takes_some_megabytes_and_the_loudest_is_not_forgotten() -> None:
    """Otherwise whoever has many addresses could fill the memory, or hide one address among the others."""
    limiter = FailureLimiter(ManualClock().monotonic, per_minute=2)
    tracemalloc.start()
    try:
        for number in range(100_000):
            limiter.note_failure(f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * 2**20
    loud = [may_fail(limiter, "198.51.100.1") for _ in range(3)]
    for number in range(150_000):
        limiter.note_failure(f"12.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        if number % 1000 == 0:
            loud.append(may_fail(limiter, "198.51.100.1"))
    assert len(limiter) == ADDRESSES
    assert loud == [True, True] + [False] * 151


def test_addresses_that_no_longer_fail_are_forgotten() -> None:
    clock = ManualClock()
    limiter = FailureLimiter(clock.monotonic)
    limiter.note_failure("198.51.100.1")
    clock.advance(30)
    limiter.note_failure("198.51.100.2")
    limiter.sweep()
    assert len(limiter) == 1
    clock.advance(60)
    limiter.sweep()
    assert len(limiter) == 0


def test_forgetting_beyond_the_bound_lets_the_quietest_go() -> None:
    clock = ManualClock()
    limiter = FailureLimiter(clock.monotonic, per_minute=1, addresses=2)
    for address in ("198.51.100.1", "198.51.100.2", "198.51.100.1", "198.51.100.3"):
        limiter.note_failure(address)
    assert not may_fail(limiter, "198.51.100.1")
    assert may_fail(limiter, "198.51.100.2")

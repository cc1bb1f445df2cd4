"""Which address a request is counted for."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onepin.server.limits.address import HOPS, client_address

CLIENT, PROXY, FRONT = "203.0.113.7", "10.0.0.1", "192.0.2.1"
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("192.0.2.1"), ip_network("2001:db8:aaaa::/48"))


def test_without_trusted_proxies_the_header_is_not_even_read() -> None:
    """Otherwise everybody could choose the address they are counted for."""
    assert client_address(PROXY, [CLIENT], ()) == PROXY


def test_a_stranger_is_taken_for_who_they_are_whatever_they_say() -> None:
    assert client_address(CLIENT, ["198.51.100.9", "10.0.0.2"], TRUSTED) == CLIENT


@pytest.mark.parametrize(
    ("forwarded_for", "found"),
    [
        ([CLIENT], CLIENT),
        ([f"198.51.100.9, {CLIENT}"], CLIENT),  # what the client wrote itself stands further left
        (["198.51.100.9", CLIENT], CLIENT),  # in a line of its own, too
        ([CLIENT, PROXY], CLIENT),
        ([f"198.51.100.9, {CLIENT}, {FRONT}, 10.2.3.4"], CLIENT),
        ([f"10.9.9.9, {CLIENT}"], CLIENT),  # an invented proxy
        ([f" {CLIENT}\t,,", ""], CLIENT),  # empty elements
        ([f"{CLIENT}:65535"], CLIENT),
        (["2001:DB8::7"], "2001:db8::7"),
        (["[2001:db8::7]"], "2001:db8::7"),
        (["[2001:db8::7]:51234"], "2001:db8::7"),
        (["2001:db8::7, 2001:db8:aaaa::1"], "2001:db8::7"),
        ([f"::ffff:{CLIENT}"], CLIENT),
        ([f"[::FFFF:{CLIENT}]:80, ::ffff:10.0.0.2"], CLIENT),
        (["fe80::1%eth0"], "fe80::1"),
        ([], PROXY),
        ([""], PROXY),
        (["10.0.0.2"], "10.0.0.2"),  # nobody but proxies: the one that is farthest away
    ],
)
def test_the_nearest_machine_that_is_no_proxy_is_the_client(forwarded_for: list[str], found: str) -> None:
    """Otherwise a client could dodge the limit, or spend somebody else's, by an entry of its own."""
    assert client_address(PROXY, forwarded_for, TRUSTED) == found


@pytest.mark.parametrize(
    "garbage",
    [
        "unknown", "_hidden", "localhost", "203.0.113", "203.0.113.7.1", "203.0.113.07", "0xcb007107", "3405803783",
        "203.0.113.7:", "203.0.113.7:x", "203.0.113.7:x80", "203.0.113.7:65536", "203.0.113.7:000080", "203.0.113.7;",
        "[203.0.113.7", "[2001:db8::7", "[2001:db8::7]x", "[2001:db8::7]x80", "[2001:db8::7]:", "2001:db8::7]", "[]",
        ":", ":80", "%", "\0", '"203.0.113.7"', "２０３.0.113.7", "203.0.113.7:８０", "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_address_ends_the_way_back_at_the_proxy_that_passed_it_on(garbage: str) -> None:
    assert client_address(PROXY, [f"198.51.100.9, {garbage}"], TRUSTED) == PROXY
    assert client_address(PROXY, [f"198.51.100.9, {garbage}, 10.0.0.2"], TRUSTED) == "10.0.0.2"


@pytest.mark.parametrize(
    ("peer", "shown"),
    [
        (f"::ffff:{CLIENT}", CLIENT),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_peer_is_shown_in_its_usual_form(peer: str, shown: str) -> None:
    assert client_address(peer, [CLIENT], TRUSTED) == shown


def test_a_peer_mapped_into_ipv6_is_the_proxy_that_it_is() -> None:
    assert client_address("::ffff:10.0.0.1", [CLIENT], TRUSTED) == CLIENT


@given(st.lists(st.text(st.characters(max_codepoint=255)), max_size=5))
def test_nothing_that_stands_further_left_changes_the_answer(written: list[str]) -> None:
    """Otherwise a spoofed entry would choose the bucket (as in better-auth before 1.6.21)."""
    assert client_address(PROXY, [*written, f"{CLIENT}, {FRONT}"], TRUSTED) == CLIENT


@given(st.lists(st.text(st.sampled_from("0123456789abf.:[]%, x")), max_size=6))
def test_any_text_gives_an_address(written: list[str]) -> None:
    found = client_address(PROXY, written, TRUSTED)
    assert ip_network(found).num_addresses == 1


def test_a_header_of_thousands_of_proxies_is_not_followed_to_its_end() -> None:
    chain = ", ".join(["198.51.100.9"] + ["10.0.0.2"] * 2000)
    assert client_address(PROXY, [chain], TRUSTED) == "10.0.0.2"
    chain = ", ".join([CLIENT] + ["10.0.0.2"] * (HOPS - 1))
    assert client_address(PROXY, [chain], TRUSTED) == CLIENT

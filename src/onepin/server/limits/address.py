"""Whose request it is, as far as an address can say. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

HOPS = 32
"""How many entries of ``X-Forwarded-For`` are looked at, from the right: a header can hold thousands."""


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """The address of the nearest machine that is no proxy of ours.

    Every proxy appends the address it was called from, and what stands further left was written by that caller, who may
    write anything. So the way back goes from the right, and only through proxies that are trusted; an entry that is no
    address ends it at the proxy that passed it on.

    Args:
        peer: Who opened the connection, as the server says it.
        forwarded_for: The values of all ``X-Forwarded-For`` lines, in the order in which they came.
        trusted: The proxies whose entries are believed.

    Returns:
        An IPv4 or IPv6 address in its usual form, an IPv4 address mapped into IPv6 as the former; ``peer`` as it is if
        that is no address.
    """
    hop = _address(peer)
    if hop is None:
        return peer
    entries = ",".join(forwarded_for).rsplit(",", HOPS)[-HOPS:] if trusted and forwarded_for else []
    while entries and any(hop in network for network in trusted):
        entry = entries.pop().strip(" \t")
        if entry:  # a list may have empty elements (RFC 9110 §5.6.1.2)
            before = _address(_without_port(entry))
            if before is None:
                break
            hop = before
    return str(hop)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])  # without the zone of a link-local address (RFC 4007 §11)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _without_port(entry: str) -> str:
    """``192.0.2.1:443``, ``[2001:db8::1]:443`` and ``[2001:db8::1]`` occur, though nothing defines the header."""
    if entry.startswith("["):
        host, closed, port = entry[1:].partition("]")
        return host if closed and (not port or _is_port(port)) else ""
    host, _, port = entry.partition(":")
    return host if _is_port(f":{port}") and "." in host else entry


def _is_port(text: str) -> bool:
    return text[0] == ":" and text[1:].isascii() and text[1:].isdigit() and int(text[1:6]) <= 65535 and len(text) <= 6

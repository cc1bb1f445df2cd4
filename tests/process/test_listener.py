import errno
import os
import socket

import pytest

from onepin.server.listener import CannotListen, bind, explain


def test_port_zero_takes_a_free_one() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_name_is_resolved() -> None:
    with bind("localhost", 0) as listener:
        assert listener.getsockname()[0] in ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("host", "reason"),
    [("no-such-host.invalid", "No address is known"), ("192.0.2.1", "not an address of this machine")],
)
def test_an_address_of_somebody_else_is_explained(host: str, reason: str) -> None:
    with pytest.raises(CannotListen, match=reason):
        bind(host, 0)


def test_a_listener_that_shares_its_port_is_not_joined() -> None:
    """Otherwise a second server could quietly take over half of the first one's requests."""
    with socket.socket() as sharing:
        sharing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sharing.bind(("127.0.0.1", 0))
        sharing.listen()
        port = sharing.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {port} on 127.0.0.1 is taken by .*process"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EACCES, "--port 8000"), (errno.EADDRNOTAVAIL, "--host 127.0.0.1"), (errno.ENOBUFS, "No buffer space")],
)
def test_other_reasons_are_explained_as_well(number: int, reason: str) -> None:
    assert reason in explain(OSError(number, os.strerror(number)), "127.0.0.1", 80)


def test_a_port_without_free_neighbours_is_explained_without_an_offer() -> None:
    assert explain(OSError(errno.EADDRINUSE, "x"), "127.0.0.1", 65535).endswith("take another port with --port")

"""Browsers that stay signed in: a secret that stands for a person until it expires or is dropped."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from onepin.server.clock import ManualClock
from onepin.server.identity.tickets import Tickets

NOW = ManualClock().now()


@pytest.fixture
def tickets(tmp_path: Path) -> Tickets:
    return Tickets(tmp_path / "browsers", 3600)


def test_a_ticket_stands_for_its_user_until_it_expires(tickets: Tickets) -> None:
    """Were it to live on, a browser once used would be signed in for ever."""
    secret = tickets.issue("ada@example.com", NOW)
    other = tickets.issue("bob", NOW + timedelta(seconds=1))
    for _ in range(2):
        assert tickets.holder(secret, NOW + timedelta(seconds=3599)) == "ada@example.com"
    assert tickets.holder(secret, NOW + timedelta(seconds=3600)) is None
    assert tickets.holder(other, NOW + timedelta(seconds=3600)) == "bob"


def test_a_dropped_ticket_is_gone_and_others_are_not(tickets: Tickets) -> None:
    """Were it not, signing out would leave the door open."""
    secret, other = tickets.issue("ada", NOW), tickets.issue("ada", NOW)
    for _ in range(2):
        tickets.drop(secret)
    assert tickets.holder(secret, NOW) is None
    assert tickets.holder(other, NOW) == "ada"


def test_only_its_digest_lies_on_disk_for_the_owner_alone(tickets: Tickets, tmp_path: Path) -> None:
    """Were the secret kept, a backup of the folder would sign its reader in."""
    secret = tickets.issue("ada", NOW)
    [path] = (tmp_path / "browsers").iterdir()
    assert secret not in path.name + path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "x" * 42, "../" * 14 + "a", "\0" * 43, "é" * 43, "A" * 43])
def test_any_other_text_is_nobodys(tickets: Tickets, text: str) -> None:
    """Were it used as a path, a cookie could name a file; were it to raise, a stranger could cause errors 500."""
    assert tickets.holder(text, NOW) is None
    tickets.issue("ada", NOW)
    tickets.drop(text)
    assert tickets.holder(text, NOW) is None


def test_a_folder_open_to_others_is_refused(tickets: Tickets, tmp_path: Path) -> None:
    """Were it used, any user of the machine could lay a ticket there and be anyone."""
    secret = tickets.issue("ada", NOW)
    (tmp_path / "browsers").chmod(0o755)
    with pytest.raises(ValueError, match="chmod 700"):
        tickets.holder(secret, NOW)
    with pytest.raises(ValueError, match="chmod 700"):
        tickets.drop(secret)
    with pytest.raises(ValueError, match="chmod 700"):
        tickets.issue("ada", NOW)

"""One-time sign-in links: good once, for ten minutes, for the one who holds the code."""

import stat
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from issuer import rows, rsa_key
from onepin.server.clock import ManualClock
from onepin.server.identity.local import SIGN_IN_FOLDER, LocalIssuer

NOW = ManualClock().now()


@pytest.fixture
def issuer(tmp_path: Path) -> LocalIssuer:
    return LocalIssuer(rsa_key("first"), "http://127.0.0.1:8000", tmp_path)


def test_a_code_signs_its_user_in_exactly_once(issuer: LocalIssuer) -> None:
    """Were it good twice, a link left in a history or a log would sign a stranger in."""
    code = issuer.new_sign_in_code(user="ada@example.com", now=NOW)
    other = issuer.new_sign_in_code(user="bob", now=NOW)
    assert issuer.redeem_sign_in_code(code, NOW) == "ada@example.com"
    assert issuer.redeem_sign_in_code(code, NOW) is None
    assert issuer.redeem_sign_in_code(other, NOW) == "bob"


def test_of_many_at_once_one_is_signed_in(issuer: LocalIssuer) -> None:
    """Were reading and removing two steps, two could be signed in with one link."""
    together = threading.Barrier(8)

    def redeem(code: str) -> str | None:
        together.wait()
        return issuer.redeem_sign_in_code(code, NOW)

    earlier = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(50):
                code = issuer.new_sign_in_code(user="ada", now=NOW)
                assert sorted(pool.map(redeem, [code] * 8), key=str) == [None] * 7 + ["ada"]
    finally:
        sys.setswitchinterval(earlier)


_BEFORE_REMOVAL: list[Callable[[], object]] = []


def _intrude(event: str, _: tuple[object, ...]) -> None:
    if event == "os.remove" and _BEFORE_REMOVAL:
        _BEFORE_REMOVAL.pop()()


def test_who_comes_between_reading_and_removal_takes_it_all(issuer: LocalIssuer) -> None:
    """Were both let in, a link would be good for two who are fast enough."""
    code = issuer.new_sign_in_code(user="ada", now=NOW)
    intruder: list[str | None] = []
    sys.addaudithook(_intrude)  # runs just before a file is removed
    _BEFORE_REMOVAL.append(lambda: intruder.append(issuer.redeem_sign_in_code(code, NOW)))
    assert issuer.redeem_sign_in_code(code, NOW) is None
    assert intruder == ["ada"]


def test_a_code_lives_ten_minutes(issuer: LocalIssuer) -> None:
    """Were it to live on, an old link would be as good as a password."""
    early, late = (issuer.new_sign_in_code(user="ada", now=NOW) for _ in range(2))
    assert issuer.redeem_sign_in_code(early, NOW + timedelta(seconds=599)) == "ada"
    assert issuer.redeem_sign_in_code(late, NOW + timedelta(seconds=600)) is None
    assert issuer.redeem_sign_in_code(late, NOW) is None


def test_expired_links_are_swept(issuer: LocalIssuer, tmp_path: Path) -> None:
    folder = tmp_path / SIGN_IN_FOLDER
    for _ in range(3):
        issuer.new_sign_in_code(user="ada", now=NOW)
    (folder / ("0" * 64)).write_text("broken")
    (folder / "README").write_text("not ours")
    kept = issuer.new_sign_in_code(user="bob", now=NOW + timedelta(minutes=11))
    assert len(list(folder.iterdir())) == 2
    assert issuer.redeem_sign_in_code(kept, NOW + timedelta(minutes=12)) == "bob"
    assert [path.name for path in folder.iterdir()] == ["README"]


def test_only_the_digest_lies_on_disk_for_the_owner_alone(issuer: LocalIssuer, tmp_path: Path) -> None:
    """Were the code itself kept, a backup of the folder would sign its reader in."""
    code = issuer.new_sign_in_code(user="ada", now=NOW)
    folder = tmp_path / SIGN_IN_FOLDER
    [link] = folder.iterdir()
    assert code not in link.name + link.read_text()
    assert len(code) == 43
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(link.stat().st_mode) == 0o600


def test_a_folder_open_to_others_is_refused_with_the_command_that_mends_it(issuer: LocalIssuer, tmp_path: Path) -> None:
    """Were it used, any user of the machine could lay a link there and sign in as anyone."""
    code = issuer.new_sign_in_code(user="ada", now=NOW)
    folder = tmp_path / SIGN_IN_FOLDER
    folder.chmod(0o770)
    with pytest.raises(ValueError, match="chmod 700"):
        issuer.redeem_sign_in_code(code, NOW)
    with pytest.raises(ValueError, match="chmod 700"):
        issuer.new_sign_in_code(user="ada", now=NOW)
    folder.chmod(0o700)
    assert issuer.redeem_sign_in_code(code, NOW) == "ada"


@rows(
    empty="",
    short="a" * 42,
    long="a" * 44,
    path="../" * 14 + "a",
    absolute="/etc/passwd".ljust(43, "x"),
    nul="\0" * 43,
    beyond_ascii="\u00e9" * 43,
    surrogate="\ud800" * 43,
    newline="a" * 43 + "\n",
    unknown="A" * 43,
)
def test_any_other_text_is_no_code(issuer: LocalIssuer, case: str) -> None:
    """Were it used as a path, it could name a file; were it to raise, a stranger could cause errors 500."""
    assert issuer.redeem_sign_in_code(case, NOW) is None
    issuer.new_sign_in_code(user="ada", now=NOW)
    assert issuer.redeem_sign_in_code(case, NOW) is None


def test_a_code_for_nobody_is_not_made(issuer: LocalIssuer) -> None:
    with pytest.raises(ValueError, match="name or an e-mail address"):
        issuer.new_sign_in_code(user=" ", now=NOW)

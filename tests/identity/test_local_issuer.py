"""The embedded issuer: its key file, and tokens that pass the same verifier as Clerk's."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from issuer import PARTY, PretendIssuer, rows, rsa_key, static_keys
from onepin.server.clock import ManualClock
from onepin.server.errors import Refused
from onepin.server.identity.jose import decode_base64url
from onepin.server.identity.jwks import StaticKeys
from onepin.server.identity.local import KEY_FILE, LocalIssuer
from onepin.server.identity.session import Issuer, SessionVerifier

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer.load_or_create(tmp_path_factory.mktemp("data"), URL)


def verifier_for(issuer: LocalIssuer, clock: ManualClock) -> SessionVerifier:
    keys = StaticKeys.from_jwks(issuer.jwks())
    return SessionVerifier([Issuer(issuer.url, keys, frozenset({PARTY}))], clock)


async def test_a_token_for_an_address_verifies_and_names_it(issuer: LocalIssuer) -> None:
    clock = ManualClock()
    token, expires = issuer.mint(user=" Ada@Example.com ", ttl_seconds=3600, now=clock.now(), azp=PARTY)
    claims = await verifier_for(issuer, clock).verify(token)
    assert (claims.email, claims.email_verified, claims.first_name) == ("ada@example.com", True, None)
    assert expires == claims.expires_at == clock.now() + timedelta(hours=1)
    assert claims.issuer == URL
    assert re.fullmatch(r"user_[0-9A-Za-z]{27}", claims.subject)
    assert re.fullmatch(r"sess_[0-9A-Za-z]{27}", claims.session_id)


async def test_a_token_for_a_name_verifies_and_names_it(issuer: LocalIssuer) -> None:
    clock = ManualClock()
    token, _ = issuer.mint(user="Ada Lovelace", ttl_seconds=1, now=clock.now(), azp=PARTY)
    claims = await verifier_for(issuer, clock).verify(token)
    assert (claims.email, claims.email_verified, claims.first_name) == (None, False, "Ada Lovelace")
    clock.advance(7)
    with pytest.raises(Refused):
        await verifier_for(issuer, clock).verify(token)


def test_the_token_has_exactly_the_shape_of_a_clerk_session(issuer: LocalIssuer) -> None:
    clock = ManualClock()
    token, _ = issuer.mint(user="ada", ttl_seconds=60, now=clock.now(), azp=PARTY)
    header, claims = (json.loads(decode_base64url(part)) for part in token.split(".")[:2])
    clerk = PretendIssuer()
    assert set(header) == set(clerk.header()) - {"oiat"}
    assert (header["alg"], header["typ"], header["cat"]) == ("RS256", "JWT", clerk.header()["cat"])
    assert re.fullmatch(r"ins_[0-9A-Za-z]{27}", header["kid"])
    organisation = {"o", "fea", "pla"}
    assert set(claims) == set(clerk.claims(clock.now())) - organisation | {"first_name"}
    assert {name: type(value) for name, value in claims.items() if name != "first_name"} == {
        name: type(value) for name, value in clerk.claims(clock.now()).items() if name not in organisation
    }
    assert (claims["exp"] - claims["iat"], claims["iat"] - claims["nbf"]) == (60, 10)


def _subject(issuer: LocalIssuer, user: str) -> str:
    token, _ = issuer.mint(user=user, ttl_seconds=60, now=ManualClock().now(), azp=PARTY)
    return str(json.loads(decode_base64url(token.split(".")[1]))["sub"])


def test_one_person_has_one_id_however_spelled_and_whatever_key(issuer: LocalIssuer, tmp_path: Path) -> None:
    """Were the id to change with the key or a capital, people would lose their workspaces."""
    other = LocalIssuer.load_or_create(tmp_path, URL)
    assert other.jwks() != issuer.jwks()
    assert len({_subject(i, user) for i in (issuer, other) for user in ("ada@x.org", " ADA@x.ORG")}) == 1
    assert len({_subject(issuer, user) for user in ("Lov\u00e9lace", "love\u0301lace ", "LOV\u00c9LACE")}) == 1
    assert len({_subject(issuer, user) for user in ("ada", "adb", "ada@x.org", "ada@y.org")}) == 4


@rows(empty="", blank="  ", newline="a\nb", nul="a\0b", bidi="a\u202eb", long="x" * 121, surrogate="a\ud800", at="@")
def test_a_user_that_is_neither_name_nor_address_is_refused(issuer: LocalIssuer, case: str) -> None:
    with pytest.raises(ValueError, match=r"user|e-mail"):
        issuer.mint(user=case, ttl_seconds=60, now=ManualClock().now(), azp=PARTY)


@rows(zero=0, negative=-1, an_hour_and_a_second=3601, true=True)
def test_a_token_lives_an_hour_at_most(issuer: LocalIssuer, case: int) -> None:
    """Were it longer, a token pasted somewhere would be good for whoever finds it later."""
    with pytest.raises(ValueError, match="1 to 3600 seconds"):
        issuer.mint(user="ada", ttl_seconds=case, now=ManualClock().now(), azp=PARTY)


def test_the_published_set_holds_nothing_private(issuer: LocalIssuer) -> None:
    """Were it to, everyone could sign in as anyone."""
    assert [set(key) for key in issuer.jwks()["keys"]] == [{"use", "kty", "kid", "alg", "n", "e"}]


async def test_a_local_issuer_can_stand_beside_clerk(issuer: LocalIssuer) -> None:
    """Were their keys mixed, a leaked local key could sign in as Clerk's users."""
    clock, clerk = ManualClock(), PretendIssuer()
    both = SessionVerifier(
        [
            Issuer(issuer.url, StaticKeys.from_jwks(issuer.jwks()), frozenset({PARTY})),
            Issuer(clerk.url, static_keys(clerk), frozenset({PARTY})),
        ],
        clock,
    )
    local, _ = issuer.mint(user="ada", ttl_seconds=60, now=clock.now(), azp=PARTY)
    assert (await both.verify(local)).issuer == URL
    assert (await both.verify(clerk.token(now=clock.now()))).issuer == clerk.url
    with pytest.raises(Refused):
        await both.verify(clerk.token(now=clock.now(), claims={"iss": URL}))


def test_the_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    """Were the file open, any user of the machine could sign in as anyone."""
    folder = tmp_path / "new" / "data"
    earlier = os.umask(0)
    try:
        first = LocalIssuer.load_or_create(folder, URL)
    finally:
        os.umask(earlier)
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert LocalIssuer.load_or_create(folder, URL).jwks() == first.jwks()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_open_to_others_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    """Were it used, a backup or another user could hold a copy of what signs everyone in."""
    folder = tmp_path / "my data"
    LocalIssuer.load_or_create(folder, URL)
    path = folder / KEY_FILE
    path.chmod(mode)
    with pytest.raises(ValueError, match="chmod 600") as caught:
        LocalIssuer.load_or_create(folder, URL)
    assert f"chmod 600 '{path}'" in str(caught.value)
    path.chmod(0o600)
    assert LocalIssuer.load_or_create(folder, URL)


@rows(empty=b"", garbage=b"not a key", cut=b"-----BEGIN PRIVATE KEY-----\nMII", public=None, small=1024)
def test_a_file_without_a_fit_key_is_refused_and_kept(tmp_path: Path, case: bytes | int | None) -> None:
    if case is None:
        public = rsa_key("first").public_key()
        content = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    elif isinstance(case, int):
        content = rsa_key("small", case).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    else:
        content = case
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ValueError, match="does not hold an RSA private key"):
        LocalIssuer.load_or_create(tmp_path, URL)
    assert path.read_bytes() == content


_RACER = """
import pathlib, sys
from onepin.server.identity.local import LocalIssuer
print("ready", flush=True)
sys.stdin.readline()
print(LocalIssuer.load_or_create(pathlib.Path(sys.argv[1]), "http://127.0.0.1").jwks()["keys"][0]["n"])
"""


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    """Were each to keep its own, tokens of one process would be refused by the other."""
    folder = tmp_path / "data"
    command = [sys.executable, "-c", _RACER, str(folder)]
    racers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    keys = {racer.communicate(timeout=30)[0] for racer in racers}
    assert len(keys) == 1
    assert all(keys)
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]

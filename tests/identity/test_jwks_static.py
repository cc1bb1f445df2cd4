"""Keys that need no network: T29, the PEM that an operator pastes, and JWK sets of our own."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from issuer import PretendIssuer, jwk, refusal, rows, rsa_key, verifier_of
from onepin.server.clock import ManualClock
from onepin.server.identity.jwks import StaticKeys

ISSUER = PretendIssuer()


def _public(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return str(key.public_key().public_bytes(Encoding.PEM, form).decode())


def _private(form: PrivateFormat) -> str:
    return ISSUER.key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


PEM = _public(ISSUER.key)


@rows(
    T29_as_copied=lambda pem: pem,
    T29_crlf=lambda pem: pem.replace("\n", "\r\n"),
    T29_old_mac=lambda pem: pem.replace("\n", "\r"),
    T29_no_newlines=lambda pem: pem.replace("\n", ""),
    T29_spaces=lambda pem: pem.replace("\n", " "),
    T29_escaped_newlines=lambda pem: pem.replace("\n", "\\n"),
    T29_escaped_crlf=lambda pem: pem.replace("\n", "\\r\\n"),
    T29_indented=lambda pem: pem.replace("\n", "\n    "),
    T29_surrounded=lambda pem: f"\n  {pem}\n\n",
    T29_quoted=lambda pem: f'"{pem}"',
    T29_no_last_newline=lambda pem: pem.rstrip(),
    T29_blank_lines=lambda pem: pem.replace("\n", "\n\n"),
    T29_pkcs1=lambda _: _public(ISSUER.key, PublicFormat.PKCS1),
)
async def test_a_pem_mangled_by_its_journey_still_works(case: Callable[[str], str]) -> None:
    clock = ManualClock()
    keys = StaticKeys.from_pem(case(PEM))
    assert keys.ready
    verifier = verifier_of(ISSUER, clock, keys)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    assert await verifier.verify(ISSUER.token(now=clock.now(), header={"kid": "ins_any"}))
    await refusal(verifier, ISSUER.token(now=clock.now(), key=rsa_key("evil")))
    await refusal(verifier, ISSUER.token(now=clock.now(), drop_header=["kid"]))


@rows(
    T29_pkcs8=(lambda: _private(PrivateFormat.PKCS8), "private key"),
    T29_pkcs1_private=(lambda: _private(PrivateFormat.TraditionalOpenSSL), "private key"),
    T29_both=(lambda: PEM + _private(PrivateFormat.PKCS8), "private key"),
    T29_encrypted=(
        lambda: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----",
        "private",
    ),
    T29_private_one_line=(lambda: _private(PrivateFormat.PKCS8).replace("\n", ""), "private key"),
    T29_elliptic=(lambda: _public(ec.generate_private_key(ec.SECP256R1())), "another kind of key"),
    T29_ed25519=(lambda: _public(ed25519.Ed25519PrivateKey.generate()), "another kind of key"),
    T29_small=(lambda: _public(rsa_key("small", 1024)), "2048 to 4096 bits"),
    T29_e_3=(lambda: _public(rsa.generate_private_key(3, 2048)), "exponent 65537"),
    T29_certificate=(lambda: PEM.replace("PUBLIC KEY", "CERTIFICATE"), "this is a 'CERTIFICATE'"),
    T29_two=(lambda: PEM + PEM, "one PEM block"),
    T29_empty=(lambda: "", "one PEM block"),
    T29_garbage=(lambda: "sk_live_SECRETSECRET", "one PEM block"),
    T29_no_end=(lambda: PEM[:200], "one PEM block"),
    T29_cut=(lambda: PEM[:200] + PEM[260:], "readable public key"),
    T29_not_base64=(lambda: PEM.replace("MII", "!!!"), "readable public key"),
    T29_empty_block=(lambda: "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "readable public key"),
    T29_letters_beyond_ascii=(lambda: PEM.replace("MII", "M\u00cf\ud800"), "readable public key"),
)
def test_anything_else_stops_the_start_and_says_why(case: tuple[Callable[[], str], str]) -> None:
    """Were a wrong key taken, sign-in would fail for everyone, later; were a private one kept, it would leak."""
    make, why = case
    text = make()
    with pytest.raises(ValueError, match=why) as caught:
        StaticKeys.from_pem(text)
    body = "".join(text.split())[40:60]
    assert not body or body not in f"{caught.value}{caught.value.__cause__!r}"


async def test_a_jwk_set_answers_for_its_key_ids_only() -> None:
    keys = StaticKeys.from_jwks({"keys": [jwk("ins_a", rsa_key("first")), jwk("ins_b", rsa_key("rotated"))]})
    a, b = await keys.key_for("ins_a"), await keys.key_for("ins_b")
    assert a is not None
    assert b is not None
    assert a.public_numbers() != b.public_numbers()
    assert await keys.key_for("ins_c") is None
    assert await keys.key_for("ins_a") is a
    await keys.start()
    await keys.close()


@rows(
    empty=[],
    not_objects=["x"],
    private=[jwk("ins_a", ISSUER.key, d="AQ")],
    twice=[jwk("ins_a", ISSUER.key), jwk("ins_a", ISSUER.key)],
    small=[jwk("ins_a", rsa_key("small", 1024))],
    no_modulus=[jwk("ins_a", ISSUER.key, n=None)],
    padded_modulus=[jwk("ins_a", ISSUER.key, n=jwk("", ISSUER.key)["n"] + "==")],
    huge_modulus=[jwk("ins_a", ISSUER.key, n="z" * 100_000)],
    even_modulus=[jwk("ins_a", ISSUER.key, n="_" * 340 + "-A")],
    kid_with_space=[jwk("ins a", ISSUER.key)],
    kid_number=[jwk("x", ISSUER.key) | {"kid": 1}],
    elliptic=[jwk("ins_a", ISSUER.key, kty="EC")],
    use_list=[jwk("ins_a", ISSUER.key, use=["sig"])],
    one_bad=[jwk("ins_a", ISSUER.key), jwk("ins_b", ISSUER.key, e="Aw")],
)
def test_a_jwk_set_of_our_own_must_be_good_throughout(case: list[Any]) -> None:
    """Were a bad key skipped here, a broken local issuer would start and then refuse everyone."""
    with pytest.raises(ValueError, match=r"."):
        StaticKeys.from_jwks({"keys": case})

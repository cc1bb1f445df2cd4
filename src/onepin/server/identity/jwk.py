"""RSA public keys, from and to the forms in which they travel: JWK, JWK set, PEM. Sources: RFC 7517, RFC 7518 §6.3."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from onepin.server.identity.jose import ALGORITHM, BadToken, decode_base64url, encode_base64url, is_kid, strict_object

KEYS_MAX = 16
_EXPONENT = 65537
_MODULUS_BITS = range(2048, 4097)
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_PEM_LABELS = frozenset({"PUBLIC KEY", "RSA PUBLIC KEY"})


def key_from_jwk(entry: object) -> tuple[str, RSAPublicKey]:
    """The key id and the key of one JWK.

    Raises:
        ValueError: it is not a public RS256 signing key of 2048 to 4096 bits with exponent 65537 and a key id.
    """
    if not isinstance(entry, Mapping):
        raise ValueError("a JWK is an object")
    kid = entry.get("kid")
    if not isinstance(kid, str) or not is_kid(kid):
        raise ValueError("a JWK needs a kid of 1 to 128 printable characters")
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", ALGORITHM) != ALGORITHM:
        raise ValueError("only RSA keys for RS256 signatures are taken")
    if not _PRIVATE_MEMBERS.isdisjoint(entry):
        raise ValueError("the JWK holds private members")
    key = RSAPublicNumbers(e=_unsigned(entry.get("e")), n=_unsigned(entry.get("n"))).public_key()
    _check_strength(key)
    return kid, key


def keys_from_jwks(document: bytes) -> dict[str, RSAPublicKey]:
    """The usable keys of a fetched JWK set, by key id.

    A bad entry is skipped, not fatal; a key id that stands there twice names no key at all.

    Raises:
        ValueError: not a JWK set, more than 16 entries, or not one usable key.
    """
    try:
        entries = strict_object(document).get("keys")
    except BadToken as problem:
        raise ValueError(problem.reason) from None
    if not isinstance(entries, list):
        raise ValueError("no list of keys")
    if len(entries) > KEYS_MAX:
        raise ValueError(f"more than {KEYS_MAX} keys")
    found = []
    for entry in entries:
        try:
            found.append(key_from_jwk(entry))
        except ValueError:
            continue
    # Counted over every entry: a good key must not win because its rival is malformed.
    times = Counter(kid for entry in entries if isinstance(entry, Mapping) and isinstance(kid := entry.get("kid"), str))
    keys = {kid: key for kid, key in found if times[kid] == 1}
    if not keys:
        raise ValueError("no usable key")
    return keys


def key_from_pem(text: str) -> RSAPublicKey:
    r"""The RSA public key of a PEM text (RFC 7468), such as Clerk's "JWT key".

    Mended on the way, since environment files and web forms do this to it: CRLF, line breaks that are missing, turned
    into spaces or spelled ``\n``, quotes around it.

    Raises:
        ValueError: a private key, a certificate, another kind of key, a weak one, or no key; the text says which
            and never repeats what was pasted.
    """
    if "PRIVATE KEY" in text:
        raise ValueError(
            "this is a private key. Only the issuer may hold it: take it out of the settings, consider it leaked, "
            "and give the PEM public key instead"
        )
    blocks = _PEM.findall(text.replace("\\r", "\n").replace("\\n", "\n"))
    if len(blocks) != 1:
        raise ValueError("expected one PEM block, from '-----BEGIN PUBLIC KEY-----' to '-----END PUBLIC KEY-----'")
    label, body = blocks[0]
    if label not in _PEM_LABELS:
        raise ValueError(f"expected a PEM 'PUBLIC KEY', this is a '{label}'")
    packed = "".join(body.split())
    lines = "\n".join(packed[at : at + 64] for at in range(0, len(packed), 64))
    try:
        key = load_pem_public_key(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("the PEM block does not hold a readable public key: paste it again, whole") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the PEM block holds another kind of key; session tokens are signed with RSA (RS256)")
    _check_strength(key)
    return key


def jwk_from_key(kid: str, key: RSAPublicKey) -> dict[str, Any]:
    """``key`` as a JWK for RS256 signatures, in the shape Clerk publishes."""
    numbers = key.public_numbers()
    return {
        "use": "sig",
        "kty": "RSA",
        "kid": kid,
        "alg": ALGORITHM,
        "n": encode_base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": encode_base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)),
    }


def _check_strength(key: RSAPublicKey) -> None:
    numbers = key.public_numbers()
    if key.key_size not in _MODULUS_BITS or numbers.n % 2 == 0 or numbers.e != _EXPONENT:
        raise ValueError("the RSA key must have 2048 to 4096 bits and the exponent 65537")


def _unsigned(value: object) -> int:
    """A Base64urlUInt (RFC 7518 §2) of at most 4096 bits."""
    if not isinstance(value, str) or len(value) > 700:
        raise ValueError("not a Base64urlUInt")
    try:
        return int.from_bytes(decode_base64url(value))
    except BadToken as problem:
        raise ValueError(problem.reason) from None

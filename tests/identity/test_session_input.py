"""Hostile bytes: T20, T21, and T30, where whatever is sent, nothing but a refusal comes out."""

import json
import time
import tracemalloc
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer import PretendIssuer, b64, refusal, rsa_key, verifier_of
from onepin.contract.codes import Code
from onepin.server.clock import ManualClock
from onepin.server.errors import Refused
from onepin.server.identity.jose import BadToken, check_signature, read_token
from onepin.server.identity.jwks import StaticKeys
from onepin.server.identity.session import SessionClaims

CLOCK = ManualClock()
NOW = CLOCK.now()
ISSUER = PretendIssuer()
HEADER = json.dumps(ISSUER.header()).encode()
PAYLOAD = json.dumps(ISSUER.claims(NOW)).encode()


def _with(document: bytes, member: bytes) -> bytes:
    return document[:-1] + b"," + member + b"}"


_BYTES: dict[str, Any] = {
    "list": lambda _: b"[]",
    "string": lambda _: b'"text"',
    "number": lambda _: b"7",
    "null": lambda _: b"null",
    "nothing": lambda _: b" ",
    "wrapped": lambda d: b"[" + d + b"]",
    "utf16": lambda d: d.decode().encode("utf-16"),
    "utf16_no_bom": lambda d: d.decode().encode("utf-16-le"),
    "utf32": lambda d: d.decode().encode("utf-32"),
    "bom": lambda d: b"\xef\xbb\xbf" + d,
    "invalid_utf8": lambda d: _with(d, b'"x":"\xff"'),
    "overlong_utf8": lambda d: _with(d, b'"x":"\xc0\xaf"'),
    "raw_surrogate": lambda d: _with(d, b'"x":"\xed\xa0\x80"'),
    "lone_surrogate": lambda d: _with(d, b'"x":"\\ud800"'),
    "lone_surrogate_in_a_name": lambda d: _with(d, b'"x":[{"\\udfff":1}]'),
    "nul": lambda d: _with(d, b'"x":"\\u0000"'),
    "raw_nul": lambda d: _with(d, b'"x":"\x00"'),
    "trailing_text": lambda d: d + b"{}",
    "nan": lambda d: _with(d, b'"x":NaN'),
    "infinity": lambda d: _with(d, b'"x":-Infinity'),
    "deep_arrays": lambda _: b"[" * 1400,
    "deep_member": lambda d: _with(d, b'"x":' + b"[" * 1300),
}


@pytest.mark.parametrize("part", ["header", "payload"])
@pytest.mark.parametrize("case", [pytest.param(change, id=f"T20_{name}") for name, change in _BYTES.items()])
async def test_only_strict_json_objects_are_read(part: str, case: Any) -> None:
    """Were one parser kinder than another, they would disagree about what a token says."""
    header, payload = (case(HEADER), PAYLOAD) if part == "header" else (HEADER, case(PAYLOAD))
    await refusal(verifier_of(ISSUER, CLOCK), ISSUER.sign(header, payload))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param((_with(HEADER, b'"alg":"RS256"'), PAYLOAD), id="T20_duplicate_alg"),
        pytest.param((HEADER, _with(PAYLOAD, b'"sub":"user_2other"')), id="T20_duplicate_sub"),
        pytest.param((HEADER, _with(PAYLOAD, b'"o":{"a":1,"a":2}')), id="T20_duplicate_inside"),
        pytest.param((HEADER, _with(PAYLOAD, b'"\\u0073ub":"user_2other"')), id="T20_duplicate_escaped"),
    ],
)
async def test_duplicate_names_are_refused(case: tuple[bytes, bytes]) -> None:
    """Were the last to win here and the first elsewhere, one token would name two people."""
    await refusal(verifier_of(ISSUER, CLOCK), ISSUER.sign(*case))


async def test_t20_letters_beyond_ascii_are_fine_when_whole() -> None:
    token = ISSUER.sign(HEADER, _with(PAYLOAD, b'"first_name":"\\ud83d\\ude00 \\u00c9va"'))
    assert (await verifier_of(ISSUER, CLOCK).verify(token)).first_name == "\U0001f600 \u00c9va"


def _deep(levels: int) -> str:
    return f"{b64(HEADER)}.{b64(b'[' * levels)}.{b64(bytes(256))}"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(_deep(100_000), id="T20_100k_arrays"),
        pytest.param(_deep(4600), id="T20_arrays_within_the_cap"),
        pytest.param("a" * 1_000_000, id="T21_1_MB"),
        pytest.param(f"{b64(HEADER)}.{'A' * 1_000_000}.AAAA", id="T21_1_MB_segment"),
        pytest.param("." * 8192, id="T20_dots"),
        pytest.param("\ud800", id="T20_lone_surrogate"),
        pytest.param("\u0660" * 10 + ".a.a", id="T20_other_digits"),
    ],
)
async def test_nonsense_costs_next_to_nothing(token: str) -> None:
    """Were a refusal dear, a stranger could keep the server busy with it."""
    verifier = verifier_of(ISSUER, CLOCK)
    fastest = 1.0
    for _ in range(5):
        started = time.perf_counter()
        await refusal(verifier, token)
        fastest = min(fastest, time.perf_counter() - started)
    assert fastest < 0.005
    tracemalloc.start()
    await refusal(verifier, token)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def _sized(header_chars: int, payload_chars: int) -> str:
    """A properly signed token whose first two segments have exactly these lengths."""

    def padded(document: bytes, chars: int) -> bytes:
        return _with(document, b'"pad":"%b"' % (b"x" * (chars * 3 // 4 - len(document) - len(b',"pad":""'))))

    token = ISSUER.sign(padded(HEADER, header_chars), padded(PAYLOAD, payload_chars))
    assert [len(part) for part in token.split(".")] == [header_chars, payload_chars, 342]
    return token


async def test_t21_a_token_of_8_kib_is_read() -> None:
    token = _sized(1704, 6144)
    assert len(token) == 8192
    assert await verifier_of(ISSUER, CLOCK).verify(token)


@pytest.mark.parametrize(
    "chars",
    [
        pytest.param((1706, 6143), id="T21_one_over"),
        pytest.param((2050, 600), id="T21_header"),
        pytest.param((202, 6146), id="T21_payload"),
        pytest.param((202, 64 * 1024), id="T21_64_KiB"),
    ],
)
async def test_a_longer_token_is_refused(chars: tuple[int, int]) -> None:
    """Were there no cap, one header could make us parse and check megabytes before we know who sent it."""
    await refusal(verifier_of(ISSUER, CLOCK), _sized(*chars))


def _headed(**changes: Any) -> str:
    return ISSUER.token(now=NOW, header=changes)


_GOOD = ISSUER.token(now=NOW)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(_GOOD + "\n", "not a compact JWS", id="newline"),
        pytest.param(_GOOD + ".a", "not a compact JWS", id="four_segments"),
        pytest.param(_GOOD + "A" * (8193 - len(_GOOD)), "not a compact JWS", id="8193_characters"),
        pytest.param(_sized(1706, 6143), "not a compact JWS", id="8193_characters_in_segments_that_fit"),
        pytest.param(_GOOD[:-1] + chr(ord(_GOOD[-1]) + 1), "base64url is not canonical", id="stray_bits"),
        pytest.param(_GOOD[:-1], "not base64url", id="impossible_length"),
        pytest.param(_headed(crit=["bork"]), "critical header", id="crit"),
        pytest.param(_headed(crit=[]), "critical header", id="empty_crit"),
        pytest.param(_headed(b64=True), "critical header", id="b64"),
        pytest.param(_headed(alg="HS256"), "alg is not RS256", id="alg"),
        pytest.param(_headed(typ="at+jwt"), "typ is not JWT", id="typ"),
        pytest.param(_headed(cat="cl_B7d4PD222AAA"), "cat is not a session's", id="cat"),
    ],
)
def test_the_shape_is_judged_before_any_library_sees_the_token(token: str, reason: str) -> None:
    """Were it left to the library alone, its next lenient release would be ours too."""
    with pytest.raises(BadToken) as caught:
        read_token(token)
    assert caught.value.reason == reason


def test_the_signature_check_holds_the_issuer_too() -> None:
    """Were it left to the look-up before, one wrong key in a table would trust another issuer's users."""
    token = read_token(_GOOD)
    key = ISSUER.key.public_key()
    check_signature(token, key, ISSUER.url)
    for issuer in (ISSUER.url + "/", ISSUER.url[:-1], ""):
        with pytest.raises(BadToken, match="InvalidIssuer"):
            check_signature(token, key, issuer)
    with pytest.raises(BadToken, match="InvalidSignature"):
        check_signature(token, rsa_key("evil").public_key(), ISSUER.url)


class _FaultyKeys(StaticKeys):
    async def key_for(self, kid: str) -> NoReturn:
        raise LookupError(kid)


async def test_a_fault_of_our_own_refuses_too_and_says_so_to_the_log() -> None:
    """Were it to escape, it might be mistaken for a pass, or put the token into a traceback."""
    with pytest.raises(Refused) as caught:
        await verifier_of(ISSUER, CLOCK, _FaultyKeys({})).verify(_GOOD)
    assert caught.value.code is Code.UNAUTHORIZED
    assert caught.value.reason == "unexpected LookupError"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_HEADERS = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "cat", "crit", "b64", "jku", "x"]), _JSON, max_size=3)
_CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "sub", "sid", "azp", "exp", "nbf", "iat", "sts", "act", "email", "first_name", "v", "o"]),
    _JSON,
    max_size=3,
)
_VERIFIER = verifier_of(ISSUER, CLOCK)


async def _outcome(token: str) -> SessionClaims | None:
    try:
        return await _VERIFIER.verify(token)
    except Refused as refused:
        if refused.code is not Code.UNAUTHORIZED:
            raise
        return None


@settings(max_examples=300, deadline=None)
@given(token=st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}\.[A-Za-z0-9_-]{1,60}"))
async def test_t30_no_text_makes_anything_but_a_refusal(token: str) -> None:
    """Were another exception to escape, a stranger could cause errors 500 at will."""
    assert await _outcome(token) is None


@settings(max_examples=200, deadline=None)
@given(header=st.binary(max_size=120) | st.just(HEADER), payload=st.binary(max_size=200))
async def test_t30_no_signed_bytes_make_anything_but_a_refusal(header: bytes, payload: bytes) -> None:
    """Were another exception to escape, a misbehaving issuer could cause errors 500."""
    assert await _outcome(ISSUER.sign(header, payload)) is None


@settings(max_examples=200, deadline=None)
@given(header=_HEADERS, claims=_CLAIMS)
async def test_t30_whatever_a_signed_token_claims_it_is_read_or_refused(header: Any, claims: Any) -> None:
    """Were a claim of a strange type to pass, the stages behind would meet what they never expect."""
    outcome = await _outcome(ISSUER.token(now=NOW, header=header, claims=claims))
    if outcome is not None:
        assert outcome.issuer == ISSUER.url
        assert outcome.subject.startswith("user_")
        texts = [outcome.subject, outcome.session_id, outcome.email, outcome.first_name, outcome.actor]
        assert all(isinstance(text, str) and text.encode() for text in texts if text is not None)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
async def test_t30_no_change_to_a_signed_token_survives(data: st.DataObject) -> None:
    """Were any changed byte to pass, claims could be edited after signing."""
    token = _GOOD
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.characters())
    changed = token[:at] + sign + token[at + 1 :]
    assert (await _outcome(changed) is not None) == (changed == token)


async def test_a_forged_token_is_refused_after_the_real_one_was_remembered() -> None:
    """Were tokens remembered by anything but their whole text, a forgery could pass as the one seen before."""
    verifier = verifier_of(ISSUER, CLOCK)
    real = ISSUER.token(now=NOW)
    assert await verifier.verify(real)
    forged = ISSUER.token(now=NOW, claims={"sub": "user_2other"}, key=rsa_key("evil"))
    await refusal(verifier, real.rsplit(".", 1)[0] + "." + forged.rsplit(".", 1)[1])
    await refusal(verifier, forged)

"""Which session tokens pass: the hostile cases, numbered as in the security design's matrix (T1 to T30)."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer import PARTY, SESSION, SUBJECT, JwksServer, PretendIssuer, b64, jwk, refusal, rows, rsa_key, verifier_of
from onepin.server.clock import ManualClock
from onepin.server.errors import Refused
from onepin.server.identity.jose import TOKEN_MAX_CHARS
from onepin.server.identity.session import SessionVerifier

CLOCK = ManualClock()
NOW = CLOCK.now()
ISSUER = PretendIssuer()
EVIL = rsa_key("evil")
_JWE_HEADER = b64(b'{"alg":"dir","enc":"A256GCM","zip":"DEF"}')


@pytest.fixture
def verifier() -> SessionVerifier:
    return verifier_of(ISSUER, CLOCK)


@rows(T1_v2=2, T1_v1=1)
async def test_a_valid_token_says_who_it_is(verifier: SessionVerifier, case: int) -> None:
    claims = await verifier.verify(ISSUER.token(now=NOW, version=case))
    assert (claims.issuer, claims.subject, claims.session_id) == (ISSUER.url, SUBJECT, SESSION)
    assert claims.expires_at.timestamp() == NOW.timestamp() + 60
    assert (claims.actor, claims.email, claims.email_verified, claims.first_name) == (None, None, False, None)


async def test_t1_a_session_token_without_category_or_with_the_one_that_says_nothing_passes(
    verifier: SessionVerifier,
) -> None:
    for token in (ISSUER.token(now=NOW, drop_header=["cat"]), ISSUER.token(now=NOW, header={"cat": "cl_I7d4PD111III"})):
        assert (await verifier.verify(token)).subject == SUBJECT


def _public_secrets() -> dict[str, bytes]:
    public = ISSUER.key.public_key()
    return {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk_n": jwk(ISSUER.kid, ISSUER.key)["n"].encode(),
    }


@pytest.mark.parametrize("case", [pytest.param(name, id=f"T7_HS256_{name}") for name in ("pem", "der", "jwk_n")])
async def test_the_public_key_is_no_hmac_secret(verifier: SessionVerifier, case: str) -> None:
    """Were HS256 taken, anyone could sign a session with the key that the issuer publishes."""
    header = json.dumps(ISSUER.header() | {"alg": "HS256"}).encode()
    payload = json.dumps(ISSUER.claims(NOW)).encode()
    await refusal(verifier, ISSUER.sign(header, payload, key=_public_secrets()[case], algorithm="HS256"))


@rows(
    **{f"T7_{alg}": alg for alg in ("none", "None", "nOnE", "RS384", "RS512", "PS256", "ES256", "rs256", "")},
    T7_list=["RS256"],
    T7_null=None,
    T7_object={"RS256": 1},
    T7_number=256,
)
async def test_only_the_algorithm_we_fixed_is_taken(verifier: SessionVerifier, case: Any) -> None:
    """Were the token to choose the algorithm, it could choose none at all."""
    header = json.dumps(ISSUER.header() | {"alg": case}).encode()
    payload = json.dumps(ISSUER.claims(NOW)).encode()
    token = ISSUER.sign(header, payload, algorithm=case if isinstance(case, str) else "RS256")
    await refusal(verifier, token)
    await refusal(verifier, token[: token.rindex(".") + 1])


async def test_t7_a_header_without_alg_is_refused(verifier: SessionVerifier) -> None:
    """Were a default assumed, a later change of the default would change what is trusted."""
    await refusal(verifier, ISSUER.token(now=NOW, drop_header=["alg"]))


@rows(T8_jku="jku", T8_x5u="x5u", T8_jwk="jwk", T8_x5c="x5c")
async def test_a_key_offered_by_the_token_is_never_used_or_fetched(verifier: SessionVerifier, case: str) -> None:
    """Were it used, an attacker could bring their own key; were it fetched, they could make us call any host."""
    attacker = PretendIssuer(key="evil")
    with JwksServer(attacker) as server:
        offers = {"jku": server.url, "x5u": server.url, "jwk": jwk(ISSUER.kid, EVIL), "x5c": [b64(b"certificate")]}
        await refusal(verifier, ISSUER.token(now=NOW, header={case: offers[case]}, key=EVIL))
        assert server.requests == 0


@rows(T9_unknown={"crit": ["bork"]}, T9_empty={"crit": []}, T9_null={"crit": None}, T9_b64={"b64": False})
async def test_critical_headers_are_refused(verifier: SessionVerifier, case: dict[str, Any]) -> None:
    """Were they ignored, a token that means something else would be read as a session (RFC 7515 §4.1.11)."""
    await refusal(verifier, ISSUER.token(now=NOW, header=case))
    await refusal(verifier, ISSUER.token(now=NOW, header=case | {"crit": ["b64"], "b64": False}))


@rows(
    T10_null=None,
    T10_number=7,
    T10_list=["ins_1"],
    T10_object={"kid": 1},
    T10_megabyte="k" * 1_000_000,
    T10_129_chars="k" * 129,
    T10_path="../../etc/passwd",
    T10_file_url="file:///etc/passwd",
    T10_sql="' OR 1=1--",
    T10_nul="\x00",
    T10_newline="ins_1\nINFO signed in",
    T10_empty="",
    T10_other_instance="ins_anotherInstance",
)
async def test_a_strange_key_id_is_refused(verifier: SessionVerifier, case: Any) -> None:
    """Were it more than a look-up in a dict, it could name a file, forge a log line or reach a statement."""
    refused = await refusal(verifier, ISSUER.token(now=NOW, header={"kid": case}))
    assert refused.reason in {"kid is not a key id", "not a compact JWS", "unstorable text", "unknown key"}


_TOUCHED: list[str] = []
_AUDITED: list[bool] = []  # a hook can't be taken back: one per process


def _watch(event: str, _: tuple[Any, ...]) -> None:
    if event in {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "sqlite3.connect"}:
        _TOUCHED.append(event)


@rows(T10_path="../../etc/passwd", T10_file_url="file:///etc/passwd", T10_url="http://127.0.0.1:9/")
async def test_a_key_id_opens_nothing(verifier: SessionVerifier, case: str) -> None:
    """Were it opened, a token could make the server read a file or call a host of the attacker's choice."""
    token = ISSUER.token(now=NOW, header={"kid": case})
    await refusal(verifier, token)
    if not _AUDITED:
        sys.addaudithook(_watch)
        _AUDITED.append(True)
    _TOUCHED.clear()
    await refusal(verifier, token)
    assert _TOUCHED == []


async def test_t10_a_missing_key_id_is_refused(verifier: SessionVerifier) -> None:
    """Were a key guessed instead, a token could be checked with a key it was never meant for."""
    await refusal(verifier, ISSUER.token(now=NOW, drop_header=["kid"]))


async def test_t11_a_real_key_id_with_anothers_signature_is_refused(verifier: SessionVerifier) -> None:
    """Were the signature not checked, anyone could write a session of anyone."""
    await refusal(verifier, ISSUER.token(now=NOW, key=EVIL))
    assert await verifier.verify(ISSUER.token(now=NOW))


@rows(
    T12_access_token={"header": {"typ": "at+jwt"}},
    T12_typ_null={"header": {"typ": None}},
    T12_template={"header": {"cat": "cl_B7d4PD222AAA"}},
    T12_machine={"header": {"cat": "cl_B7d4PD333AAA"}},
    T12_unknown_class={"header": {"cat": "cl_B7d4PD444AAA"}},
    T12_cat_list={"header": {"cat": ["cl_B7d4PD111AAA"]}},
    T12_cat_null={"header": {"cat": None}},
    T12_machine_subject={"claims": {"sub": "mch_2abc"}},
    T12_bare_subject={"claims": {"sub": "user_"}},
    T12_subject_newline={"claims": {"sub": "user_2abc\n"}},
    T12_subject_list={"claims": {"sub": ["user_2abc"]}},
    T12_no_subject={"drop": ["sub"]},
    T12_no_session={"drop": ["sid"]},
    T12_null_session={"claims": {"sid": None}},
    T12_empty_session={"claims": {"sid": ""}},
    T12_session_number={"claims": {"sid": 5}},
)
async def test_other_tokens_of_the_same_key_are_no_session(verifier: SessionVerifier, case: dict[str, Any]) -> None:
    """Were they, a template token handed to a third party, or a machine's, could manage the person's API keys."""
    await refusal(verifier, ISSUER.token(now=NOW, **case))


@rows(
    T13_other="https://clerk.example.org",
    T13_slash=f"{ISSUER.url}/",
    T13_upper=ISSUER.url.upper(),
    T13_prefix=ISSUER.url[:-1],
    T13_longer=f"{ISSUER.url}.evil.com",
    T13_array=[ISSUER.url],
    T13_null=None,
    T13_empty="",
    T13_object={ISSUER.url: 1},
)
async def test_another_issuer_is_refused(verifier: SessionVerifier, case: Any) -> None:
    """Were it not the exact issuer, a stranger's own instance could vouch for our users."""
    await refusal(verifier, ISSUER.token(now=NOW, claims={"iss": case}))


async def test_t13_a_missing_issuer_is_refused(verifier: SessionVerifier) -> None:
    """Were it optional, whoever leaves it out would be held to no issuer at all."""
    await refusal(verifier, ISSUER.token(now=NOW, drop=["iss"]))


_WRONG_PARTIES: dict[str, Any] = {
    "T14_other": "https://evil.example",
    "T14_list": [PARTY],
    "T14_null": None,
    "T14_suffix": f"{PARTY}.evil.com",
    "T14_slash": f"{PARTY}/",
    "T14_empty": "",
    "T14_upper": PARTY.upper(),
}


@rows(**_WRONG_PARTIES)
@pytest.mark.parametrize("allow_missing_azp", [False, True])
async def test_another_party_is_refused(case: Any, allow_missing_azp: bool) -> None:
    """Were it taken, any page that shares the Clerk instance could act on our API with its visitors' sessions."""
    verifier = verifier_of(ISSUER, CLOCK, allow_missing_azp=allow_missing_azp)
    await refusal(verifier, ISSUER.token(now=NOW, claims={"azp": case}))


async def test_t14_a_missing_party_passes_only_where_native_clients_are_allowed(verifier: SessionVerifier) -> None:
    """Were it optional by default, leaving it out would be the way around it."""
    token = ISSUER.token(now=NOW, drop=["azp"])
    await refusal(verifier, token)
    assert await verifier_of(ISSUER, CLOCK, allow_missing_azp=True).verify(token)


async def test_t14_no_configured_party_lets_nobody_in() -> None:
    """Were an empty list to mean everyone, a forgotten setting would open the door."""
    await refusal(verifier_of(ISSUER, CLOCK, authorized_parties=frozenset()), ISSUER.token(now=NOW))


@rows(T15_pending="pending", T15_unknown="suspended", T15_number=1, T15_null=None, T15_list=["active"])
async def test_a_session_that_is_not_active_is_refused(verifier: SessionVerifier, case: Any) -> None:
    """Were it taken, a person who has not finished signing in (a second factor, say) would be signed in."""
    await refusal(verifier, ISSUER.token(now=NOW, claims={"sts": case}))


def _first_alphabet_twin(character: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(character) ^ 1]


@rows(
    T18_empty=lambda h, p, s: f"{h}.{p}.",
    T18_truncated=lambda h, p, s: f"{h}.{p}.{s[:-4]}",
    T18_extra_bytes=lambda h, p, s: f"{h}.{p}.{s}AAAA",
    T18_padded=lambda h, p, s: f"{h}.{p}.{s}==",
    T18_other_alphabet=lambda h, p, s: f"{h}.{p}.+/{s[2:]}",
    T18_newline=lambda h, p, s: f"{h}.{p}.{s}\n",
    T18_last_character=lambda h, p, s: f"{h}.{p}.{s[:-1]}{_first_alphabet_twin(s[-1])}",
    T18_zeros=lambda h, p, s: f"{h}.{p}.{'A' * len(s)}",
    T18_one_bit=lambda h, p, s: f"{h}.{p}.{_first_alphabet_twin(s[0])}{s[1:]}",
    T18_impossible_length=lambda h, p, s: f"{h}.{p}.{s[:341]}",
    T19_one_segment=lambda h, p, s: h,
    T19_two_segments=lambda h, p, s: f"{h}.{p}",
    T19_four_segments=lambda h, p, s: f"{h}.{p}.{s}.{s}",
    T19_five_segments=lambda h, p, s: f"{h}.{p}.{s}.{s}.{s}",
    T19_encrypted=lambda h, p, s: f"{_JWE_HEADER}..{s}.{s}.{s}",
    T19_leading_space=lambda h, p, s: f" {h}.{p}.{s}",
    T19_trailing_space=lambda h, p, s: f"{h}.{p}.{s} ",
    T19_inner_space=lambda h, p, s: f"{h}. {p}.{s}",
    T19_empty=lambda h, p, s: "",
    T19_dots=lambda h, p, s: "..",
    T19_fullwidth_dot=lambda h, p, s: f"{h}\uff0e{p}\uff0e{s}",
    T19_nul=lambda h, p, s: f"{h}.{p}.{s}\x00",
)
async def test_only_one_spelling_of_a_token_passes(
    verifier: SessionVerifier, case: Callable[[str, str, str], str]
) -> None:
    """Were a token malleable, what is blocked or logged under one spelling would pass under another."""
    good = ISSUER.token(now=NOW)
    assert await verifier.verify(good)
    await refusal(verifier, case(*good.split(".")))


async def test_t27_an_impersonating_actor_is_named(verifier: SessionVerifier) -> None:
    """Were the actor dropped, the audit log would blame the impersonated person."""
    act = {"iss": "https://dashboard.example.com", "sid": "sess_2act", "sub": "user_2support"}
    assert (await verifier.verify(ISSUER.token(now=NOW, claims={"act": act}))).actor == "user_2support"


@rows(T27_null=None, T27_text="user_2support", T27_nobody={}, T27_number={"sub": 1}, T27_newline={"sub": "a\nb"})
async def test_an_impersonation_by_nobody_is_refused(verifier: SessionVerifier, case: Any) -> None:
    """Were it taken, someone could act as another without a name in the audit log."""
    await refusal(verifier, ISSUER.token(now=NOW, claims={"act": case}))


async def test_t28_another_instances_key_under_the_same_id_does_not_vouch() -> None:
    """Were keys looked up by id alone, whoever runs one trusted instance could sign in as users of another."""
    ours, theirs = ISSUER, PretendIssuer("https://clerk.other.example", key="theirs", kid=ISSUER.kid)
    both = SessionVerifier([*_issuers(ours), *_issuers(theirs)], CLOCK)
    assert (await both.verify(ours.token(now=NOW))).issuer == ours.url
    assert (await both.verify(theirs.token(now=NOW))).issuer == theirs.url
    await refusal(both, theirs.token(now=NOW, claims={"iss": ours.url}))
    await refusal(both, ours.token(now=NOW, claims={"iss": theirs.url}))
    await refusal(verifier_of(ours, CLOCK), theirs.token(now=NOW))


def _issuers(issuer: PretendIssuer) -> list[Any]:
    return list(verifier_of(issuer, CLOCK)._issuers.values())


def test_two_issuers_with_one_url_are_refused() -> None:
    """Were the last one to win, a second configuration could silently replace the keys of the first."""
    with pytest.raises(ValueError, match="same URL"):
        SessionVerifier(_issuers(ISSUER) * 2, CLOCK)


async def test_profile_claims_are_carried_when_they_are_fit_to_show(verifier: SessionVerifier) -> None:
    said = {"email": "Ada@example.com", "email_verified": True, "first_name": " Ada ", "last_name": "Love\u0301lace"}
    claims = await verifier.verify(ISSUER.token(now=NOW, claims=said | {"image_url": "https://img.example.com/a.png"}))
    assert (claims.email, claims.email_verified) == ("Ada@example.com", True)
    assert (claims.first_name, claims.last_name) == ("Ada", "Lov\u00e9lace")
    assert claims.image_url == "https://img.example.com/a.png"


async def test_openid_names_of_the_profile_claims_are_understood(verifier: SessionVerifier) -> None:
    said = {"given_name": "Ada", "family_name": "Lovelace", "picture": "https://img.example.com/a.png"}
    claims = await verifier.verify(ISSUER.token(now=NOW, claims=said))
    assert (claims.first_name, claims.last_name, claims.image_url) == ("Ada", "Lovelace", said["picture"])


@rows(
    wrong_types={"email": 5, "email_verified": "true", "first_name": ["A"], "last_name": {}, "image_url": True},
    nulls={"email": None, "email_verified": None, "first_name": None, "last_name": None, "image_url": None},
    unfit={"email": "no address", "first_name": "a\u202eb", "last_name": "a\nb", "image_url": "javascript:alert(1)"},
    blank_or_long={"email": "", "first_name": "  ", "last_name": "x" * 201, "image_url": "http://img.example.com/a"},
)
async def test_unfit_profile_claims_are_left_out_and_do_not_lock_anyone_out(
    verifier: SessionVerifier, case: dict[str, Any]
) -> None:
    """Were they shown, a name could reorder or forge the page and log lines around it."""
    claims = await verifier.verify(ISSUER.token(now=NOW, claims=case))
    assert (claims.email, claims.email_verified) == (None, False)
    assert (claims.first_name, claims.last_name, claims.image_url) == (None, None, None)


@rows(true_text="true", one=1, null=None, yes=["true"])
async def test_only_true_verifies_an_email(verifier: SessionVerifier, case: Any) -> None:
    """Were anything truthy enough, an unproven address could accept somebody's invite."""
    said = {"email": "ada@example.com", "email_verified": case}
    claims = await verifier.verify(ISSUER.token(now=NOW, claims=said))
    assert (claims.email, claims.email_verified) == ("ada@example.com", False)


async def test_every_refusal_looks_the_same_and_repeats_nothing(verifier: SessionVerifier) -> None:
    """Were refusals to differ or to echo, they would tell an attacker how far they got, or put tokens into logs."""
    marker = "Zz9MarkerZz9"
    tokens = [
        marker * 900,
        ISSUER.token(now=NOW, header={"kid": marker}),
        ISSUER.token(now=NOW, claims={"azp": marker}),
        ISSUER.token(now=NOW, claims={"iss": marker}),
        ISSUER.token(now=NOW, claims={"sub": marker}, key=EVIL),
        ISSUER.token(now=NOW, claims={"exp": marker}),
    ]
    refusals: list[Refused] = [await refusal(verifier, token) for token in tokens]
    assert len({refused.message for refused in refusals}) == 1
    assert not any(marker in f"{refused.reason}{refused!r}{refused.__cause__!r}" for refused in refusals)
    assert len(tokens[0]) > TOKEN_MAX_CHARS

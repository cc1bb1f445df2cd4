"""The wrong credential is named before it is sent anywhere."""

import base64

import pytest

from onepin.cli.account.credential_kinds import objection_to_key, session_token
from onepin.cli.masks import masked
from onepin.server.keys.format import mint

CLERK = "pk_live_" + base64.b64encode(b"clerk.example.com$").decode()
STRIPE = "pk_live_" + "TYooMQauvdEDq54NiTphI7jx"
STRIPE_LONG = "pk_live_" + "51" + "H" * 97


@pytest.mark.parametrize("brand", ["pk", "op", "acme"])
def test_our_keys_are_taken_whatever_their_brand(brand: str) -> None:
    for _ in range(50):
        assert objection_to_key(mint(brand).reveal()) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (CLERK, "Clerk's publishable key"),
        (CLERK.rstrip("="), "Clerk's publishable key"),
        (STRIPE, "Stripe's publishable key"),
        (STRIPE_LONG, "Stripe's publishable key"),
        ("pk_test_abc", "publishable test key"),
        ("sk_live_abcdef", "secret key of Clerk or Stripe"),
        ("whsec_abc", "webhook"),
        ("ghp_abc", "GitHub"),
        ("AKIAIOSFODNN7EXAMPLE", "AWS"),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "onepin login --token"),
        ("Bearer pk", "white space"),
        ("", "empty"),
        ("hello", "looks like pk_live_ and 38"),
    ],
)
def test_what_is_no_key_is_called_by_its_name(text: str, named: str) -> None:
    assert named in str(objection_to_key(text))


@pytest.mark.parametrize(("kind", "named"), [("verifier", "a verifier"), ("session", "device sign-in")])
def test_another_credential_of_ours_is_called_by_its_name(kind: str, named: str) -> None:
    assert named in str(objection_to_key(mint("pk", kind).reveal()))


def test_a_damaged_key_is_told_from_a_foreign_one() -> None:
    key = mint("pk").reveal()
    assert "5 characters are missing" in str(objection_to_key(key[:-5]))
    assert "2 characters too many" in str(objection_to_key(key + "xx"))
    assert "checksum" in str(objection_to_key(key[:-1] + ("a" if key[-1] != "a" else "b")))


def test_the_objection_never_repeats_what_was_pasted() -> None:
    """If this failed, a secret of another service would stand in the terminal's history of lines."""
    for text in (CLERK, STRIPE, "sk_live_abcdefghijkl", mint("pk").reveal()[:-3], "whsec_abcdefghijkl"):
        assert text[8:20] not in str(objection_to_key(text))


def test_a_session_token_is_told_by_its_form() -> None:
    assert session_token("eyJhbGciOi.eyJzdWIi.c2ln")
    assert not session_token("eyJhbGciOi.eyJzdWIi")
    assert not session_token(mint("pk").reveal())


def test_masked_text_keeps_what_may_be_shown() -> None:
    key = mint("pk").reveal()
    assert masked(f"no command {key!r}") == f"no command '{key[:16]}…'"
    assert masked("Bearer eyJhbGciOi.eyJzdWIi.c2ln") == "Bearer eyJ…"
    assert masked("pk_live_AbCd1234 stays") == "pk_live_AbCd1234 stays"

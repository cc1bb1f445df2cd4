"""What settings mean to each other: which need which, which exclude each other, which default follows another."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from onepin.contract.scopes import SCOPES
from onepin.server.setting_values import is_loopback, pepper

Values = dict[str, Any]
"""Parsed settings by field; None where nothing was given and the default depends on others."""

_NEED_ISSUER = ("jwks_url", "jwt_key", "authorized_parties", "publishable_key", "webhook_secret")
MAKE_PEPPER = "make one with: openssl rand -base64 32"


def makes_pepper(clerk_issuer: str | None, database_url: str | None) -> bool:
    """Whether the server makes its own pepper: local sign-in on SQLite, where no second server can need the same."""
    return clerk_issuer is None and not (database_url or "").startswith("postgresql:")


def missing_or_contradicting(values: Values, *, starting: bool) -> list[str]:
    """A line for each rule that ``values`` break; an empty list when they go together."""
    problems = [*_sign_in(values), *_reach(values), *_keys(values), *_pepper(values)]
    none_given = values["pepper"] is None and values["pepper_file"] is None
    if starting and none_given and not makes_pepper(values["clerk_issuer"], values["database_url"]):
        problems.append(
            "ONEPIN_PEPPER or ONEPIN_PEPPER_FILE is needed with Clerk and with PostgreSQL, the same on every server of "
            f"a deployment: {MAKE_PEPPER}"
        )
    return problems


def completed(values: Values) -> Values:
    """``values`` with every default filled in that depends on other settings."""
    done = dict(values)
    done["data_dir"] = values["data_dir"] or platformdirs.user_data_path("onepin", appauthor=False)
    done["database_url"] = values["database_url"] or f"sqlite:///{(done['data_dir'] / 'onepin.db').as_posix()}"
    done["sign_up"] = values["sign_up"] or "open"
    parties = done["clerk_authorized_parties"] = values["clerk_authorized_parties"] or ()
    done["cors_origins"] = parties if values["cors_origins"] is None else values["cors_origins"]
    if values["clerk_issuer"] and not values["clerk_jwt_key"]:
        done["clerk_jwks_url"] = values["clerk_jwks_url"] or values["clerk_issuer"] + "/.well-known/jwks.json"
    brands = values["key_prefixes_accepted"] or (values["key_prefix"], "pk", "op")
    done["key_prefixes_accepted"] = tuple(dict.fromkeys(brands))
    done["allowed_hosts"] = values["allowed_hosts"] or _hosts(values)
    for field in ("scopes", "extra_scopes", "trusted_proxies"):
        done[field] = values[field] or ()
    if values["drain_seconds"] is None:
        done["drain_seconds"] = 1.0 if is_loopback(values["host"]) else 5.0
    return done


def _hosts(values: Values) -> tuple[str, ...]:
    """The Host headers that follow from where the server listens and from its public URL."""
    hosts = []
    if values["public_url"]:
        hosts.append(_bracketed(urlsplit(values["public_url"]).hostname or ""))
    if is_loopback(values["host"]):
        hosts += [_bracketed(values["host"]), "localhost", "127.0.0.1", "[::1]"]
    return tuple(dict.fromkeys(hosts))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _sign_in(values: Values) -> list[str]:
    issuer = values["clerk_issuer"]
    if issuer is None:
        # Without this, a forgotten issuer would quietly be a server with local sign-in.
        return [
            f"ONEPIN_CLERK_{name.upper()} says nothing without ONEPIN_CLERK_ISSUER: set that as well, or neither"
            for name in _NEED_ISSUER
            if values[f"clerk_{name}"]
        ]
    problems = []
    if not values["clerk_authorized_parties"]:
        problems.append(
            "ONEPIN_CLERK_AUTHORIZED_PARTIES is needed with ONEPIN_CLERK_ISSUER: the origins of your own pages, such "
            "as https://app.example.com; without it, sessions of any page of the same Clerk instance would be accepted"
        )
    if values["sign_up"] is None:
        problems.append(
            "ONEPIN_SIGN_UP is needed with ONEPIN_CLERK_ISSUER: open gives a workspace to everybody who can sign in "
            "there, invited only to those who were invited to one"
        )
    if values["clerk_jwks_url"] and values["clerk_jwt_key"]:
        problems.append("ONEPIN_CLERK_JWKS_URL and ONEPIN_CLERK_JWT_KEY exclude each other: keep one")
    return problems


def _reach(values: Values) -> list[str]:
    host = values["host"]
    if is_loopback(host):
        return []
    problems = []
    if values["clerk_issuer"] is None and not values["allow_local_sign_in"]:
        problems.append(
            f"ONEPIN_HOST is {host!r}, which other machines can reach, and local sign-in is meant for this machine "
            "alone: set ONEPIN_CLERK_ISSUER, or ONEPIN_ALLOW_LOCAL_SIGN_IN=true if that is what you want, or listen "
            "on 127.0.0.1"
        )
    if not values["allowed_hosts"] and not values["public_url"]:
        problems.append(
            f"ONEPIN_ALLOWED_HOSTS or ONEPIN_PUBLIC_URL is needed with ONEPIN_HOST {host!r}: the names under which "
            "clients reach this server, such as keys.example.com"
        )
    return problems


def _keys(values: Values) -> list[str]:
    problems = []
    accepted = values["key_prefixes_accepted"]
    if accepted and values["key_prefix"] not in accepted:
        problems.append(
            f"ONEPIN_KEY_PREFIXES_ACCEPTED lacks ONEPIN_KEY_PREFIX, {values['key_prefix']!r}: new keys would be refused"
        )
    scopes = (values["scopes"] or SCOPES) + (values["extra_scopes"] or ())
    outside = [scope for scope in values["default_scopes"] or () if scope not in scopes]
    if outside:
        problems.append(
            f"ONEPIN_DEFAULT_SCOPES has {', '.join(outside)}, which no key can have here. Allowed: none, or some of "
            + ", ".join(scopes)
        )
    return problems


def _pepper(values: Values) -> list[str]:
    path: Path | None = values["pepper_file"]
    if path is None:
        return []
    if values["pepper"] is not None:
        return ["ONEPIN_PEPPER and ONEPIN_PEPPER_FILE exclude each other: keep one"]
    try:
        pepper(path.read_text(encoding="utf-8", errors="surrogateescape").strip())
    except OSError as error:
        return [f"ONEPIN_PEPPER_FILE is {str(path)!r}: it can't be read ({error.strerror}); {MAKE_PEPPER}"]
    except ValueError as error:
        return [f"ONEPIN_PEPPER_FILE is {str(path)!r}: {error} (in that file); {MAKE_PEPPER}"]
    return []

"""The way to the server: name, port, TLS, health, readiness, clock, and what a proxy does to headers."""

import http.client
import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from onepin import __version__
from onepin.cli.doctor import wire
from onepin.cli.doctor.finding import Finding, failed, ok, warning
from onepin.cli.render.times import spoken
from onepin.contract.key_text import CHECKSUM_LENGTH, RANDOM_LENGTH

CLOCK_WARNING_SECONDS, CLOCK_LIMIT_SECONDS = 5, 30
CERTIFICATE_DAYS = 14
MADE_UP = "pk_live_" + "0" * (RANDOM_LENGTH + CHECKSUM_LENGTH)
"""Looks like a key and is none: its checksum is wrong, so that no server looks it up."""
REASONS = {
    "draining": "it is being stopped",
    "database": "its database does not answer: look at ONEPIN_DATABASE_URL and at the database",
    "session_keys": "the keys of its sign-in could not be fetched: look at ONEPIN_CLERK_ISSUER and the way out",
    "pepper": "a pepper that the database needs is not held there: look at ONEPIN_PEPPER_FILE",
}


def reach(base_url: str) -> Iterator[Finding]:
    """Look at it, one step after the other; the first that fails is the last."""
    for step in (_name, _port, _tls, _health, _ready, _clock, _headers):
        try:
            finding = step(base_url)
        except (OSError, http.client.HTTPException) as error:
            finding = failed(
                _title(step.__name__), f"{base_url}: {_said(error)}", "Is the server running, and reachable?"
            )
        if finding is not None:
            yield finding
            if finding.verdict == "failed":
                return


def _title(step: str) -> str:
    return {"_name": "address", "_port": "port", "_tls": "TLS"}.get(step, "server")


def _said(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _name(base_url: str) -> Finding | None:
    host = urlsplit(base_url).hostname or ""
    try:
        addresses = wire.resolve(base_url)
    except OSError as error:
        return failed(
            "address", f"{host!r} has no address: {_said(error)}", "Is the name right? --base-url, ONEPIN_BASE_URL"
        )
    return None if host in addresses else ok("address", f"{host} is {', '.join(addresses)}")


def _port(base_url: str) -> Finding | None:
    try:
        wire.connect(base_url)
    except OSError as error:
        start = (
            "Start the server: onepin serve"
            if _loopback(base_url)
            else "Does it run there? Does a firewall stand between?"
        )
        return failed("port", f"nothing answers at {base_url}: {_said(error)}", start)
    return None


def _tls(base_url: str) -> Finding | None:
    if urlsplit(base_url).scheme == "http":
        if _loopback(base_url):
            return None
        return warning(
            "TLS", f"{base_url} is not encrypted: everybody on the way reads the keys.", "Use an https address."
        )
    try:
        ends = wire.certificate_ends(base_url)
    except ssl.SSLCertVerificationError as error:
        return failed(
            "TLS", f"the certificate is not accepted: {error.verify_message}", "Mend it on the server or its proxy."
        )
    except ssl.SSLError as error:
        return failed("TLS", f"no TLS there: {error.reason or error}", "Is it http instead of https, or another port?")
    left = int(ends - datetime.now(UTC).timestamp())
    if left < CERTIFICATE_DAYS * 86_400:
        return warning("TLS", f"the certificate ends in {spoken(max(left, 0))}.", "See why it was not renewed.")
    return ok("TLS", f"the certificate is good for {spoken(left)}")


def _health(base_url: str) -> Finding:
    answer = wire.get(base_url, "/health")
    if 300 <= answer.status < 400:
        return failed(
            "server",
            f"{base_url} redirects to {answer.header('Location')}; onepin never does.",
            "Use that address: a credential is not sent on to another one.",
        )
    if isinstance(answer.data, dict) and answer.data.get("status") == "ok" and "version" in answer.data:
        theirs = answer.data["version"]
        if theirs.split(".")[:2] != __version__.split(".")[:2]:
            return warning(
                "server", f"onepin {theirs} answers; this command is {__version__}.", "Use the same version."
            )
        return ok("server", f"onepin {theirs} answers at {base_url}")
    if answer.status == 400 and _code(answer) == "BAD_REQUEST":
        return failed(
            "server",
            f"onepin answers, but not to the name {urlsplit(base_url).netloc!r}.",
            "Its operator sets ONEPIN_PUBLIC_URL or ONEPIN_ALLOWED_HOSTS; a proxy has to pass on the Host header.",
        )
    return failed("server", f"something else answers at {base_url} (status {answer.status}).", "Is the address right?")


def _ready(base_url: str) -> Finding:
    answer = wire.get(base_url, "/ready")
    reasons = answer.data.get("reasons", []) if isinstance(answer.data, dict) else []
    if answer.status == 200:
        return ok("ready", "it takes requests")
    texts = "; ".join(REASONS.get(reason, reason) for reason in reasons) or f"status {answer.status}"
    return failed("ready", f"it does not take requests: {texts}.", "Its operator finds more in its log.")


def _clock(base_url: str) -> Finding | None:
    before = datetime.now(UTC)
    answer = wire.get(base_url, "/api/v1/auth/whoami")
    after = datetime.now(UTC)
    try:
        theirs = datetime.fromisoformat(answer.data["meta"]["timestamp"])
    except (KeyError, TypeError, ValueError):
        return failed(
            "answers", f"the answer of whoami is not onepin's (status {answer.status}).", "What stands between?"
        )
    middle = before + (after - before) / 2
    away = abs((theirs - middle).total_seconds()) - (after - before).total_seconds() / 2
    if away <= CLOCK_WARNING_SECONDS:
        return ok("clock", "this machine and the server agree")
    finding = failed if away > CLOCK_LIMIT_SECONDS else warning
    return finding(
        "clock",
        f"the server's clock says {theirs:%H:%M:%S} UTC, this one {middle:%H:%M:%S}: {spoken(int(away))} apart.",
        "Session tokens live minutes and are refused then. Set the wrong one by NTP.",
    )


def _headers(base_url: str) -> Finding:
    """A made-up key is refused as a key only if Authorization arrived; the request's id comes back in a header."""
    answer = wire.get(base_url, "/api/v1/auth/whoami", {"Authorization": f"Bearer {MADE_UP}"})
    if _code(answer) == "UNAUTHORIZED":
        return failed(
            "headers",
            "the Authorization header does not arrive.",
            "The proxy in between removes it; see docs/how-to in onepin's repository.",
        )
    missing = [name for name in ("X-Request-Id", "WWW-Authenticate", "Cache-Control") if not answer.header(name)]
    if missing:
        return warning("headers", f"{', '.join(missing)} of the answer got lost.", "Let the proxy pass them on.")
    if answer.header("X-Request-Id") != _meta(answer).get("request_id"):
        return warning(
            "headers", "a proxy replaced X-Request-Id.", "Let it pass on the server's: its log knows that one."
        )
    return ok("headers", "credentials and request ids pass")


def _code(answer: wire.Answer) -> str:
    try:
        return str(answer.data["error"]["code"])
    except (KeyError, TypeError):
        return ""


def _meta(answer: wire.Answer) -> dict[str, Any]:
    meta = answer.data.get("meta") if isinstance(answer.data, dict) else None
    return meta if isinstance(meta, dict) else {}


def _loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""The credential: whether the server takes it, and whether links in answers lead back."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from onepin.cli.connection import SIGN_IN, SIGN_IN_AS_PERSON, connect, target
from onepin.cli.connection import failed as explained
from onepin.cli.doctor.finding import Finding, failed, ok, warning
from onepin.cli.failures import Failed
from onepin.cli.flags import Flags
from onepin.client.errors import OnePinError


def access(flags: Flags) -> Iterator[Finding]:
    """Ask with it."""
    try:
        found = target(flags)
    except Failed as error:
        yield failed("sign-in", error.message, error.hint)
        return
    if found.identity is None:
        yield warning("sign-in", "there is no credential to try.", SIGN_IN)
        return
    try:
        with connect(flags, max_retries=0) as client:
            who = client.auth.whoami()
            if who.auth_kind == "api_key":
                yield ok("sign-in", f"the API key of {found.identity.source} is good; it can't manage keys")
                return
            yield ok("sign-in", f"the session of {found.identity.source} is good")
            pages = client.api_keys.with_raw_response.list(status="all", limit=1)
            yield from _links(found.base_url, pages.json())
    except OnePinError as error:
        why = explained(error)
        advice = SIGN_IN_AS_PERSON if why.code == "SESSION_REQUIRED" else why.hint or SIGN_IN
        yield failed("sign-in", why.message, advice)


def _links(base_url: str, envelope: dict[str, dict[str, str | None]]) -> Iterator[Finding]:
    """The next page's address stands on what the server takes for its own."""
    link = envelope["pagination"].get("next")
    if not link:
        return
    theirs, ours = urlsplit(link), urlsplit(base_url)
    if (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc):
        yield ok("links", "links in answers lead back here")
        return
    yield warning(
        "links",
        f"links in answers lead to {theirs.scheme}://{theirs.netloc}, not to {ours.scheme}://{ours.netloc}.",
        "Its operator sets ONEPIN_PUBLIC_URL; a proxy has to pass on the Host header.",
    )

"""How the text of one setting becomes a value. Pure; each parser raises ``ValueError`` with a reason to show.

A reason never repeats the text it is about: the text may be a secret, and whoever shows the reason knows the text.
"""

import base64
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")
Network = IPv4Network | IPv6Network

PEPPER_BYTES = 32
_VERSIONED = re.compile(r"v([1-9][0-9]{0,5}):(\S+)", re.ASCII)
_YES = ("true", "1", "yes", "on")
_NO = ("false", "0", "no", "off")


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, IPv6 with or without brackets) means this machine alone."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def whole_number(low: int, high: int, *, none: str | None = None) -> Callable[[str], int | None]:
    """A parser for ``low`` to ``high``; the word ``none``, where there is one, means no value."""

    def parse(text: str) -> int | None:
        if none is not None and text.lower() == none:
            return None
        if re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII) is None:
            raise ValueError("not a whole number")
        if len(text) > 12 or not low <= int(text) <= high:
            raise ValueError("out of range")
        return int(text)

    return parse


def seconds(low: float, high: float) -> Callable[[str], float]:
    """A parser for a number of seconds, with or without a fraction."""

    def parse(text: str) -> float:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII) is None:
            raise ValueError("not a number of seconds")
        if not low <= float(text) <= high:
            raise ValueError("out of range")
        return float(text)

    return parse


def boolean(text: str) -> bool:
    """``true`` or ``false``, or one of their usual other spellings."""
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError("neither true nor false")


def one_of(*words: str) -> Callable[[str], str]:
    """A parser for exactly one of ``words``."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError("not one of the words it can be")
        return text

    return parse


def matching(pattern: str, reason: str) -> Callable[[str], str]:
    """A parser for text of which ``pattern`` matches the whole."""

    def parse(text: str) -> str:
        if re.fullmatch(pattern, text, re.ASCII) is None:
            raise ValueError(reason)
        return text

    return parse


def several(item: Callable[[str], T], *, none: str | None = None) -> Callable[[str], tuple[T, ...]]:
    """A parser for a list, separated by commas or spaces; a repeated item counts once, the first place stands."""

    def parse(text: str) -> tuple[T, ...]:
        if none is not None and text.lower() == none:
            return ()
        return tuple(dict.fromkeys(item(part) for part in re.split(r"[,\s]+", text) if part))

    return parse


def folder_or_file(text: str) -> Path:
    """A path, absolute afterwards; ``~`` is the home folder."""
    if "\0" in text:
        raise ValueError("holds a NUL character")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError("begins with ~ and the name of a user that there is not") from None


def host(text: str) -> str:
    """The name or address to listen on, brackets of IPv6 taken off."""
    name = text.removeprefix("[").removesuffix("]")
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", text, re.ASCII) is None or re.fullmatch(
        r"[0-9.]+", text
    ):
        raise ValueError("not a host: no scheme, no port, no path")
    return text.lower()


def host_entry(text: str) -> str:
    """One name that requests may be addressed to, in lower case, with or without a port."""
    if "*" in text:
        raise ValueError("a wildcard would let anybody choose the links that this server hands out")
    if "/" in text:
        raise ValueError("a host has no scheme and no path")
    name, colon, port = text.rpartition(":") if re.search(r":[0-9]*$", text) and "::" not in text else (text, "", "")
    if text.startswith("["):
        name, _, rest = text.partition("]")
        name, colon, port = f"{name}]", rest[:1], rest[1:]
    if colon and not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError("the port is not a number up to 65535")
    plain = host(name)
    bracketed = f"[{plain}]" if ":" in plain else plain
    return f"{bracketed}{colon}{port}"


def _split(text: str) -> SplitResult:
    if re.search(r"[\s\x00-\x20\x7f]", text):
        raise ValueError("white space or control characters in a URL")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if not parts.scheme or not parts.hostname:
        raise ValueError("not a URL with a scheme and a host")
    return parts


def web_address(text: str) -> str:
    """An ``http`` or ``https`` URL without user, query or fragment; a slash at the end is dropped."""
    parts = _split(text)
    if parts.scheme not in ("http", "https"):
        raise ValueError("not http or https")
    if "@" in parts.netloc or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("a user, a query or a fragment has no place here")
    return text.rstrip("/")


def secure_address(text: str) -> str:
    """As ``web_address``, kept to the letter, and https unless the host is a loopback one."""
    if web_address(text) != text:
        raise ValueError("a slash at the end: it has to equal, to the letter, what the other side says")
    parts = _split(text)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("plain http is good on a loopback address alone")
    return text


def origin(text: str) -> str:
    """A web origin (RFC 6454): scheme, host and perhaps a port, as browsers write it."""
    if text == "*":
        raise ValueError("a wildcard would let every page on the web in")
    parts = _split(text)
    plain = f"{parts.scheme}://{parts.netloc.lower()}"
    if "@" in parts.netloc:
        raise ValueError("an origin has no user")
    if text != plain:
        raise ValueError(f"an origin ends after host and port, in lower case: {plain}")
    return text


def publishable_key(text: str) -> str:
    """A publishable key of Clerk, which names the host of its Frontend API."""
    if re.fullmatch(r"pk_(test|live)_[A-Za-z0-9+/=_-]{4,}", text, re.ASCII) is None:
        raise ValueError("not a publishable key")
    frontend_host(text)
    return text


def frontend_host(publishable_key: str) -> str:
    """The host that a publishable key names: base64, after the second ``_``, of the host with a ``$`` behind.

    Raises:
        ValueError: it names none.
    """
    coded = publishable_key.split("_", 2)[2]
    try:
        host = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True).decode("ascii")
    except ValueError:
        host = ""
    if re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?\$", host) is None:
        raise ValueError("a publishable key that names no host: copy it anew, whole")
    return host[:-1]


def network(text: str) -> Network:
    """An address or a network in CIDR notation, not the whole internet."""
    try:
        found = ip_network(text)
    except ValueError:
        try:
            wider = ip_network(text, strict=False)
        except ValueError:
            raise ValueError("not an address or network") from None
        raise ValueError(f"the address has bits outside its network; did you mean {wider}?") from None
    if found.prefixlen == 0:
        raise ValueError("it would believe everybody's X-Forwarded-For")
    return found


def database_url(text: str) -> str:
    """``sqlite:///`` and a path, or ``postgresql://`` and a host."""
    scheme, separator, rest = text.partition("://")
    if scheme in ("postgres", "psql") or scheme.startswith(("postgresql+", "sqlite+")):
        raise ValueError("write postgresql:// or sqlite:///, without a driver's name")
    if separator and scheme == "sqlite":
        if not rest.startswith("/") or rest.strip("/") == "" or ":memory:" in rest or "?" in rest:
            raise ValueError("needs the path of a file after sqlite:///, nothing else")
        return f"sqlite:///{folder_or_file(rest[1:]).as_posix()}"
    if separator and scheme == "postgresql":
        if not _split(text).path.strip("/"):
            raise ValueError("needs the name of the database after the host")
        return text
    raise ValueError("neither sqlite:/// nor postgresql://")


def pem(text: str) -> str:
    """A public key in PEM; a private one pasted by mistake is refused."""
    if "PRIVATE KEY" in text:
        raise ValueError("this is a private key; the public one belongs here, and this one is to be replaced")
    if "BEGIN PUBLIC KEY" not in text or "END PUBLIC KEY" not in text:
        raise ValueError("no public key in PEM: it begins with -----BEGIN PUBLIC KEY-----")
    return text


def pepper(text: str) -> str:
    """One pepper as it is, or versions as ``v1:<base64>`` with commas or new lines between, ``#`` before a comment.

    Each has 32 bytes or more, and is not one that anybody would guess.
    """
    items = [item.strip() for item in re.split(r"[,\n]", text)]
    items = [item for item in items if item and not item.startswith("#")]
    if not items or _VERSIONED.fullmatch(items[0]) is None:
        _check_pepper(text.strip().encode("utf-8", "surrogateescape"), text)
        return text
    versions: set[str] = set()
    for item in items:
        found = _VERSIONED.fullmatch(item)
        if found is None or found[1] in versions:
            raise ValueError("versions are v1:<base64>,v2:<base64> with a comma between, each number once")
        versions.add(found[1])
        try:
            raw = base64.b64decode(found[2].replace("-", "+").replace("_", "/"), validate=True)
        except ValueError:
            raise ValueError(f"version {found[1]} is not base64") from None
        _check_pepper(raw, found[2])
    return text


def _check_pepper(raw: bytes, text: str) -> None:
    if len(raw) < PEPPER_BYTES:
        raise ValueError(f"shorter than {PEPPER_BYTES} bytes")
    guessable = ("changeme", "secret", "password")
    if len(set(raw)) < 8 or any(word in text.lower() or word.encode() in raw.lower() for word in guessable):
        raise ValueError("a guessable pepper protects nothing")

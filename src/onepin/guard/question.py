"""What the server is asked: does this Authorization header hold a good key, with these scopes, of these workspaces?"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from onepin import __version__
from onepin.guard.refusal import Headers, Refused, no_credential, no_key

CHECK: Final = "/api/v1/auth/check"
LONGEST: Final = 4096
"""Characters of an Authorization header; a key has about 50, and what is longer is none."""
TARGETS: Final = 256
"""How many sets of scopes are kept as text; an application asks for a few."""
_SENDABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+", re.ASCII)  # RFC 6749, section 3.3


class AnyWorkspace(Enum):
    """The type of ``ANY_WORKSPACE``."""

    ANY = "any"


ANY_WORKSPACE: Final = AnyWorkspace.ANY
"""Lets in a good key of *any* workspace: right only where everybody who may have a key may call."""

Workspaces = UUID | str | Iterable[UUID | str] | Literal[AnyWorkspace.ANY]
"""Whose keys are let in: a workspace's id, several, or ``ANY_WORKSPACE``."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str

    @classmethod
    def at(cls, base_url: str) -> "Server":
        """The server at ``base_url``: http or https, a host, if need be a port and a path.

        Raises:
            ValueError: it is no such URL.
        """
        parts = urlsplit(base_url)
        sound = base_url.isascii() and base_url.isprintable() and " " not in base_url
        if not (sound and parts.scheme in ("http", "https") and parts.hostname) or "@" in parts.netloc:
            raise ValueError(f"base_url must be http(s)://host[:port][/path], without a user: {base_url!r}")
        if parts.query or parts.fragment:
            raise ValueError(f"base_url must have no query and no fragment: {base_url!r}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(parts.scheme, parts.hostname, port, parts.netloc.lower(), parts.path.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Question:
    """One request to ``/auth/check``, and what its answer has to agree with."""

    target: str
    headers: Headers
    scopes: frozenset[str]
    workspaces: frozenset[UUID] | None


class Questions:
    """Makes the questions of one guard."""

    def __init__(self, server: Server, workspace: Workspaces) -> None:
        self._workspaces = workspaces_of(workspace)
        self._path = server.path + CHECK
        self._headers: Headers = (
            ("Host", server.authority),
            ("User-Agent", f"onepin-guard/{__version__}"),
            ("Accept", "application/json"),
        )
        self._targets: dict[tuple[str, ...], str] = {}

    def about(self, authorization: str | None, scopes: tuple[str, ...], client: str | None) -> Question:
        """The question about a caller.

        Args:
            authorization: The value of the caller's Authorization header, if there is one.
            scopes: What the key must hold, all of it.
            client: The caller's IP address, for the server's limit of failures per address.

        Raises:
            Refused: what the caller sent can't be a key; the server need not be asked.
        """
        if not authorization:
            raise Refused(no_credential())
        if len(authorization) > LONGEST or not _SENDABLE.fullmatch(authorization):
            raise Refused(no_key())
        headers = (*self._headers, ("Authorization", authorization))
        if client is not None and _is_address(client):
            headers += (("X-Forwarded-For", client),)
        return Question(self._target(scopes), headers, frozenset(scopes), self._workspaces)

    def _target(self, scopes: tuple[str, ...]) -> str:
        target = self._targets.get(scopes)
        if target is None:
            ids = sorted(map(str, self._workspaces or ()))
            pairs = [("scope", scope) for scope in checked_scopes(scopes)] + [("workspace", each) for each in ids]
            target = self._path + ("?" + urlencode(pairs, quote_via=quote, safe=":") if pairs else "")
            if len(self._targets) >= TARGETS:
                self._targets.clear()
            self._targets[scopes] = target
        return target


def checked_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """``scopes`` as they are.

    Raises:
        ValueError: it is one text instead of several, or one of them is no scope (RFC 6749, section 3.3).
    """
    if isinstance(scopes, str):
        raise ValueError(f"scopes must be several texts, such as [{scopes!r}]")
    several = tuple(scopes)
    for scope in several:
        if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
            raise ValueError(f"not a scope: {scope!r}")
    return several


def workspaces_of(workspace: Workspaces) -> frozenset[UUID] | None:
    """The ids in ``workspace``, or None for any.

    Raises:
        ValueError: it is empty (an unset variable must not open the door), or holds what is no UUID.
    """
    if workspace is ANY_WORKSPACE:
        return None
    each = [workspace] if isinstance(workspace, (UUID, str)) else list(workspace or ())
    if not each or not all(each):
        raise ValueError("workspace must be the id of a workspace, several, or ANY_WORKSPACE")
    return frozenset(one if isinstance(one, UUID) else UUID(one) for one in each)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text

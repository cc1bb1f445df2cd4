"""One bare HTTP request, step by step, so that what fails has a name: the address, the port, TLS, or the answer."""

import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

SECONDS = 5.0
LONGEST = 256 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back; ``data`` is the body if it was JSON."""

    status: int
    headers: Message
    data: Any

    def header(self, name: str) -> str:
        """A header's text, empty when it is absent."""
        return str(self.headers.get(name, ""))


def resolve(base_url: str) -> list[str]:
    """The addresses of the host. Raises ``OSError``."""
    parts = urlsplit(base_url)
    found = socket.getaddrinfo(parts.hostname, _port(base_url), type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(base_url: str) -> None:
    """Open the port and close it again. Raises ``OSError``."""
    socket.create_connection((urlsplit(base_url).hostname or "", _port(base_url)), SECONDS).close()


def certificate_ends(base_url: str) -> float:
    """When the server's certificate ends, in seconds since 1970. Raises ``OSError`` (``ssl.SSLError``)."""
    host = urlsplit(base_url).hostname or ""
    with (
        socket.create_connection((host, _port(base_url)), SECONDS) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
    ):
        ends = (secure.getpeercert() or {}).get("notAfter", "")
        return ssl.cert_time_to_seconds(str(ends))


def get(base_url: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    """One GET; nothing is followed. Raises ``OSError`` and ``http.client.HTTPException``."""
    parts = urlsplit(base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", _port(base_url), timeout=SECONDS)
    try:
        connection.request(
            "GET", parts.path.rstrip("/") + path, headers={"User-Agent": "onepin-doctor"} | (headers or {})
        )
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, _parsed(answer.read(LONGEST)))
    finally:
        connection.close()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _port(base_url: str) -> int:
    parts = urlsplit(base_url)
    return parts.port or (443 if parts.scheme == "https" else 80)

"""A signed-in person and their requests, as bytes ready to send."""

import http.client
import json
from datetime import UTC, datetime
from typing import Any

from measure.servers import Server
from onepin.server.config import LOCAL_ISSUER_URL
from onepin.server.identity.local import LocalIssuer

USER = "bench@example.com"


def session(server: Server) -> dict[str, str]:
    """The header of a session that lasts an hour, as ``onepin token`` would mint it for this server's data folder."""
    issuer = LocalIssuer.load_or_create(server.folder, LOCAL_ISSUER_URL)
    token, _ = issuer.mint(user=USER, ttl_seconds=3600, now=datetime.now(UTC), azp=LOCAL_ISSUER_URL)
    return {"Authorization": f"Bearer {token}"}


def as_bytes(server: Server, method: str, path: str, headers: dict[str, str], body: Any = None) -> bytes:
    """An HTTP/1.1 request."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def call(server: Server, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    """One request on a connection of its own; the answer's JSON. Raises ``RuntimeError`` unless it is 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, headers | {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status // 100 != 2:
        raise RuntimeError(f"{method} {path}: {answer.status} {text!r}")
    return json.loads(text)

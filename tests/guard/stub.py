"""A server at the other end that does as a test says: answers as the contract has it, or dies, drips and lies."""

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

META = {"request_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "timestamp": "2026-05-01T12:00:00.000Z"}


@dataclass(frozen=True)
class Asked:
    """One request as it came, and the number of the connection it came over."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


Reply = bytes | Callable[[socket.socket], None] | None
"""What is sent; or what is done to the connection, which ends then; or None, to end it without a word."""


@dataclass
class Key:
    secret: str
    scopes: tuple[str, ...] = ()
    workspace_id: UUID = field(default_factory=uuid4)
    key_id: UUID = field(default_factory=uuid4)
    creator: UUID | None = field(default_factory=uuid4)
    name: str = "a key"
    limited: bool = False


class Stub:
    """Listens on a free port; every connection has a thread. ``asked`` is what came, in order."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.keys: dict[str, Key] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.reply: Callable[[Asked], Reply] = self.contract
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.base_url = f"{'https' if tls else 'http'}://{self.address}"
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def key(self, *scopes: str, **facts: object) -> Key:
        """A key that is good from now on."""
        made = Key(f"pk_live_{uuid4().hex}", scopes, **facts)  # type: ignore[arg-type]
        self.keys[made.secret] = made
        return made

    def contract(self, asked: Asked) -> bytes:
        """The answer that the contract's rows 15, 'Envelopes' and 'Credentials' prescribe."""
        scheme, _, secret = asked.headers.get("authorization", "").partition(" ")
        key = self.keys.get(secret)
        wanted = asked.query.get("scope", []) + asked.headers.get("x-onepin-require-scopes", "").split()
        workspaces = asked.query.get("workspace", [])
        if scheme.lower() != "bearer" or key is None:
            return refusal(401, "INVALID_API_KEY", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        if workspaces and str(key.workspace_id) not in workspaces:
            return refusal(403, "WORKSPACE_MISMATCH")
        if not set(wanted) <= set(key.scopes):
            lacking = f'Bearer error="insufficient_scope", scope="{" ".join(wanted)}"'
            return refusal(403, "INSUFFICIENT_SCOPE", {"WWW-Authenticate": lacking})
        if key.limited:
            limits = {"RateLimit-Policy": '"default";q=1000;w=60', "RateLimit": '"default";r=0;t=7'}
            old = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1777777777"}
            return refusal(429, "RATE_LIMITED", {"Retry-After": "7", **limits, **old})
        return admitted(key)

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port and every connection: whoever asks now finds nobody."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        """Close the connections that are open now."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with self._lock:
                self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), self._secured(connection) as secured:
            for asked in _requests(secured, number):
                self.asked.append(asked)
                reply = self.reply(asked)
                if not isinstance(reply, bytes):
                    if reply is not None:
                        reply(secured)
                    break
                secured.sendall(reply if asked.method != "HEAD" else reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        with self._lock:
            self._open.discard(connection)

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self._tls is None:
            return connection
        try:
            return self._tls.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            raise


def _requests(connection: socket.socket, number: int) -> Iterator[Asked]:
    pending = b""
    while True:
        while b"\r\n\r\n" not in pending:
            data = connection.recv(65536)
            if not data:
                return
            pending += data
        head, _, pending = pending.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        yield Asked(number, method, target, headers)


def response(status: int, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """One HTTP response."""
    lines = [f"HTTP/1.1 {status} Because", f"Content-Length: {len(body)}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def refusal(status: int, code: str, headers: dict[str, str] | None = None, message: str = "No.") -> bytes:
    """A refusal in the contract's envelope."""
    meta = META | {"request_id": str(uuid4())}  # every answer has one of its own
    body = {"error": {"code": code, "message": message, "details": []}, "meta": meta}
    always = {"X-Request-Id": meta["request_id"], "Cache-Control": "no-store"}
    return response(status, json.dumps(body).encode(), always | (headers or {}))


def admitted(key: Key) -> bytes:
    """What check says of a good key."""
    meta = META | {"request_id": str(uuid4())}
    headers = {
        "X-Request-Id": meta["request_id"],
        "X-OnePin-Key-Id": str(key.key_id),
        "X-OnePin-Workspace-Id": str(key.workspace_id),
        "X-OnePin-Scopes": " ".join(key.scopes),
        "X-OnePin-Key-Name": quote(key.name, safe=""),
    }
    if key.creator is not None:
        headers["X-OnePin-Key-Creator"] = str(key.creator)
    return response(200, json.dumps({"data": {}, "meta": meta}).encode(), headers)


def dripping(data: bytes, every: float) -> Callable[[socket.socket], None]:
    """Sends ``data`` a byte at a time, ``every`` so many seconds."""

    def drip(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(every)

    return drip

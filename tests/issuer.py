"""A pretend Clerk: mints session tokens of exactly its shape, well-formed or as broken as a test wants, and serves
its JWK set over real HTTP on loopback, counting requests and misbehaving on demand.

    issuer = PretendIssuer()
    token = issuer.token(now=clock.now())                                   # a valid v2 token
    token = issuer.token(now=clock.now(), claims={"azp": "https://evil.example"}, drop=["sid"])
    with JwksServer(issuer) as server:
        JwksCache(server.url, clock); server.behave("500"); server.requests
"""

import asyncio
import base64
import contextlib
import functools
import gzip
import hmac
import json
import secrets
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from onepin.contract.codes import Code
from onepin.server.clock import Clock
from onepin.server.errors import Refused
from onepin.server.identity.jwks import JwksCache, KeySource, StaticKeys
from onepin.server.identity.session import Issuer, SessionVerifier

PARTY = "https://app.example.com"
SUBJECT = "user_2aBcDeFgHiJkLmNoPqRsTuVwXyZ"
SESSION = "sess_2aBcDeFgHiJkLmNoPqRsTuVwXyZ"


@functools.cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key pair, made once per process for each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def b64_number(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))


def jwk(kid: str, key: rsa.RSAPrivateKey, **changes: Any) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    entry = {"use": "sig", "kty": "RSA", "kid": kid, "alg": "RS256", "n": b64_number(numbers.n)}
    return entry | {"e": b64_number(numbers.e)} | changes


def rs256(signed: bytes, key: rsa.RSAPrivateKey) -> bytes:
    return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())


def signature(algorithm: str, signed: bytes, key: rsa.RSAPrivateKey | bytes) -> bytes:
    """What a signer who uses ``algorithm`` would append; a ``bytes`` key is an HMAC secret."""
    if isinstance(key, bytes):
        return hmac.digest(key, signed, "sha256")
    match algorithm:
        case "RS384":
            return key.sign(signed, padding.PKCS1v15(), hashes.SHA384())
        case "RS512":
            return key.sign(signed, padding.PKCS1v15(), hashes.SHA512())
        case "PS256":
            return key.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        case _:
            return rs256(signed, key)


class PretendIssuer:
    """One Clerk instance: an ``iss``, a key id, a key.

    ``key`` names the key pair: two issuers with the same name share it.
    """

    def __init__(
        self,
        url: str = "https://clerk.example.com",
        *,
        kid: str = "ins_2ZyXwVuTsRqPoNmLkJiHgFeDcBa",
        key: str = "first",
    ) -> None:
        self.url = url
        self.kid = kid
        self.key = rsa_key(key)

    def jwks(self) -> dict[str, Any]:
        return {"keys": [jwk(self.kid, self.key)]}

    def header(self) -> dict[str, Any]:
        return {"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": self.kid, "oiat": 1700000000, "typ": "JWT"}

    def claims(self, now: datetime, *, version: int = 2, ttl: int = 60) -> dict[str, Any]:
        """The claims of a session of a person in an organisation, as Clerk writes them."""
        issued = int(now.timestamp())
        claims: dict[str, Any] = {"azp": PARTY, "exp": issued + ttl, "iat": issued, "iss": self.url}
        claims |= {"nbf": issued - 10, "sid": SESSION, "sub": SUBJECT, "fva": [0, -1]}
        if version == 1:
            org = {"org_id": "org_2abc", "org_slug": "acme", "org_role": "org:admin", "org_permissions": []}
            return claims | org
        org = {"id": "org_2abc", "slg": "acme", "rol": "admin", "per": "manage,read", "fpm": "3,2"}
        claims |= {"fea": "o:dashboard,o:teams", "jti": secrets.token_hex(10), "o": org, "pla": "o:pro", "v": 2}
        return claims | {"sts": "active"}

    def token(
        self,
        *,
        now: datetime,
        header: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        drop: Iterable[str] = (),
        drop_header: Iterable[str] = (),
        key: rsa.RSAPrivateKey | None = None,
        version: int = 2,
        ttl: int = 60,
    ) -> str:
        """A signed session token; ``header`` and ``claims`` override, ``drop`` and ``drop_header`` remove."""
        heads = self.header() | dict(header or {})
        says = self.claims(now, version=version, ttl=ttl) | dict(claims or {})
        for name in drop_header:
            del heads[name]
        for name in drop:
            del says[name]
        return self.sign(json.dumps(heads).encode(), json.dumps(says).encode(), key=key)

    def sign(
        self,
        header: bytes,
        payload: bytes,
        *,
        key: rsa.RSAPrivateKey | bytes | None = None,
        algorithm: str = "RS256",
    ) -> str:
        """A compact JWS over exactly these bytes."""
        signed = f"{b64(header)}.{b64(payload)}"
        return f"{signed}.{b64(signature(algorithm, signed.encode(), key or self.key))}"


Answer = Callable[["JwksServer"], bytes]


def http(body: bytes, *, status: str = "200 OK", headers: str = "Content-Type: application/json\r\n") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def _keys(*entries: object) -> bytes:
    return http(json.dumps({"keys": entries}).encode())


def _chunked(body: bytes) -> bytes:
    chunks = b"".join(
        b"%x\r\n%b\r\n" % (len(body[at : at + 100]), body[at : at + 100]) for at in range(0, len(body), 100)
    )
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


_EC = {"kty": "EC", "crv": "P-256", "x": b64(b"x" * 32), "y": b64(b"y" * 32), "use": "sig"}
_GZIP = "Content-Encoding: gzip\r\nContent-Type: application/json\r\n"

ANSWERS: dict[str, Answer] = {
    "ok": lambda s: http(s.document()),
    "chunked": lambda s: _chunked(s.document()),
    "until-close": lambda s: b"HTTP/1.1 200 OK\r\n\r\n" + s.document(),
}
"""Answers that are fine."""

BROKEN_ANSWERS: dict[str, Answer] = {
    "500": lambda s: http(s.document(), status="500 Internal Server Error"),
    "404": lambda s: http(s.document(), status="404 Not Found"),
    "204": lambda s: http(b"", status="204 No Content"),
    "203": lambda s: http(s.document(), status="203 Non-Authoritative Information"),
    "redirect": lambda s: http(s.document(), status="301 Moved Permanently", headers=f"Location: {s.redirect_to}\r\n"),
    "html": lambda _: http(b"<!doctype html><title>maintenance</title>"),
    "list": lambda _: http(b"[]"),
    "empty-object": lambda _: http(b"{}"),
    "no-keys": lambda _: http(b'{"keys":[]}'),
    "keys-not-list": lambda _: http(b'{"keys":{"a":1}}'),
    "entries-not-objects": lambda _: _keys(1, "a", None, []),
    "duplicate-names": lambda s: http(s.document()[:-1] + b',"keys":[]}'),
    "deep": lambda _: http(b'{"keys":' + b"[" * 60_000),
    "invalid-utf8": lambda _: http(b'{"keys":["\xff"]}'),
    "10mb": lambda _: http(b" " * 10_000_000),
    "10mb-chunked": lambda _: _chunked(b" " * 10_000_000),
    "gzip-bomb": lambda _: http(gzip.compress(b" " * 10_000_000), headers=_GZIP),
    "encoded": lambda s: http(s.document(), headers="Content-Encoding: br\r\n"),
    "17-keys": lambda s: _keys(s.keys[0], *(jwk(f"ins_{at}", s.issuer.key) for at in range(16))),
    "1000-keys": lambda s: _keys(*(jwk(f"ins_{at}", s.issuer.key) for at in range(1000))),
    "ec-key": lambda s: _keys(_EC | {"kid": s.issuer.kid}),
    "oct-key": lambda s: _keys({"kty": "oct", "kid": s.issuer.kid, "k": b64(b"k" * 32)}),
    "512-bit": lambda s: _keys(jwk(s.issuer.kid, s.issuer.key, n=b64(b"\xc1" * 64))),
    "e-1": lambda s: _keys(jwk(s.issuer.kid, s.issuer.key, e="AQ")),
    "e-3": lambda s: _keys(jwk(s.issuer.kid, s.issuer.key, e="Aw")),
    "private-jwk": lambda s: _keys(jwk(s.issuer.kid, s.issuer.key, d="AQ")),
    "encryption-key": lambda s: _keys(jwk(s.issuer.kid, s.issuer.key, use="enc")),
    "other-alg": lambda s: _keys(jwk(s.issuer.kid, s.issuer.key, alg="RS512")),
    "no-kid": lambda s: _keys({name: value for name, value in jwk("x", s.issuer.key).items() if name != "kid"}),
    "duplicate-kid": lambda s: _keys(jwk(s.issuer.kid, rsa_key("evil")), jwk(s.issuer.kid, s.issuer.key)),
    "cut-short": lambda s: http(s.document())[:-20],
    "absurd-length": lambda s: http(s.document()).replace(b"Content-Length: ", b"Content-Length: 9" + b"9" * 30),
    "negative-length": lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "bad-chunks": lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "not-http": lambda _: b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "huge-head": lambda _: b"HTTP/1.1 200 OK\r\n" + b"X-Padding: " + b"x" * 200_000 + b"\r\n\r\n",
    "silence": lambda _: b"",
}
"""Answers after which no key may be trusted that was not before."""

STALLS = ("hang", "drip", "drip-body", "endless", "reset")


class _Connection(socketserver.BaseRequestHandler):
    server: "_Listener"

    def handle(self) -> None:
        jwks_server = self.server.owner
        connection: socket.socket = self.request
        connection.settimeout(5)
        received = b""
        while b"\r\n\r\n" not in received:
            more = connection.recv(4096)
            if not more:
                return
            received += more
        jwks_server.note(received)
        with contextlib.suppress(OSError):  # the client had enough
            jwks_server.answer(connection)


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    request_queue_size = 256
    owner: "JwksServer"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class JwksServer:
    """Serves ``issuer``'s JWK set at ``url`` until the ``with`` block ends.

    ``requests`` counts; ``heads`` keeps what was sent; ``document()`` can be replaced through ``keys``.
    """

    def __init__(self, issuer: PretendIssuer) -> None:
        self.issuer: PretendIssuer = issuer
        self.keys: list[dict[str, Any]] = issuer.jwks()["keys"]
        self.requests = 0
        self.heads: list[bytes] = []
        self.redirect_to: str = "http://127.0.0.1:9/"
        self.delay = 0.0
        self._behaviour = "ok"
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._listener = _Listener(("127.0.0.1", 0), _Connection)
        self._listener.owner = self
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/.well-known/jwks.json"

    def document(self) -> bytes:
        return json.dumps({"keys": self.keys}).encode()

    def behave(self, how: str) -> None:
        """Answer from now on as ``ANSWERS``, ``BROKEN_ANSWERS`` or ``STALLS`` name it."""
        assert how in ANSWERS or how in BROKEN_ANSWERS or how in STALLS
        self._behaviour = how

    def note(self, head: bytes) -> None:
        with self._lock:
            self.requests += 1
            self.heads.append(head)

    def answer(self, connection: socket.socket) -> None:
        if self.delay:
            self._stopping.wait(self.delay)
        match self._behaviour:
            case "hang":
                self._stopping.wait(30)
            case "drip":
                self._drip(connection, http(self.document()))
            case "drip-body":
                whole = http(self.document())
                connection.sendall(whole[:120])
                self._drip(connection, whole[120:])
            case "endless":
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not self._stopping.is_set():
                    connection.sendall(b" " * 4096)
            case "reset":
                connection.sendall(http(self.document())[:150])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            case how:
                connection.sendall((ANSWERS | BROKEN_ANSWERS)[how](self))

    def _drip(self, connection: socket.socket, data: bytes) -> None:
        for at in range(len(data)):
            connection.sendall(data[at : at + 1])
            if self._stopping.wait(1):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()


def static_keys(*issuers: PretendIssuer) -> StaticKeys:
    return StaticKeys.from_jwks({"keys": [jwk(issuer.kid, issuer.key) for issuer in issuers]})


def verifier_of(issuer: PretendIssuer, clock: Clock, keys: KeySource | None = None, **options: Any) -> SessionVerifier:
    """A verifier that trusts ``issuer`` for ``PARTY``; with its keys at hand unless ``keys`` says where they are."""
    settings = {"authorized_parties": frozenset({PARTY})} | options
    return SessionVerifier([Issuer(issuer.url, keys or static_keys(issuer), **settings)], clock)


async def refusal(verifier: SessionVerifier, token: str) -> Refused:
    """The 401 that ``token`` gets; fails when it passes, or when the answer tells more than any other 401."""
    with pytest.raises(Refused) as caught:
        await verifier.verify(token)
    refused = caught.value
    assert refused.code is Code.UNAUTHORIZED, refused.reason
    assert refused.reason is not None
    assert not refused.reason.startswith("unexpected")  # the safety net is not the plan
    assert refused.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    assert refused.details == ()
    assert refused.message.startswith("This session token is not valid")
    return refused


def cache_of(server: JwksServer, clock: Clock, *, total_seconds: float = 1.0) -> JwksCache:
    """A cache of what ``server`` serves, without jitter: every wait is the longest."""
    return JwksCache(server.url, clock, total_seconds=total_seconds, jitter=lambda _, high: high)


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (what is waited for happens in another thread)
            await asyncio.sleep(0.002)


async def fetched(cache: JwksCache, times: int) -> None:
    """Until ``cache`` has ended its fetch number ``times``, well or badly."""
    await until(lambda: cache.refreshes.total() >= times)


def rows(**cases: Any) -> pytest.MarkDecorator:
    """One run of a test for each ``case``, with the row of the matrix as its id."""
    return pytest.mark.parametrize("case", [pytest.param(value, id=name) for name, value in cases.items()])

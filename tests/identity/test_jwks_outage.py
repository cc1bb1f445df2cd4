"""What happens when the issuer's key server fails: T23, warm and cold, and which servers are asked at all."""

import asyncio
import datetime
import ipaddress
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from issuer import (
    BROKEN_ANSWERS,
    STALLS,
    JwksServer,
    PretendIssuer,
    cache_of,
    fetched,
    http,
    jwk,
    refusal,
    rsa_key,
    verifier_of,
)
from onepin.contract.codes import Code
from onepin.server.clock import ManualClock
from onepin.server.errors import Refused
from onepin.server.identity.jwk import keys_from_jwks
from onepin.server.identity.jwks import JwksCache
from onepin.server.identity.jwks_fetch import FetchFailed, JwksEndpoint
from onepin.server.identity.session import SessionVerifier

ISSUER = PretendIssuer()
HOUR = 3600
PATIENCE = 1.5
"""Seconds for a fetch: what stalls is waited for this long, and a good answer on a busy machine must be in time."""
every_failure = pytest.mark.parametrize(
    "how", [pytest.param(how, id=f"T23_{how}") for how in (*BROKEN_ANSWERS, *STALLS)]
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with JwksServer(ISSUER) as running:
        yield running


async def unavailable(verifier: SessionVerifier, clock: ManualClock) -> int:
    """The seconds of ``Retry-After`` in the 503 that a good token gets."""
    with pytest.raises(Refused) as caught:
        await verifier.verify(ISSUER.token(now=clock.now()))
    assert caught.value.code is Code.UNAVAILABLE
    return int(caught.value.headers["Retry-After"])


@every_failure
async def test_warm_the_last_good_keys_serve_for_a_day(server: JwksServer, clock: ManualClock, how: str) -> None:
    """Were a broken answer to replace good keys, a fault at the issuer would lock everyone out, or let someone in."""
    cache = cache_of(server, clock, total_seconds=PATIENCE)
    verifier = verifier_of(ISSUER, clock, cache)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    server.behave(how)
    clock.advance(660)
    assert await verifier.verify(ISSUER.token(now=clock.now()))  # at once, while the refresh fails
    await fetched(cache, 2)
    assert cache.refreshes == {"ok": 1, "failed": 1}
    await refusal(verifier, ISSUER.token(now=clock.now(), key=rsa_key("evil")))
    clock.advance(23 * HOUR)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    await fetched(cache, 3)
    assert verifier.ready


@every_failure
async def test_cold_the_answer_is_503_and_then_the_keys_come(server: JwksServer, clock: ManualClock, how: str) -> None:
    """Were it 401, clients would sign their users out for our outage; were it 500, they would not know to wait."""
    server.behave(how)
    verifier = verifier_of(ISSUER, clock, cache_of(server, clock, total_seconds=PATIENCE))
    assert await unavailable(verifier, clock) >= 1
    assert not verifier.ready
    assert server.requests == 1
    await unavailable(verifier, clock)
    assert server.requests == 1  # backing off
    server.behave("ok")
    clock.advance(1)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    assert verifier.ready


@pytest.mark.parametrize("how", [pytest.param(how, id=f"T23_{how}") for how in ("hang", "drip")])
async def test_cold_nobody_waits_longer_than_three_and_a_half_seconds(
    server: JwksServer, clock: ManualClock, how: str
) -> None:
    """Were each read to start the time anew, one byte a second could hold requests for hours."""
    server.behave(how)
    started = time.monotonic()
    await unavailable(verifier_of(ISSUER, clock, JwksCache(server.url, clock)), clock)
    assert time.monotonic() - started < 3.5


async def test_t23_a_redirect_is_not_followed(server: JwksServer, clock: ManualClock) -> None:
    """Were it followed, whoever can redirect the issuer's URL could serve keys of their own."""
    evil = PretendIssuer(key="evil")
    with JwksServer(evil) as elsewhere:
        server.redirect_to = elsewhere.url
        server.behave("redirect")
        await unavailable(verifier_of(ISSUER, clock, cache_of(server, clock)), clock)
        assert elsewhere.requests == 0


@pytest.mark.parametrize("how", ["10mb", "10mb-chunked", "endless"])
async def test_t23_a_body_without_end_is_given_up_at_64_kib(server: JwksServer, how: str) -> None:
    """Were it read on, the far side could fill the server's memory."""
    server.behave(how)
    with pytest.raises(FetchFailed, match="larger than 64 KiB"):
        await JwksEndpoint(server.url).fetch()


@pytest.mark.parametrize("url", [pytest.param("http://127.0.0.1:{port}/", id="T23_refused"), "https://jwks.invalid/"])
async def test_t23_an_unreachable_server_is_503(clock: ManualClock, url: str) -> None:
    with JwksServer(ISSUER) as gone:
        port = gone.port
    verifier = verifier_of(ISSUER, clock, JwksCache(url.format(port=port), clock))
    started = time.monotonic()
    await unavailable(verifier, clock)
    assert time.monotonic() - started < 3.5


async def test_t23_after_a_day_without_keys_sessions_stop(server: JwksServer, clock: ManualClock) -> None:
    """Were stale keys to serve for ever, cutting us off from the issuer would keep a stolen key alive."""
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    server.behave("500")
    clock.advance(24 * HOUR)
    assert await unavailable(verifier, clock) >= 1
    assert verifier.ready  # the other half of the service must not leave the load balancer
    server.behave("ok")
    clock.advance(1)
    assert await verifier.verify(ISSUER.token(now=clock.now()))


async def test_t23_a_token_remembered_from_before_does_not_outlive_the_keys(
    server: JwksServer, clock: ManualClock
) -> None:
    """Were it to, the day's limit would be a day and a bit; small, but then it is not the limit we state."""
    verifier = verifier_of(ISSUER, clock, cache_of(server, clock))
    await verifier.verify(ISSUER.token(now=clock.now()))
    server.behave("500")
    clock.advance(24 * HOUR - 1)
    token = ISSUER.token(now=clock.now())
    assert await verifier.verify(token)
    clock.advance(1)
    await unavailable(verifier, clock)


async def test_t23_failures_back_off_up_to_a_minute(server: JwksServer, clock: ManualClock) -> None:
    """Were they retried at once, we would help to keep the issuer down."""
    server.behave("500")
    cache = cache_of(server, clock)
    verifier = verifier_of(ISSUER, clock, cache)
    waits = []
    for _ in range(9):
        waits.append(await unavailable(verifier, clock))
        clock.advance(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert server.requests == 9
    server.behave("ok")
    assert await verifier.verify(ISSUER.token(now=clock.now()))
    server.behave("500")
    clock.advance(24 * HOUR)
    assert await unavailable(verifier, clock) == 1


async def test_t23_an_unknown_key_id_does_not_cut_the_back_off_short(server: JwksServer, clock: ManualClock) -> None:
    """Were it to, strangers could defeat the back-off."""
    cache = cache_of(server, clock)
    await cache.key_for(ISSUER.kid)
    server.behave("500")
    clock.advance(660)
    for at in range(7):
        await cache.key_for(ISSUER.kid)
        await fetched(cache, at + 2)
        clock.advance(60)
    requests = server.requests
    await cache.key_for(ISSUER.kid)
    await fetched(cache, requests + 1)
    clock.advance(45)
    assert await cache.key_for("ins_bogus") is None
    assert server.requests == requests + 1


async def test_t23_good_keys_beside_bad_entries_are_used(server: JwksServer, clock: ManualClock) -> None:
    good = server.keys[0]
    server.keys = [jwk("ins_small", rsa_key("small", 1024)), {"kty": "EC", "kid": "ins_ec"}, good]
    server.keys += [jwk("ins_twice", rsa_key("evil")), jwk("ins_twice", ISSUER.key)]
    cache = cache_of(server, clock)
    assert await cache.key_for(ISSUER.kid)
    assert [await cache.key_for(kid) for kid in ("ins_small", "ins_ec", "ins_twice")] == [None] * 3


async def test_starting_with_the_issuer_down_does_not_fail_and_catches_up(
    server: JwksServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onepin.server.identity.jwks._TICK_SECONDS", 0.01)
    server.behave("hang")
    cache = cache_of(server, clock, total_seconds=PATIENCE)
    verifier = verifier_of(ISSUER, clock, cache)
    await verifier.warm()
    assert not verifier.ready
    server.behave("ok")
    clock.advance(1)
    await fetched(cache, 2)
    assert verifier.ready
    await verifier.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://clerk.example.com/.well-known/jwks.json",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "//clerk.example.com/",
        "clerk.example.com",
        "",
        "https://user:password@clerk.example.com/",
        "https://clerk.example.com/#fragment",
        "https://clerk.example.com/a b",
        "https://clerk.example.com/\r\nX-Injected: 1",
        "https://clerk.ex\u00e4mple.com/",
        "https://clerk.example.com:99999/",
    ],
)
def test_only_https_or_loopback_is_asked(url: str) -> None:
    """Were plain http taken, anyone on the way could hand us keys of their own."""
    with pytest.raises(ValueError, match=r"JWKS URL must|[Pp]ort"):
        JwksEndpoint(url)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/jwks", "http://[::1]:8000/", "http://127.9.9.9/", "https://a.b/c"]
)
def test_loopback_and_https_are_accepted(url: str) -> None:
    assert JwksEndpoint(url)


class _TlsFiles:
    """A certificate for 127.0.0.1 that signs itself."""

    def __init__(self, folder: Path) -> None:
        key = rsa_key("tls")
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
            now + datetime.timedelta(days=1)
        )
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        self.key = folder / "key.pem"
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


async def _tls_server(files: _TlsFiles, body: bytes) -> asyncio.Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(body))
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Were it taken, anyone on the way could pose as the issuer and sign in as everyone."""
    files = _TlsFiles(tmp_path)
    async with await _tls_server(files, server_document()) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchFailed, match="certificate verify failed"):
            await JwksEndpoint(f"https://127.0.0.1:{port}/").fetch()
        trusting = ssl.create_default_context(cafile=files.certificate)
        with pytest.raises(FetchFailed, match="certificate verify failed"):
            await JwksEndpoint(f"https://localhost:{port}/", tls=trusting).fetch()  # another name
        body = await JwksEndpoint(f"https://127.0.0.1:{port}/", tls=trusting).fetch()
    assert set(keys_from_jwks(body)) == {ISSUER.kid}


def server_document() -> bytes:
    return json.dumps(ISSUER.jwks()).encode()

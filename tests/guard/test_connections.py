"""Connections are kept, let go before the server ends them, asked over again once at most, and never shared wrongly."""

import asyncio
import gc
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from guard.conftest import Ask
from guard.stub import Asked, Reply, Stub, admitted, dripping, response
from onepin.guard import ANY_WORKSPACE, AsyncGuard, Guard, Unavailable


def bearer(secret: str) -> str:
    return f"Bearer {secret}"


def test_one_connection_serves_one_question_after_the_other(stub: Stub, ask: Ask) -> None:
    asker, secret = ask(), stub.key().secret
    for _ in range(5):
        asker.check(bearer(secret))
    assert stub.connections == 1


def test_a_repeated_answer_is_not_taken_for_that_about_the_next_key(stub: Stub, ask: Ask) -> None:
    """Otherwise, behind a proxy that repeats an answer, a revoked key would be let in as the one before it."""
    asker, good = ask(), stub.key().secret
    stub.reply = lambda asked: stub.contract(asked) * 2
    assert asker.check(bearer(good)).name == "a key"
    with pytest.raises(Exception, match="401"):
        asker.check(bearer("pk_live_revoked"))
    assert asker.check(bearer(good)).name == "a key"


def test_a_refusal_keeps_the_connection(stub: Stub, ask: Ask) -> None:
    asker = ask()
    for _ in range(3):
        with pytest.raises(Exception, match="401"):
            asker.check(bearer("unknown"))
    assert stub.connections == 1


def test_a_connection_that_is_idle_for_four_seconds_is_not_used_again(stub: Stub) -> None:
    """The server ends it after five; a question sent just then would be lost."""
    secret = bearer(stub.key().secret)

    async def both() -> None:
        with Guard(stub.base_url, workspace=ANY_WORKSPACE) as guard:
            async with AsyncGuard(stub.base_url, workspace=ANY_WORKSPACE) as other:
                for pause in (0, 1.0, 4.1):
                    await asyncio.sleep(pause)
                    guard.check(secret)
                    await other.check(secret)

    asyncio.run(both())
    assert [asked.connection for asked in stub.asked] == [1, 2, 1, 2, 3, 4]


def test_a_connection_that_the_server_ended_meanwhile_is_noticed(stub: Stub, ask: Ask) -> None:
    asker, secret = ask(), stub.key().secret
    asker.check(bearer(secret))
    stub.hang_up()
    time.sleep(0.05)
    asker.check(bearer(secret))
    assert [asked.connection for asked in stub.asked] == [1, 2]


def resetting(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


@pytest.mark.parametrize("death", [None, resetting], ids=["closed", "reset"])
def test_a_connection_that_dies_before_the_first_byte_is_no_refusal(stub: Stub, ask: Ask, death: Reply) -> None:
    asker, key = ask(), stub.key()
    deaths: list[int] = []

    def reply(asked: Asked) -> Reply:
        if len(stub.asked) == 2:
            deaths.append(asked.connection)
            return death
        return stub.contract(asked)

    stub.reply = reply
    for _ in range(3):
        assert asker.check(bearer(key.secret)).key_id == key.key_id
    assert deaths == [1]
    assert [asked.connection for asked in stub.asked] == [1, 1, 2, 2]


def test_a_server_that_only_hangs_up_is_asked_twice_and_no_more(stub: Stub, ask: Ask) -> None:
    stub.reply = lambda _: None
    with pytest.raises(Unavailable):
        ask().check(bearer(stub.key().secret))
    assert len(stub.asked) == 2


@pytest.mark.parametrize("length", [1, 40, -1], ids=["one byte", "half the head", "all but a byte"])
def test_an_answer_that_breaks_off_is_not_asked_for_again(stub: Stub, ask: Ask, length: int) -> None:
    """Otherwise every broken answer would count twice against the caller's limit."""
    key = stub.key()
    part = admitted(key)[:length]
    stub.reply = lambda _: lambda connection: connection.sendall(part)
    with pytest.raises(Unavailable):
        ask().check(bearer(key.secret))
    assert len(stub.asked) == 1


def forever(connection: socket.socket) -> None:
    connection.recv(1)


def dripping_body(connection: socket.socket) -> None:
    connection.sendall(response(401, b"x" * 500)[:-500])
    dripping(b"x" * 500, 0.05)(connection)


SLOW: dict[str, Callable[[socket.socket], None]] = {
    "silent": forever,
    "dripping head": dripping(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 500, 0.05),
    "dripping body": dripping_body,
    "early hints": dripping(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50, 0.01),
}


@pytest.mark.parametrize("slowness", SLOW)
def test_a_slow_server_lets_nobody_in_within_the_timeout(stub: Stub, ask: Ask, slowness: str) -> None:
    """Otherwise a byte now and then would hold every request of the application for as long as it likes."""
    stub.reply = lambda _: SLOW[slowness]
    asker = ask(timeout=0.4)
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        asker.check(bearer("any"))
    assert 0.3 < time.monotonic() - begun < 1.5
    assert len(stub.asked) == 1


def test_a_port_that_accepts_and_never_reads_lets_nobody_in(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        asker = ask(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.3)
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            asker.check(bearer("any"))
        assert time.monotonic() - begun < 1.5


def test_a_late_answer_is_never_anothers(stub: Stub, ask: Ask) -> None:
    """Otherwise one caller could be let in as another, when the answer to an earlier question arrives late."""
    late, prompt = stub.key(), stub.key()
    ended = threading.Event()

    def answer_late(connection: socket.socket) -> None:
        time.sleep(0.5)
        connection.sendall(admitted(late))
        ended.set()

    stub.reply = lambda asked: answer_late if late.secret in asked.headers["authorization"] else stub.contract(asked)
    asker = ask(timeout=0.2)
    with pytest.raises(Unavailable):
        asker.check(bearer(late.secret))
    for _ in range(5):
        assert asker.check(bearer(prompt.secret)).key_id == prompt.key_id
    ended.wait(5)
    assert asker.check(bearer(prompt.secret)).key_id == prompt.key_id


def test_many_threads_get_their_own_answers(stub: Stub) -> None:
    """Otherwise callers could be mixed up under load."""
    keys = [stub.key() for _ in range(20)]
    with Guard(stub.base_url, workspace=ANY_WORKSPACE) as guard, ThreadPoolExecutor(10) as threads:
        principals = list(threads.map(lambda key: guard.check(bearer(key.secret)), keys * 5))
    assert [principal.key_id for principal in principals] == [key.key_id for key in keys * 5]
    assert stub.connections <= 10


async def test_many_tasks_get_their_own_answers(stub: Stub) -> None:
    """Otherwise callers could be mixed up under load, or when one of them goes away."""
    keys = [stub.key() for _ in range(20)]
    async with AsyncGuard(stub.base_url, workspace=ANY_WORKSPACE) as guard:
        tasks = [asyncio.create_task(guard.check(bearer(key.secret))) for key in keys * 5]
        await asyncio.sleep(0.005)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.wait(tasks)
        for key, task in zip(keys * 5, tasks, strict=True):
            assert task.cancelled() or task.result().key_id == key.key_id
        assert (await guard.check(bearer(keys[0].secret))).key_id == keys[0].key_id


def test_each_event_loop_has_connections_of_its_own(stub: Stub) -> None:
    guard = AsyncGuard(stub.base_url, workspace=ANY_WORKSPACE)
    secret = stub.key().secret

    async def use() -> None:
        await guard.check(bearer(secret))
        await guard.aclose()

    for _ in range(3):
        asyncio.run(use())
    assert stub.connections == 3


def test_a_closed_guard_opens_new_connections(stub: Stub, ask: Ask) -> None:
    asker, secret = ask(), stub.key().secret
    asker.check(bearer(secret))
    asker.close()
    asker.check(bearer(secret))
    assert stub.connections == 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_use_its_parents_connections(stub: Stub) -> None:
    """Otherwise two workers would read each other's answers, and let one caller in as the other."""
    secret = bearer(stub.key().secret)
    with Guard(stub.base_url, workspace=ANY_WORKSPACE) as guard:
        guard.check(secret)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                guard.check(secret)
                guard.check(secret)
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        guard.check(secret)
    assert [asked.connection for asked in stub.asked] == [1, 2, 2, 1]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_connections_of_event_loops_that_ended_are_let_go(stub: Stub) -> None:
    guard = AsyncGuard(stub.base_url, workspace=ANY_WORKSPACE)
    secret = stub.key().secret
    for _ in range(3):
        asyncio.run(guard.check(bearer(secret)))
        gc.collect()
    assert len(guard._connections._pools) == 1
    guard._connections._pools.clear()
    gc.collect()


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 401 No\r\nContent-Type: application/json\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def test_an_answer_without_an_end_is_not_read_on_and_on(stub: Stub, ask: Ask) -> None:
    """Otherwise whatever sits at base_url could fill the application's memory."""
    stub.reply = lambda _: endless
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        ask(timeout=10).check(bearer("any"))
    assert time.monotonic() - begun < 5


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(pem) + plain)
    return path


@pytest.fixture
def secure(authority: Path) -> Iterator[Stub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    with Stub(tls=context) as server:
        yield server


def test_a_private_certificate_authority_is_trusted_if_given(secure: Stub, ask: Ask, authority: Path) -> None:
    asker = ask(secure.base_url, ssl_context=ssl.create_default_context(cafile=str(authority)))
    key = secure.key()
    for _ in range(3):
        assert asker.check(bearer(key.secret)).key_id == key.key_id
    secure.reply = lambda asked: None if len(secure.asked) == 4 else secure.contract(asked)
    assert asker.check(bearer(key.secret)).key_id == key.key_id
    assert [asked.connection for asked in secure.asked] == [1, 1, 1, 1, 2]


def test_a_certificate_that_nobody_vouches_for_lets_nobody_in(secure: Stub, ask: Ask) -> None:
    """Otherwise whoever sits in between would hear every key and decide who may pass."""
    with pytest.raises(Unavailable):
        ask(secure.base_url).check(bearer("any"))
    assert secure.asked == []


def test_a_certificate_for_another_name_lets_nobody_in(secure: Stub, ask: Ask, authority: Path) -> None:
    """Otherwise a certificate of anybody's would do to stand in for the server."""
    context = ssl.create_default_context(cafile=str(authority))
    with pytest.raises(Unavailable):
        ask(secure.base_url.replace("127.0.0.1", "localhost"), ssl_context=context).check(bearer("any"))
    assert secure.asked == []


def test_a_slow_tls_handshake_lets_nobody_in_within_the_timeout(ask: Ask) -> None:
    """Otherwise whatever accepts connections and says nothing would hold every request of the application."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asker = ask(f"https://127.0.0.1:{silent.getsockname()[1]}", timeout=0.3)
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            asker.check(bearer("any"))
        assert time.monotonic() - begun < 1.5

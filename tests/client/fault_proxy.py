"""A proxy before a server that spoils requests and answers, as networks and other people's proxies do."""

import contextlib
import http.client
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any, Literal

Fault = Literal[
    "lose the request",  # the connection ends, and the server never hears of it
    "lose the answer",  # the server has done it, and the connection ends
    "cut the answer",  # half of it arrives
    "cut the body unnoticed",  # half of it arrives, and the framing says that this is all
    "delay the answer",  # it comes too late: the client has given up
    "bad gateway",  # an error page instead of the answer
    "sign-in page",  # a page with status 200 instead of the answer
    "repeat the request",  # the server gets it twice; the second answer arrives
    "repeat the answer",  # it arrives twice on the same connection
]
LATE_SECONDS = 0.6


class FaultProxy:
    """Where clients go. ``faults`` are used up by the requests that come, one each; then all goes well."""

    def __init__(self, port: int) -> None:
        self.faults: list[Fault] = []
        self.forwarded: list[dict[str, str]] = []
        """The headers of every request that reached the server."""
        self.port = port
        self.base_url = ""

    def begin(self, *faults: Fault) -> None:
        self.faults[:] = faults
        self.forwarded.clear()


@contextlib.contextmanager
def spoiling(port: int) -> Iterator[FaultProxy]:
    """A proxy before 127.0.0.1:``port`` for the time of the block."""
    proxy = FaultProxy(port)

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # a client that has given up
                while self.one():
                    pass

        def one(self) -> bool:
            request = _read_request(self.rfile)
            if request is None:
                return False
            fault = proxy.faults.pop(0) if proxy.faults else None
            if fault == "lose the request":
                return False
            answer = _forward(proxy, request)
            if fault == "repeat the request":
                answer = _forward(proxy, request)
            return _answer(self.wfile, answer, fault)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy.base_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


def _read_request(stream: Any) -> tuple[str, str, dict[str, str], bytes] | None:
    line = stream.readline().decode()
    if not line:
        return None
    method, path, _ = line.split(" ")
    headers = {name.lower(): value for name, value in http.client.parse_headers(stream).items()}
    return method, path, headers, stream.read(int(headers.get("content-length", 0)))


def _forward(proxy: FaultProxy, request: tuple[str, str, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
    method, path, headers, body = request
    proxy.forwarded.append(headers)
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    try:
        connection.request(method, path, body or None, {**headers, "connection": "close"})
        answer = connection.getresponse()
        kept = {n.lower(): v for n, v in answer.getheaders() if n.lower() not in ("connection", "transfer-encoding")}
        return answer.status, kept, answer.read()
    finally:
        connection.close()


def _answer(stream: Any, answer: tuple[int, dict[str, str], bytes], fault: Fault | None) -> bool:
    """Send it. Whether the connection stays open."""
    status, headers, body = answer
    if fault == "lose the answer":
        return False
    if fault == "bad gateway":
        status, headers, body = 502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>"
    if fault == "sign-in page":
        status, headers, body = 200, {"content-type": "text/html"}, b"<h1>Welcome to the airport</h1>"
    if fault == "cut the body unnoticed":
        body = body[: len(body) // 2]
    if fault == "delay the answer":
        time.sleep(LATE_SECONDS)
    head = "".join(f"{name}: {value}\r\n" for name, value in {**headers, "content-length": str(len(body))}.items())
    sent = f"HTTP/1.1 {status} {http.client.responses[status]}\r\n{head}\r\n".encode() + body
    if fault == "cut the answer":
        stream.write(sent[: -len(body) // 2])
        return False
    stream.write(sent * 2 if fault == "repeat the answer" else sent)
    return fault != "delay the answer"

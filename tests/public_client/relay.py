"""A relay before a server, which counts the requests and spoils some of the answers, as a network does."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal["cut", "503"]
"""What becomes of an answer after the server has done its work: the connection is cut, or a 503 comes instead."""


class Relay:
    """Where clients go, what the server answered them, and what is to go wrong with the next answers."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.faults: list[Fault] = []
        self.answered: list[int] = []


@contextlib.contextmanager
def relaying(port: int) -> Iterator[Relay]:
    """A relay to 127.0.0.1:``port`` for the time of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, headers, content = _forward(port, self.command, self.path, dict(self.headers), body)
            relay.answered.append(status)
            fault = relay.faults.pop(0) if relay.faults else None
            if fault == "cut":
                return
            if fault == "503":
                status, headers, content = 503, {}, b"upstream is away"
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    relay = Relay(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _forward(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in ("content-length", "date")}
        return answer.status, kept, content
    finally:
        connection.close()

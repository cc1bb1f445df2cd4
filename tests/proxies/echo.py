"""The application behind the proxy: says what reached it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reached:
    """One request that the proxy let through; ``headers`` as they came, names in any case, in order."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def get(self, name: str) -> list[str]:
        """All values under a name that CGI would take for this one."""
        wanted = name.lower().replace("_", "-")
        return [value for each, value in self.headers if each.lower().replace("_", "-") == wanted]


class Echo(ThreadingHTTPServer):
    """Answers 200, or what the path ``/status/<number>`` asks for, with a body of its own; ``reached`` is what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reached: list[Reached] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Echo

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def answer(self) -> None:
        body = self._chunks() if self.headers.get("Transfer-Encoding") else self._length()
        self.server.reached.append(Reached(self.command, self.path, list(self.headers.items()), body))
        status = int(self.path.rpartition("/")[2]) if "/status/" in self.path else 200
        text = json.dumps({"from": "the application"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/x-application")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer  # noqa: N815 - the library calls them so

    def _length(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


@contextmanager
def echoing() -> Iterator[Echo]:
    """An application that runs for the time of the block."""
    with Echo() as application:
        thread = threading.Thread(target=application.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield application
        finally:
            application.shutdown()
            thread.join()

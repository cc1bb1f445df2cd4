"""A server that answers as a test tells it, and notes what it was asked."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int
    """The client's, the same as long as the connection is."""


@dataclass
class Answering:
    """``reply`` makes the answer to each request; requests are in ``asked``."""

    reply: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    base_url: str = ""


@contextlib.contextmanager
def answering(reply: Callable[[Asked], Reply]) -> Iterator[Answering]:
    """Such a server for the time of the block."""
    state = Answering(reply)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            asked = Asked(self.command, self.path, headers, body, self.client_address[1])
            state.asked.append(asked)
            status, answer_headers, content = state.reply(asked)
            self.send_response_only(status)
            for name, value in {**answer_headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            with contextlib.suppress(OSError):  # a client that has given up
                self.end_headers()
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        state.base_url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()

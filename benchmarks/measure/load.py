"""The load: so many kept connections, each sending the next request as soon as it has its answer.

A program of its own, so that it can have a core of its own: ``python load.py PORT CLIENTS SECONDS STATUS LENGTH``, with
the requests, of LENGTH bytes each and sent in turn, on standard input.
Prints one JSON object. An answer with another status than STATUS, or a connection that breaks, is an error.
"""

import json
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from itertools import cycle


class Client:
    """One connection and the answer it waits for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.since = 0.0

    def send(self, request: bytes) -> None:
        self.since = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> int | None:
        """The status, once header and body are complete. Raises ``ConnectionError`` when the server hung up."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self.received += chunk
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return None
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return None
        self.received = b""
        return int(head[9:12])


def run(port: int, clients: int, seconds: float, status: int, requests: Sequence[bytes]) -> dict[str, object]:
    """Keep ``clients`` connections busy for ``seconds``, after a warm-up of a fifth of that."""
    selector, following = selectors.DefaultSelector(), cycle(requests)
    for _ in range(clients):
        client = Client(port)
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.send(next(following))
    begin = time.perf_counter() + seconds / 5
    end, now = begin + seconds, 0.0
    answered, waits = 0, list[float]()
    errors: dict[str, int] = {}
    while now < end:
        for key, _ in selector.select(5):
            client = key.data
            found = client.answer()
            if found is None:
                continue
            now = time.perf_counter()
            answered += 1
            if found != status:
                errors[str(found)] = errors.get(str(found), 0) + 1
            elif begin <= now < end:
                waits.append(now - client.since)
            client.send(next(following))
    waits.sort()
    return {
        "per_second": len(waits) / seconds,
        "answered": answered,
        "errors": errors,
        "p50_ms": 1000 * waits[len(waits) // 2],
        "p99_ms": 1000 * waits[len(waits) * 99 // 100],
    }


if __name__ == "__main__":
    port, clients, seconds, status, length = sys.argv[1:]
    given, size = sys.stdin.buffer.read(), int(length)
    requests = [given[at : at + size] for at in range(0, len(given), size)]
    print(json.dumps(run(int(port), int(clients), float(seconds), int(status), requests)))

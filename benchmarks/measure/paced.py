"""The load of an open loop: requests come when they come, whether or not the server has answered those before.

A program of its own: ``python paced.py PORT SECONDS SEED`` with JSON on standard input: a list of streams, each
``{name, rate, requests}``, the requests as text and sent in turn, ``rate`` per second with exponential gaps. A request
waits for a free connection if all are busy, which is the server's doing and counts. Prints, per stream, how many
answers of each status there were and the quantiles of the time that those with ``200`` took.

It never sleeps, for a selector wakes up to a millisecond late, and it collects no garbage. What is late all the same is
shown: a request's time counts from when this program saw that it was due, and ``late_p99_ms`` says how long after it
was due that was. Answers are seen by the same loop, so this is also how late they are seen.
"""

import gc
import json
import random
import selectors
import sys
import time
from collections import Counter, deque
from heapq import heapify, heapreplace
from itertools import cycle
from typing import Any

from measure.load import Client

CONNECTIONS = 256
UNCOUNTED = 0.2
"""Of the time: connections are new and the server is warming up."""


class Stream:
    """One kind of traffic, and what became of it."""

    def __init__(self, name: str, rate: float, requests: list[str]) -> None:
        self.name = name
        self.rate = rate
        self.requests = cycle([request.encode() for request in requests])
        self.statuses: Counter[int] = Counter()
        self.waits: list[float] = []
        self.late: list[float] = []

    def report(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = {"statuses": {str(status): count for status, count in self.statuses.items()}}
        for name, values in (("", self.waits), ("late_", self.late)):
            values.sort()
            found |= {f"{name}p{p}_ms": 1000 * values[len(values) * p // 100] for p in (50, 99) if values}
        return found


def run(port: int, seconds: float, seed: int, streams: list[Stream]) -> None:
    """Send for ``seconds``. Counted are the answers that come between a fifth of that and its end; timed, the requests
    seen between the two, if they are answered within a second after the end.
    """
    chance, selector = random.Random(seed), selectors.DefaultSelector()
    free = [Client(port) for _ in range(CONNECTIONS)]
    for client in free:
        selector.register(client.socket, selectors.EVENT_READ, client)
    asked: dict[Client, tuple[Stream, float]] = {}
    waiting: deque[tuple[Stream, float]] = deque()
    begin = now = time.perf_counter()
    count_from, end = begin + UNCOUNTED * seconds, begin + seconds
    due = [(begin + chance.expovariate(stream.rate), number) for number, stream in enumerate(streams)]
    heapify(due)
    while now < end or (asked and now < end + 1):
        while due[0][0] <= now < end:
            at, number = due[0]
            waiting.append((streams[number], now))
            streams[number].late.append(now - at)
            heapreplace(due, (at + chance.expovariate(streams[number].rate), number))
        while waiting and free:
            client, (stream, seen) = free.pop(), waiting.popleft()
            asked[client] = stream, seen
            client.send(next(stream.requests))
        for key, _ in selector.select(0):
            status = key.data.answer()
            if status is not None:
                stream, seen = asked.pop(key.data)
                free.append(key.data)
                answered = time.perf_counter()
                stream.statuses[status] += count_from <= answered < end
                if status == 200 and count_from <= seen < end:
                    stream.waits.append(answered - seen)
        now = time.perf_counter()


if __name__ == "__main__":
    everything = [Stream(**one) for one in json.load(sys.stdin)]
    gc.freeze()
    gc.disable()
    run(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), everything)
    print(json.dumps({stream.name: stream.report() for stream in everything}))

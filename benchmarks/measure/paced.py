"""The load of an open loop: requests come when they come, whether or not the server has answered those before.

A program of its own: ``python paced.py PORT SECONDS`` with JSON on standard input: a list of streams, each ``{name,
rate, requests}``, the requests as text and sent in turn, ``rate`` per second with exponential gaps. A request waits for
a free connection if all are busy, and its time counts from when it was due. Prints, per stream, how many of each status
there were and the quantiles of the time of those that were answered by ``200``.
"""

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


class Stream:
    """One kind of traffic, and what became of it."""

    def __init__(self, name: str, rate: float, requests: list[str]) -> None:
        self.name = name
        self.rate = rate
        self.requests = cycle([request.encode() for request in requests])
        self.statuses: Counter[int] = Counter()
        self.waits: list[float] = []

    def report(self) -> dict[str, Any]:
        """As JSON."""
        self.waits.sort()
        found: dict[str, Any] = {"statuses": {str(status): count for status, count in self.statuses.items()}}
        if self.waits:
            found |= {f"p{p}_ms": 1000 * self.waits[len(self.waits) * p // 100] for p in (50, 99)}
        return found


def run(port: int, seconds: float, streams: list[Stream]) -> None:
    """Send for ``seconds``; the first fifth is not counted, nor what is unanswered a second after the end."""
    chance, selector = random.Random(1), selectors.DefaultSelector()
    free = [Client(port) for _ in range(CONNECTIONS)]
    for client in free:
        selector.register(client.socket, selectors.EVENT_READ, client)
    asked: dict[Client, tuple[Stream, float]] = {}
    begin = time.perf_counter()
    count_from, end = begin + seconds / 5, begin + seconds
    due = [(begin + chance.expovariate(stream.rate), number) for number, stream in enumerate(streams)]
    heapify(due)
    waiting: deque[tuple[Stream, float]] = deque()
    while (now := time.perf_counter()) < end + 1 and (now < end or asked):
        while due[0][0] <= now and due[0][0] < end:
            at, number = due[0]
            waiting.append((streams[number], at))
            heapreplace(due, (at + chance.expovariate(streams[number].rate), number))
        while waiting and free:
            client, (stream, at) = free.pop(), waiting.popleft()
            asked[client] = stream, at
            client.send(next(stream.requests))
        for key, _ in selector.select(max(0.0, min(due[0][0] - time.perf_counter(), 0.01))):
            status = key.data.answer()
            if status is not None:
                stream, at = asked.pop(key.data)
                free.append(key.data)
                if at >= count_from:
                    stream.statuses[status] += 1
                    if status == 200:
                        stream.waits.append(time.perf_counter() - at)


if __name__ == "__main__":
    everything = [Stream(**one) for one in json.load(sys.stdin)]
    run(int(sys.argv[1]), float(sys.argv[2]), everything)
    print(json.dumps({stream.name: stream.report() for stream in everything}))

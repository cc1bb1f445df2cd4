"""What clients sent, what they were told, and so what has to be true afterwards."""

import http.client
import itertools
import random
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID, uuid4

from faults.servers import Client, Server

Operation = Literal["create", "rotate", "revoke"]
State = Literal["sent", "acked", "unknown"]
GRACE = 3600


@dataclass
class Entry:
    """One write. ``unknown``: no answer came, or a 503, so it took effect or it did not."""

    operation: Operation
    name: str
    old: UUID | None = None
    grace: int = 0
    value: str | None = None
    state: State = "sent"

    def send(self, client: Client) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
        """Make the request; making it again is the retry of a careful client."""
        headers = {} if self.value is None else {"Idempotency_Key": self.value}
        if self.operation == "create":
            return client.call("POST", "api-keys", {"name": self.name}, **headers)
        if self.operation == "rotate":
            return client.call("PATCH", f"api-keys/{self.old}/rotate", {"grace_seconds": self.grace}, **headers)
        return client.call("DELETE", f"api-keys/{self.old}")


@dataclass
class Known:
    """A key whose secret somebody was given."""

    secret: str
    name: str
    usable: bool = True


@dataclass
class Journal:
    """Everything that happened. Each key belongs to one writer, so its history has no races of its own."""

    entries: list[Entry] = field(default_factory=list)
    keys: dict[UUID, Known] = field(default_factory=dict)
    unreturned: set[UUID] = field(default_factory=set)
    """Keys of writes that took effect without an answer and could not be asked for again."""
    violations: list[str] = field(default_factory=list)

    def acked(self, entry: Entry, data: dict[str, Any]) -> None:
        """The answer to ``entry`` arrived: from now on it has to hold."""
        entry.state = "acked"
        if entry.old is not None and not (entry.operation == "rotate" and entry.grace):
            self.keys[entry.old].usable = False
        made = {"create": data, "rotate": data.get("new_key"), "revoke": None}[entry.operation]
        if made is not None:
            self.keys[UUID(made["id"])] = Known(made["api_key"], entry.name)

    def count(self, state: State) -> int:
        """How many writes are in ``state``."""
        return sum(entry.state == state for entry in self.entries)


class Writer(threading.Thread):
    """A client that creates, rotates and revokes keys of its own until told to stop, or until an answer is missing."""

    _names = itertools.count(1)

    def __init__(self, server: Server, journal: Journal, stop: threading.Event, seed: int) -> None:
        super().__init__(name=f"writer-{seed}")
        self._client = server.client()
        self._journal = journal
        self._stop_asked = stop
        self._random = random.Random(seed)
        self._live: list[tuple[UUID, str]] = []

    def run(self) -> None:
        """Write until the end."""
        while not self._stop_asked.is_set():
            entry = self._choose()
            self._journal.entries.append(entry)
            try:
                status, body, _ = entry.send(self._client)
            except (OSError, http.client.HTTPException, ValueError):
                entry.state = "unknown"
                break
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                entry.state = "unknown"
                break
            if status not in (HTTPStatus.OK, HTTPStatus.CREATED):
                self._journal.violations.append(f"{entry} was answered with {status} {body}")
                break
            self._journal.acked(entry, body["data"])
            self._remember(entry, body["data"])
        self._client.close()

    def _choose(self) -> Entry:
        value = f"{uuid4()}" if self._random.random() < 0.75 else None
        if not self._live or self._random.random() < 0.4:
            return Entry("create", f"key {next(self._names)}", value=value)
        old, name = self._live.pop(self._random.randrange(len(self._live)))
        if self._random.random() < 0.4:
            return Entry("revoke", name, old)
        return Entry("rotate", name, old, grace=self._random.choice((0, 0, GRACE)), value=value)

    def _remember(self, entry: Entry, data: dict[str, Any]) -> None:
        made = data.get("new_key", data)
        if entry.operation != "revoke":
            self._live.append((UUID(made["id"]), entry.name))

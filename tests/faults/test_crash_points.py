"""SIGKILL at every write and sync that SQLite makes for one operation, one after the other, checkpoint included.

``--dose long`` tries every one of them; the everyday run every sync and a few of the writes.
"""

import http.client
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from faults.aftermath import Aftermath, final_faults
from faults.journal import Entry, Journal, Operation
from faults.ledger import Ledger
from faults.servers import Client, Nursery
from faults.tracing import calls_made, traced

BRINK = (1000 - 8) * (4096 + 24)  # SQLite copies the log into the database after the commit that makes it 1000 frames
OPERATIONS: tuple[Operation, ...] = ("create", "rotate", "revoke")
FEW = 3


@pytest.fixture(scope="module")
def signed_in(born: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server that somebody has called once."""
    folder = tmp_path_factory.mktemp("signed-in")
    server = born.start(folder)
    client = server.client()
    client.call("GET", "api-keys")
    client.close()
    server.kill()
    return folder


class Attempt:
    """One operation, traced, after which SQLite copies its log into the database."""

    def __init__(self, born: Nursery, strace: Path, source: Path, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        self.folder = folder
        self._born = born
        self._strace = strace
        self.journal = Journal()
        self.server = born.start(folder)
        client, log = self.server.client(), folder / "onepin.db-wal"
        while log.stat().st_size < BRINK:
            self._known(client, Entry("create", f"before {len(self.journal.entries)}", value=str(uuid4())))
        client.close()

    def _known(self, client: Client, entry: Entry) -> None:
        self.journal.entries.append(entry)
        self.journal.acked(entry, entry.send(client)[1]["data"])

    def perform(self, operation: Operation, *inject: str, log: Path | None = None) -> None:
        """Do it; what the client learns goes into the journal."""
        old, known = next(iter(self.journal.keys.items()))
        entry = Entry(operation, "new", value=str(uuid4()))
        if operation != "create":
            entry = Entry(operation, known.name, old, value=None if operation == "revoke" else str(uuid4()))
        client = self.server.client()
        client.call("GET", "api-keys")  # so that the connection stands
        self.journal.entries.append(entry)
        with traced(self._strace, self.server.pid, *inject, log=log):
            try:
                status, body, _ = entry.send(client)
            except (OSError, http.client.HTTPException):
                entry.state = "unknown"
            else:
                assert status < 300, body
                self.journal.acked(entry, body["data"])
        client.close()

    def compare(self) -> list[str]:
        """Start again on what the crash left; what is wrong then."""
        self.server.kill()
        since = len(self.journal.entries) - 1
        self.server = self._born.start(self.folder)
        client = self.server.client()
        ledger = Ledger(f"sqlite:///{self.folder / 'onepin.db'}")
        Aftermath(self.journal, ledger, client).examine(since)
        faults = final_faults(self.journal, ledger, client)
        client.close()
        self.server.kill()
        return faults


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_crash_at_any_write_leaves_all_or_nothing(
    operation: Operation,
    born: Nursery,
    signed_in: Path,
    need_program: Callable[..., Path],
    tmp_path: Path,
    dose: str,
) -> None:
    """If this failed, there would be a moment in which a power cut corrupts keys or forgets a revocation."""
    strace = need_program("strace")
    whole = Attempt(born, strace, signed_in, tmp_path / "data")
    whole.perform(operation, log=tmp_path / "calls")
    calls = calls_made(tmp_path / "calls")
    assert whole.compare() == []
    assert sum(call != "pwrite64" for call in calls) >= 2, "neither commit nor checkpoint was seen"
    points = list(range(1, len(calls) + 1))
    if dose == "short":
        syncs = [point for point in points if calls[point - 1] != "pwrite64"]
        points = sorted({*syncs, *random.SystemRandom().sample(points, FEW)})
    outcomes = {}
    for point in points:
        attempt = Attempt(born, strace, signed_in, tmp_path / "data")
        attempt.perform(operation, f"pwrite64,fdatasync,fsync:signal=KILL:when={point}")
        outcomes[point] = attempt.journal.entries[-1].state
        assert attempt.compare() == [], f"killed at call {point} of {len(calls)}: {calls}"
    acked = sum(state == "acked" for state in outcomes.values())
    print(f"\n{operation}: killed at {len(points)} of {len(calls)} calls, acknowledged before {acked} of the kills")
    assert outcomes[points[0]] == "unknown"

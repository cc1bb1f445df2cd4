"""A disk that is full, read-only or broken, a file that somebody else locks or serves: what clients are told."""

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.ledger import Ledger
from faults.servers import Client, DidNotStart, Nursery, Server
from faults.tracing import traced

HOLD = """
import sys, time
from pathlib import Path
from onepin.server.store.sqlite import connect
connection = connect(Path(sys.argv[1]))
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


class Shop:
    """A server with a customer whose key is in use."""

    def __init__(self, born: Nursery, folder: Path) -> None:
        self._born = born
        self.folder = folder
        self.server = self.start()
        self.client = self.server.client()
        self.secret = ""

    def start(self) -> Server:
        return self._born.start(self.folder)

    def create(self, name: str, client: Client | None = None) -> tuple[int, dict[str, Any], Any]:
        value = f"always-the-same-{name}"  # so that asking again after a 503 makes no second key
        return (client or self.client).call("POST", "api-keys", {"name": name}, Idempotency_Key=value)

    def restart(self) -> None:
        self.server.kill()
        self.server = self.start()
        self.client.close()
        self.client = self.server.client()

    def serves_readers(self) -> bool:
        """Whether the holder of the key, and whoever lists keys, notice nothing."""
        listed = self.client.call("GET", "api-keys")
        return self.client.whoami(self.secret) == 200 and listed[0] == 200 and listed[1]["pagination"]["total"] == 1

    def faults(self) -> list[str]:
        return Ledger(f"sqlite:///{self.folder / 'onepin.db'}").faults()


@pytest.fixture
def shop(born: Nursery, tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(born, tmp_path / "data")
    try:
        opened.secret = opened.create("in-use")[1]["data"]["api_key"]
        yield opened
    finally:
        opened.client.close()
        opened.server.kill()


def unavailable(answer: tuple[int, dict[str, Any], Any]) -> bool:
    status, body, headers = answer
    return status == 503 and body["error"]["code"] == "UNAVAILABLE" and int(headers["Retry-After"]) >= 1


def test_while_the_disk_is_full_readers_are_served_and_it_recovers_by_itself(
    shop: Shop, need_program: Callable[..., Path]
) -> None:
    """If this failed, a full disk would lock every customer of the operator out."""
    with traced(need_program("strace"), shop.server.pid, "pwrite64:error=ENOSPC"):
        for _ in range(3):
            assert unavailable(shop.create("later"))
        assert shop.serves_readers()
        assert shop.client.call("GET", "/ready")[0] == 200
    status, made, _ = shop.create("later")
    assert (status, shop.client.whoami(made["data"]["api_key"])) == (201, 200)
    assert shop.faults() == []


def stays_stopped(shop: Shop) -> None:
    """After a disk failed: no write before a restart, everything else served, one key of all the asking."""
    assert unavailable(shop.create("doubtful"))  # the disk would say yes now; what it said before is not forgotten
    assert unavailable(shop.create("another"))
    assert shop.serves_readers()
    status, body, _ = shop.client.call("GET", "/ready")
    assert (status, body["reasons"]) == (503, ["database"])
    assert "no writes until a restart" in shop.server.printed()
    shop.restart()
    made = shop.create("doubtful")[1]["data"]
    assert shop.client.whoami(made["api_key"]) == 200
    assert shop.client.call("GET", "api-keys")[1]["pagination"]["total"] == 2
    assert shop.faults() == []


@pytest.mark.parametrize("failure", ["fdatasync,fsync:error=EIO", "pwrite64:error=EIO", "pwrite64:error=EROFS"])
def test_after_the_disk_failed_nothing_is_written_until_a_restart(
    shop: Shop, failure: str, need_program: Callable[..., Path]
) -> None:
    """If this failed, a key could be handed out, or a revocation acknowledged, that the disk has already lost."""
    with traced(need_program("strace"), shop.server.pid, failure):
        assert unavailable(shop.create("doubtful"))
    stays_stopped(shop)


def test_at_a_limit_of_file_size_readers_are_served(shop: Shop) -> None:
    """The same without tracing: SQLite is told EFBIG, which it does not tell from a broken disk."""
    before = resource.prlimit(shop.server.pid, resource.RLIMIT_FSIZE)
    full = (shop.folder / "onepin.db-wal").stat().st_size
    resource.prlimit(shop.server.pid, resource.RLIMIT_FSIZE, (full, before[1]))
    assert unavailable(shop.create("doubtful"))
    assert shop.serves_readers()
    resource.prlimit(shop.server.pid, resource.RLIMIT_FSIZE, before)
    stays_stopped(shop)


def hold(database: Path, seconds: float) -> subprocess.Popen[str]:
    """Another process that holds SQLite's write lock; returns once it does."""
    command = [sys.executable, "-c", HOLD, str(database), str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_while_another_process_locks_the_file_whoami_is_as_quick_as_ever(shop: Shop) -> None:
    """If this failed, a backup or a curious operator with a database shell would stop the operator's product."""
    answers: list[int] = []
    writer = shop.server.client()
    with hold(shop.folder / "onepin.db", 2):
        began = time.monotonic()
        thread = threading.Thread(target=lambda: answers.append(shop.create("waits", writer)[0]))
        thread.start()
        slowest = 0.0
        while time.monotonic() - began < 1.5:
            asked = time.monotonic()
            assert shop.client.whoami(shop.secret) == 200
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.005)
        assert answers == []
        thread.join(10)
    writer.close()
    assert answers == [201]
    assert slowest < 0.5


def test_a_write_that_waits_too_long_for_another_process_is_told_to_come_back(shop: Shop) -> None:
    with hold(shop.folder / "onepin.db", 6):
        began = time.monotonic()
        assert unavailable(shop.create("waits"))
        assert 4 < time.monotonic() - began < 6
        assert shop.serves_readers()
    assert shop.create("waits")[0] == 201


def test_a_second_server_on_the_same_file_is_refused(shop: Shop, born: Nursery, tmp_path: Path) -> None:
    """If this failed, two servers would write one file, each with counters and caches of its own."""
    database = shop.folder / "onepin.db"
    with pytest.raises(DidNotStart, match=f"{database} is in use by another onepin process. Stop that one first"):
        born.start(tmp_path / "second", database_url=f"sqlite:///{database}")
    assert shop.serves_readers()
    shop.server.kill()  # a lock that outlived its holder would keep the next server out
    third = born.start(tmp_path / "third", database_url=f"sqlite:///{database}")
    third.kill()

"""SIGKILL in the middle of writes: of the server, and of PostgreSQL itself.

``pytest tests/faults/test_kill.py --kills 200 -s`` is the long run. Each run prints where its kills landed.
"""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import databases
from faults.aftermath import Aftermath, final_faults
from faults.journal import Journal, Writer
from faults.ledger import Ledger, amcheck
from faults.marks import COMMITTED, FREE, IN_TRANSACTION, RECEIVED, STEPS
from faults.servers import Nursery, Server

WRITERS = 8
AFTER_BEGIN_AT_LEAST = 0.30


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[databases.PostgresCluster]:
    with databases.PostgresCluster(fsync=True) as cluster:
        yield cluster


class Campaign:
    """Kill after kill on one database, one journal over all of them."""

    def __init__(self, start: Callable[[], Server], ledger: Ledger, seed: int, *, long: bool) -> None:
        self._linger = 0.5 if long else 0.1  # how many seconds half of the rounds go on: a long run makes many writes
        self._start = start
        self._ledger = ledger
        self._random = random.Random(seed)
        self._seed = seed
        self.journal = Journal()
        self.server = start()
        self.kills: Counter[int] = Counter()
        self.writes: Counter[int] = Counter()
        self.replayed = 0
        self.aimed = 0
        self._aimed = itertools.cycle((False,) if long else (True, False))

    def round(self, kill: Callable[[], None], revive: Callable[[], None]) -> None:
        """Load, kill at a random moment (in a short run every other time in a transaction), start again, compare."""
        since = len(self.journal.entries)
        stop = threading.Event()
        seeds = [self._random.randrange(2**32) for _ in range(WRITERS)]
        writers = [Writer(self.server, self.journal, stop, seed) for seed in seeds]
        for writer in writers:
            writer.start()
        while len(self.journal.entries) < since + WRITERS and any(writer.is_alive() for writer in writers):
            time.sleep(0.001)
        time.sleep(self._random.uniform(0, 0.05) + self._random.choice((0, self._linger)))
        if next(self._aimed):
            self._wait_for_a_transaction()
            self.aimed += 1
        just_before = self.server.board.under_way()
        kill()
        # what a killed server left behind is exact; one that lived on while PostgreSQL was killed has moved since
        self._note(self.server.board.under_way() if self.server.ended else just_before)
        stop.set()
        for writer in writers:
            writer.join(30)
            assert not writer.is_alive(), f"a client waits for ever (seed {self._seed})"
        revive()
        client = self.server.client()
        after = Aftermath(self.journal, self._ledger, client)
        after.examine(since)
        self.replayed += after.replayed
        client.close()

    def _wait_for_a_transaction(self) -> None:
        deadline = time.monotonic() + 0.5
        while not self.server.board.under_way()[IN_TRANSACTION] and time.monotonic() < deadline:
            pass

    def restart(self) -> None:
        """Another server, once PostgreSQL has seen the end of the killed one."""
        while not self._ledger.sqlite and self._ledger.query(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'onepin'"
        ):
            time.sleep(0.01)
        self.server = self._start()

    def wait_until_ready(self) -> None:
        """The server that went on finds its database again by itself."""
        client = self.server.client()
        deadline = time.monotonic() + 10
        while client.call("GET", "/ready")[0] != 200:
            assert time.monotonic() < deadline, "the server did not recover"
            time.sleep(0.02)
        client.close()

    def report(self, title: str) -> None:
        """The histogram, printed; the findings, and whether the kills were worth something, asserted."""
        client = self.server.client()
        faults = final_faults(self.journal, self._ledger, client)
        client.close()
        total, acked = self.kills.total(), self.journal.count("acked")
        print(f"\n{title}: {total} kills ({self.aimed} aimed at a transaction), seed {self._seed}")
        print(f"  {acked} writes acknowledged, {self.replayed} replayed after they had gone unanswered")
        for step in (FREE, RECEIVED, IN_TRANSACTION, COMMITTED):
            share = self.kills[step] / total
            print(f"  {STEPS[step]:<34} {self.kills[step]:>4} kills {share:>5.0%}  {self.writes[step]:>5} writes")
        assert faults == []
        assert (self.kills[IN_TRANSACTION] + self.kills[COMMITTED]) / total >= AFTER_BEGIN_AT_LEAST

    def _note(self, under_way: Counter[int]) -> None:
        """A kill counts where the furthest write stood that a transaction had begun for."""
        for step in (IN_TRANSACTION, COMMITTED, RECEIVED, FREE):
            if under_way[step] or step == FREE:
                self.kills[step] += 1
                break
        self.writes += under_way


@pytest.fixture
def seed() -> int:
    return random.SystemRandom().randrange(2**32)


@pytest.fixture
def long(kills: int) -> bool:
    """A long run also makes many writes, and aims at nothing."""
    return kills >= 50


def test_no_kill_of_the_server_on_sqlite_loses_or_halves_a_write(
    born: Nursery, tmp_path: Path, kills: int, seed: int, long: bool
) -> None:
    """If this failed, a customer could hold a key that is gone, or a thief one whose revocation was acknowledged."""
    url = f"sqlite:///{tmp_path / 'data' / 'onepin.db'}"
    campaign = Campaign(lambda: born.start(tmp_path / "data", database_url=url), Ledger(url), seed, long=long)
    for _ in range(kills):
        campaign.round(lambda: campaign.server.kill(), campaign.restart)
    campaign.report("server on SQLite")


def test_no_kill_of_the_server_on_postgres_loses_or_halves_a_write(
    born: Nursery, tmp_path: Path, kills: int, seed: int, long: bool, durable_postgres: databases.PostgresCluster
) -> None:
    """If this failed, a customer could hold a key that is gone, or a thief one whose revocation was acknowledged."""
    url = durable_postgres.fresh_database(durable_postgres.template("migrated", databases.migrate))
    campaign = Campaign(lambda: born.start(tmp_path / "data", database_url=url), Ledger(url), seed, long=long)
    for _ in range(kills):
        campaign.round(lambda: campaign.server.kill(), campaign.restart)
    campaign.report("server on PostgreSQL")


def test_no_kill_of_postgres_loses_or_halves_a_write(
    born: Nursery, tmp_path: Path, kills: int, seed: int, long: bool, durable_postgres: databases.PostgresCluster
) -> None:
    """If this failed, a crash of the database machine would undo revocations that were acknowledged."""
    url = durable_postgres.fresh_database(durable_postgres.template("migrated", databases.migrate))
    campaign = Campaign(lambda: born.start(tmp_path / "data", database_url=url), Ledger(url), seed, long=long)

    def revive() -> None:
        durable_postgres.start()
        campaign.wait_until_ready()

    for _ in range(max(4, kills // 4)):
        campaign.round(durable_postgres.kill, revive)
    campaign.report("PostgreSQL itself")
    assert amcheck(durable_postgres.programs() / "pg_amcheck", url) == ""

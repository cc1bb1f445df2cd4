"""What a server does beside the requests."""

import asyncio
from pathlib import Path
from uuid import uuid4

from onepin.server.clock import ManualClock
from onepin.server.housekeeping import Housekeeper
from onepin.server.keys.peppers import Peppers, parse_peppers
from onepin.server.keys.service import Defaults, KeyService
from onepin.server.keys.usage import Usage
from onepin.server.limits.failures import FailureLimiter
from onepin.server.limits.memory import MemoryLimiter
from onepin.server.presence import Presence
from onepin.server.store.store import open_store
from service import PEPPER


async def test_what_is_past_its_time_leaves_the_memory(tmp_path: Path) -> None:
    """If this failed, every key and every address that ever came by would stay in memory until the next restart."""
    clock, store = ManualClock(), open_store(f"sqlite:///{tmp_path / 'onepin.db'}")
    await store.start(migrate=True)
    peppers = Peppers(parse_peppers(PEPPER), store, clock)
    await peppers.refresh()
    keys = KeyService(store, lambda: peppers.digester, clock, Defaults("pk", (), None))
    limiter, failures = MemoryLimiter(clock.monotonic), FailureLimiter(clock.monotonic)
    for number in range(100):
        limiter.admit(uuid4(), 10)
        failures.note_failure(f"203.0.113.{number}")
    clock.advance(60)
    swept = asyncio.Event()
    sweeps = (limiter.sweep, failures.sweep, swept.set)
    housekeeper = Housekeeper(
        keys, Usage(store, clock), peppers, Presence(store, clock), store, clock, pepper_file=None, sweeps=sweeps
    )
    housekeeper.start()
    await asyncio.wait_for(swept.wait(), 10)
    assert (len(limiter), len(failures)) == (0, 0)
    await housekeeper.close()
    await store.close()

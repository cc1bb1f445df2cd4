"""What becomes of the windows when a server stops and another one starts."""

from datetime import timedelta
from pathlib import Path

import pytest

from onepin.server.clock import ManualClock
from onepin.server.limits.windows import FILE
from service import running


def later(clock: ManualClock, seconds: float) -> ManualClock:
    """The clock of the next process: the same wall, another monotonic beginning."""
    following = ManualClock(clock.now() + timedelta(seconds=seconds))
    following.advance(0)
    return following


async def test_a_clean_restart_goes_on_with_the_windows(tmp_path: Path, database_url: str) -> None:
    """If this failed, every deployment of a new version would give everybody their limit once more."""
    clock = ManualClock()
    async with running(tmp_path, database_url, clock) as service:
        key = (await service.create_key(rate_limit_per_min=3))["api_key"]
        for _ in range(2):
            assert (await service.whoami(key)).status_code == 200
            clock.advance(10)
    for wait, expected in ((20, [200, 429]), (19.5, [429]), (1, [200, 429]), (10, [200, 429])):
        clock = later(clock, wait)
        async with running(tmp_path, database_url, clock) as service:
            assert [(await service.whoami(key)).status_code for _ in expected] == expected


@pytest.mark.parametrize("what", ["removed", "damaged", "empty"])
async def test_without_what_the_last_process_wrote_the_windows_are_fresh(
    tmp_path: Path, database_url: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock()
    async with running(tmp_path, database_url, clock) as service:
        key = (await service.create_key(rate_limit_per_min=1))["api_key"]
        assert [(await service.whoami(key)).status_code for _ in range(2)] == [200, 429]
    kept = tmp_path / FILE
    assert kept.stat().st_mode & 0o077 == 0
    if what == "removed":
        kept.unlink()
    else:
        kept.write_bytes(b"" if what == "empty" else kept.read_bytes()[:-1])
    async with running(tmp_path, database_url, later(clock, 1)) as service:
        assert not kept.exists(), "so that a crash does not bring it back"
        assert [(await service.whoami(key)).status_code for _ in range(2)] == [200, 429]
    assert ("not taken over" in caplog.text) == (what != "removed")


async def test_after_a_crash_nothing_older_comes_back(tmp_path: Path, database_url: str) -> None:
    """If this failed, a client could be refused for what it did before the last restart but one."""
    clock = ManualClock()
    async with running(tmp_path, database_url, clock) as service:
        key = (await service.create_key(rate_limit_per_min=1))["api_key"]
        assert (await service.whoami(key)).status_code == 200
    async with running(tmp_path, database_url, later(clock, 1)) as service:
        assert (await service.whoami(key)).status_code == 429
        assert not (tmp_path / FILE).exists()

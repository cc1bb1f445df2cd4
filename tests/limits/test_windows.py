"""The windows across a stop and a start: the file between them, and what a client sees."""

import logging
from pathlib import Path
from uuid import UUID

import pytest

from onepin.server.clock import ManualClock
from onepin.server.limits import windows
from onepin.server.limits.memory import MemoryLimiter
from service import running

KEY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def used_up(clock: ManualClock) -> MemoryLimiter:
    limiter = MemoryLimiter(clock.monotonic)
    for _ in range(3):
        limiter.admit(KEY, 3)
    return limiter


def test_a_stop_and_a_start_hand_the_windows_on_once(tmp_path: Path) -> None:
    clock = ManualClock()
    windows.keep(used_up(clock), tmp_path / "data", clock.now())
    assert [path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()] == [0o600]
    first, second = MemoryLimiter(clock.monotonic), MemoryLimiter(clock.monotonic)
    windows.restore(first, tmp_path / "data", clock.now())
    windows.restore(second, tmp_path / "data", clock.now())
    assert (len(first), len(second)) == (1, 0)


def test_where_no_file_can_be_kept_the_stop_and_the_start_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise a full or read-only disk would keep the server from stopping cleanly, or from starting."""
    (tmp_path / "data").write_text("not a folder")
    clock, limiter = ManualClock(), MemoryLimiter(ManualClock().monotonic)
    windows.keep(used_up(clock), tmp_path / "data", clock.now())
    windows.restore(limiter, tmp_path / "data", clock.now())
    assert len(limiter) == 0
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


def test_an_idle_server_keeps_no_file(tmp_path: Path) -> None:
    clock = ManualClock()
    windows.keep(MemoryLimiter(clock.monotonic), tmp_path, clock.now())
    assert list(tmp_path.iterdir()) == []


async def test_a_clean_restart_is_no_way_to_get_the_limit_again(tmp_path: Path) -> None:
    """Otherwise every deployment would let each client send its limit twice in a minute."""
    clock, url = ManualClock(), f"sqlite:///{tmp_path / 'onepin.db'}"
    async with running(tmp_path, url, clock) as service:
        key = (await service.create_key(rate_limit_per_min=3))["api_key"]
        assert [(await service.whoami(key)).status_code for _ in range(3)] == [200] * 3
        clock.advance(10)
    clock.advance(10)
    async with running(tmp_path, url, clock) as service:
        refused = await service.whoami(key)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
        clock.step_wall(3600 * 24)
        assert (await service.whoami(key)).status_code == 429
        clock.advance(40)
        assert [(await service.whoami(key)).status_code for _ in range(4)] == [200, 200, 200, 429]

"""Which answers get a line in the access log, and how many of them strangers can provoke."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from onepin.contract.codes import Code
from onepin.server.clock import ManualClock
from onepin.server.edge.access_log import LINES_PER_SECOND, AccessLog
from onepin.server.errors import Refused


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record)


@pytest.fixture
def lines() -> Iterator[list[logging.LogRecord]]:
    logger, kept = logging.getLogger("onepin.access"), _Kept()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(kept)
    yield kept.lines
    logger.removeHandler(kept)
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("which", "listed"),
    [("all", ["GET 200", "PATCH 200", "GET 404"]), ("errors", ["PATCH 200", "GET 404"]), ("off", [])],
)
async def test_the_setting_says_what_is_listed(lines: list[logging.LogRecord], which: str, listed: list[str]) -> None:
    log = AccessLog(which, ManualClock().monotonic)  # type: ignore[arg-type]
    for method, status in (("GET", 200), ("PATCH", 200), ("GET", 404)):
        log.note(method, "/", status, 0.001, None)
    said = [line.getMessage().split() for line in lines]
    assert [f"{words[0]} {words[2]}" for words in said] == listed


async def test_a_line_says_why(lines: list[logging.LogRecord]) -> None:
    refused = Refused(Code.INVALID_API_KEY, reason="REVOKED")
    AccessLog("errors", ManualClock().monotonic).note("GET", "/api/v1/auth/whoami", 401, 0.0012, refused)
    assert lines[0].getMessage() == "GET /api/v1/auth/whoami 401 1.2ms INVALID_API_KEY (REVOKED)"


@pytest.mark.parametrize("status", [401, 429])
async def test_strangers_can_not_flood_the_log(lines: list[logging.LogRecord], status: int) -> None:
    """If this failed, anybody could fill the operator's disk, and slow down everybody else's requests meanwhile."""
    clock = ManualClock()
    log = AccessLog("errors", clock.monotonic)
    for _ in range(LINES_PER_SECOND + 50):
        log.note("GET", "/", status, 0.001, None)
    log.note("GET", "/", 503, 0.001, None)  # what strangers can't provoke has its line all the same
    assert len(lines) == LINES_PER_SECOND + 1
    await asyncio.sleep(1.1)
    assert lines[-1].levelno == logging.WARNING
    assert lines[-1].getMessage().startswith("50 more answers were 401 or 429 within a second")
    clock.advance(1)
    log.note("GET", "/", status, 0.001, None)
    assert len(lines) == LINES_PER_SECOND + 3


async def test_with_all_every_answer_is_listed(lines: list[logging.LogRecord]) -> None:
    log = AccessLog("all", ManualClock().monotonic)
    for _ in range(LINES_PER_SECOND + 50):
        log.note("GET", "/", 401, 0.001, None)
    assert len(lines) == LINES_PER_SECOND + 50

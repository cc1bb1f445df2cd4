"""The windows of a process as bytes, so that a clean restart forgets nobody's requests. Pure.

The format, in this machine's byte order: ``MAGIC``, CRC-32 of the rest, the wall clock in microseconds since 1970 and
the monotonic clock in seconds, both at the moment of the snapshot; then for each window its id (16 bytes), how many
admissions follow and whether with costs, their monotonic times (float64 each), and their costs (int64 each).
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from onepin.server.limits.limit import WINDOW_SECONDS
from onepin.server.limits.window import Window

MAGIC = b"opwin1" + sys.byteorder[:2].encode()
_CHECK = struct.Struct("=8sI")
_CLOCKS = struct.Struct("=qd")
_WINDOW = struct.Struct("=16sI?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(Exception):
    """The bytes are no snapshot, or not all of one; the text says which."""


def pack(windows: Mapping[int, Window], monotonic: float, now: datetime) -> bytes:
    """``windows`` by id, with what both clocks say at this moment."""
    parts = [_CLOCKS.pack(_micros(now), monotonic)]
    for key, window in windows.items():
        times, costs = window.admissions()
        parts += (_WINDOW.pack(key.to_bytes(16, "little"), len(times), costs is not None), times.tobytes())
        if costs is not None:
            parts.append(costs.tobytes())
    body = b"".join(parts)
    return _CHECK.pack(MAGIC, zlib.crc32(body)) + body


def unpack(data: bytes, monotonic: float, now: datetime) -> dict[int, Window]:
    """The windows as they are by the clocks of this process; what left them meanwhile is gone.

    No time less than none is taken to have passed, so nothing stays longer than a minute. Raises ``Unreadable``.
    """
    try:
        magic, check = _CHECK.unpack_from(data)
        body = memoryview(data)[_CHECK.size :]
        if magic != MAGIC or check != zlib.crc32(body):
            raise Unreadable("their snapshot is damaged, or another version's")
        wall, then = _CLOCKS.unpack_from(body)
        elapsed = max(0.0, (_micros(now) - wall) / 1e6)
        if elapsed >= WINDOW_SECONDS:
            return {}
        return {key: window for key, window in _windows(body, monotonic, then + elapsed) if window is not None}
    except (struct.error, ValueError) as error:
        raise Unreadable(f"their snapshot is damaged: {error}") from None


def _windows(body: memoryview, monotonic: float, passed: float) -> Iterator[tuple[int, Window | None]]:
    """Each window, its times moved from a clock that would now say ``passed`` to one that says ``monotonic``."""
    at = _CLOCKS.size
    while at < len(body):
        key, count, costly = _WINDOW.unpack_from(body, at)
        at += _WINDOW.size
        times, at = _array("d", body, at, count), at + count * 8
        costs, at = (_array("q", body, at, count), at + count * 8) if costly else (None, at)
        yield int.from_bytes(key, "little"), _moved(times, costs, monotonic, passed)


def _moved(times: "array[float]", costs: "array[int] | None", monotonic: float, passed: float) -> Window | None:
    """The window as it is now, or None where nothing is left in it."""
    ages = [max(0.0, passed - time) for time in times]
    if not all(map(isfinite, times)) or list(times) != sorted(times) or any(cost < 1 for cost in costs or ()):
        raise ValueError("admissions that can't have been")
    first = sum(age >= WINDOW_SECONDS for age in ages)
    if first == len(ages):
        return None
    moved = array("d", [monotonic - age for age in ages[first:]])
    return Window.of(moved, None if costs is None else costs[first:])


def _array(kind: str, body: memoryview, at: int, count: int) -> "array[Any]":
    raw = body[at : at + count * 8]
    if len(raw) < count * 8:
        raise ValueError("it ends too early")
    items = array(kind)
    items.frombytes(raw)
    return items


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)

"""Moments and durations as people say and type them."""

import re
from datetime import UTC, datetime, timedelta

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([0-9]{1,9})([smhdw])")
_STEPS = (
    (60, 1, "second"),
    (3600, 60, "minute"),
    (86_400, 3600, "hour"),
    (30 * 86_400, 86_400, "day"),
    (365 * 86_400, 30 * 86_400, "month"),
    (None, 365 * 86_400, "year"),
)


def relative(moment: datetime, now: datetime) -> str:
    """``3 minutes ago``, ``in 2 hours``; rounded down, as people do."""
    seconds = int((now - moment).total_seconds())
    if abs(seconds) < 5:
        return "just now"
    amount = spoken(abs(seconds))
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def spoken(seconds: int) -> str:
    """``90`` as ``1 minute``: the largest unit that fits, in whole numbers."""
    for below, size, unit in _STEPS:
        if below is None or seconds < below:
            number = seconds // size
            return f"{number} {unit}" + ("" if number == 1 else "s")
    raise AssertionError("the last step has no bound")


def absolute(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class Duration(click.ParamType[timedelta]):
    """A whole number and a unit: ``45s``, ``30m``, ``24h``, ``90d``, ``2w``. Several may follow one another."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Parse it.

        Raises:
            click.BadParameter: It is no duration, zero, or longer than a hundred years.
        """
        if isinstance(value, timedelta):
            return value
        text = str(value).strip().lower().replace(" ", "")
        if not text or not re.fullmatch(rf"(?:{_DURATION.pattern})+", text):
            self.fail(f"{value!r} is no duration. Write a number and a unit: 45s, 30m, 24h, 90d, 2w.", param, ctx)
        seconds = sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))
        if not 0 < seconds <= 100 * 365 * 86_400:
            self.fail(f"{value!r} is out of range: between 1 second and 100 years.", param, ctx)
        return timedelta(seconds=seconds)


DURATION = Duration()

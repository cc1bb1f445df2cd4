"""The speed of a check beside everybody else's, as a picture: dots on a logarithmic axis, quartiles as lines.

It brings its own background, light or dark as the reader's system is: a page may be neither.
"""

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10
from typing import Any, NamedTuple

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 860, 328, 64, 76, 34, 52
STYLE = """
  text { font: 14px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  text { paint-order: stroke; stroke: #ffffff; stroke-width: 5 }
  .title { font-size: 17px; font-weight: 600 } .quiet { fill: #59636e; font-size: 13px }
  .ours { font-weight: 600; fill: #0757ba } .page { fill: #ffffff }
  .grid { stroke: #d1d9e0 } .one { stroke: #0757ba; stroke-dasharray: 4 4 }
  .dot { fill: #59636e } circle.ours { fill: #0757ba }
  .spread { stroke: #59636e; stroke-width: 3; stroke-opacity: 0.45 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; stroke: #0d1117 } .quiet { fill: #9198a1 } .ours { fill: #79b8ff } .page { fill: #0d1117 }
    .grid { stroke: #3d444d } .one { stroke: #79b8ff } .dot { fill: #9198a1 } .spread { stroke: #9198a1 }
    circle.ours { fill: #79b8ff }
  }
"""


class Row(NamedTuple):
    """A server and its requests per second as a multiple of onepin's: the median, and the quartiles."""

    name: str
    median: float
    low: float
    high: float


def chart(found: dict[str, Any]) -> str:
    """The SVG of the results of ``verify``."""
    rows = sorted(rows_of(found["found"]["servers"]), key=lambda row: -row.median)
    low, high = floor(log10(min(row.low for row in rows))), ceil(log10(max(row.high for row in rows)))
    height = TOP + ROW * len(rows) + BOTTOM

    def x(value: float) -> str:
        return f"{LEFT + (WIDTH - LEFT - RIGHT) * (log10(value) - low) / (high - low):.1f}"

    told = "; ".join(f"{row.name} {times(row.median)}" for row in rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title told">',
        '<title id="title">Checks of a key per second, as a multiple of onepin’s</title>',
        f'<desc id="told">{escape(told)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>',
        '<text class="title" x="20" y="32">Checks of a key per second, onepin = 1</text>',
        '<text class="quiet" x="20" y="54">On one core; medians and quartiles; each step is ten times</text>',
        *axis(range(low, high + 1), x, height - BOTTOM),
        *(line for number, row in enumerate(rows) for line in drawn(row, TOP + ROW * number + ROW // 2, x)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def rows_of(servers: dict[str, Any]) -> list[Row]:
    """Everybody, onepin as well."""
    spreads = {name: one["onepin_by_this"] for name, one in servers.items()}
    return [Row(name, *(1 / one[at] for at in ("median", "quartile_3", "quartile_1"))) for name, one in spreads.items()]


def axis(powers: Sequence[int], x: Any, bottom: int) -> list[str]:
    """A line for each power of ten; that of onepin itself stands out."""
    lines = []
    for power in powers:
        at, kind = x(10.0**power), "grid" if power else "one"
        lines.append(f'<line class="{kind}" x1="{at}" x2="{at}" y1="{TOP}" y2="{bottom}"/>')
        lines.append(f'<text class="quiet" x="{at}" y="{bottom + 22}" text-anchor="middle">{times(10.0**power)}</text>')
    return lines


def drawn(row: Row, y: int, x: Any) -> list[str]:
    """One server."""
    ours = row.name == "onepin"
    kind, mark = ("ours", "dot ours") if ours else ("", "dot")
    beside = float(x(max(row.high, row.median))) + 12
    return [
        f'<text class="{kind}" x="{LEFT - 16}" y="{y + 5}" text-anchor="end">{escape(row.name)}</text>',
        f'<line class="spread" x1="{x(row.low)}" x2="{x(row.high)}" y1="{y}" y2="{y}"/>',
        f'<circle class="{mark}" cx="{x(row.median)}" cy="{y}" r="6"/>',
        f'<text class="{kind}" x="{beside:.1f}" y="{y + 5}">{times(row.median)}</text>',
    ]


def times(value: float) -> str:
    """Two significant digits at most, without an exponent."""
    digits = max(0, 1 - floor(log10(value)))
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " ×"

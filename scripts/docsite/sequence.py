"""Draws a sequence diagram from text: lines ``A -> B: what is said`` and ``note A: what A does``."""

import re
from dataclasses import dataclass
from html import escape

from docsite.pages import SiteError

LINE = re.compile(r"(?P<speaker>[^:]+?) -> (?P<hearer>[^:]+?): (?P<said>.+)|note (?P<thinker>[^:]+?): (?P<thought>.+)")
BETWEEN, STEP, TOP, MARGIN = 210, 46, 64, 90
CHARACTER = 6.6
"""The width of a character of the smaller text, for boxes around it."""


@dataclass(frozen=True)
class Step:
    """One line: who speaks to whom; a note has nobody who hears it."""

    speaker: str
    hearer: str | None
    text: str


def drawn(source: str) -> str:
    """An SVG of the diagram, in the colour of the text around it.

    Raises:
        SiteError: a line is neither a message nor a note.
    """
    steps = [_step(line) for line in source.strip().splitlines()]
    people = list(dict.fromkeys(name for step in steps for name in (step.speaker, step.hearer) if name))
    places = {name: MARGIN + BETWEEN * number for number, name in enumerate(people)}
    width, bottom = 2 * MARGIN + BETWEEN * (len(people) - 1), TOP + STEP * len(steps) + 10
    parts = [_person(name, x, bottom) for name, x in places.items()]
    parts += [_drawn(step, places, TOP + STEP * number + 24) for number, step in enumerate(steps)]
    said = "; ".join(
        f"{step.speaker} to {step.hearer}: {step.text}" if step.hearer else f"{step.speaker}: {step.text}"
        for step in steps
    )
    box = f'viewBox="0 0 {width} {bottom + 6}" width="{width}" height="{bottom + 6}"'
    inside = "".join(parts)
    return f'<svg class="figure" role="img" aria-label="{escape(said)}" {box} font-size="13">{inside}</svg>\n'


def _step(line: str) -> Step:
    found = LINE.fullmatch(line.strip())
    if found is None:
        raise SiteError(f"no line of a sequence diagram: {line}")
    if found["thinker"]:
        return Step(found["thinker"], None, found["thought"])
    return Step(found["speaker"], found["hearer"], found["said"])


def _person(name: str, x: int, bottom: int) -> str:
    half = max(40, int(len(name) * 4.2) + 10)
    frame = 'fill="none" stroke="currentColor" stroke-opacity=".45"'
    return (
        f'<rect x="{x - half}" y="10" width="{2 * half}" height="30" rx="7" {frame}/>'
        f'<text x="{x}" y="30" text-anchor="middle" fill="currentColor" font-weight="600">{escape(name)}</text>'
        f'<path d="M{x} 40V{bottom}" stroke="currentColor" stroke-opacity=".3" stroke-dasharray="3 4"/>'
    )


def _drawn(step: Step, places: dict[str, int], y: int) -> str:
    start = places[step.speaker]
    text = escape(step.text)
    if step.hearer is None:
        half = int(len(step.text) * CHARACTER / 2) + 12
        return (
            f'<rect class="note" x="{start - half}" y="{y - 20}" width="{2 * half}" height="28" rx="5"/>'
            f'<text x="{start}" y="{y - 1}" text-anchor="middle" fill="currentColor" font-size="12">{text}</text>'
        )
    end = places[step.hearer]
    way = 1 if end > start else -1
    return (
        f'<path class="arrow" d="M{start} {y}H{end - 2 * way}m{-7 * way} -4l{7 * way} 4l{-7 * way} 4"/>'
        f'<text x="{(start + end) // 2}" y="{y - 7}" text-anchor="middle" fill="currentColor" font-size="12">'
        f"{text}</text>"
    )

"""Tables that fit: columns shrink, then go, and in a very narrow window each row becomes a card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from onepin.cli.render.cells import beginning, cut, harmless, wide
from onepin.cli.terminal import Terminal

T = TypeVar("T")
GAP = 2


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column.

    ``cell`` makes the text. ``least`` is the width it may shrink to (None: it may not). ``drop`` says how soon it may
    go when there is no room: the highest goes first, 0 never. ``style`` names colours for a row. ``right``: numbers.
    """

    heading: str
    cell: Callable[[T], str]
    least: int | None = None
    drop: int = 0
    style: Callable[[T], Sequence[str]] | None = None
    right: bool = False


def table(terminal: Terminal, columns: Sequence[Column[T]], rows: Sequence[T]) -> list[str]:
    """The lines of a table: headings, then a line for each row (or a card, where lines would not fit)."""
    kept = list(columns)
    cells = {column.heading: [harmless(column.cell(row)) for row in rows] for column in columns}
    limit = terminal.width
    widths = _natural(kept, cells)
    while limit is not None and _shrink(kept, widths, limit) > limit:
        droppable = max(kept, key=lambda column: column.drop)
        if droppable.drop == 0:
            return _cards(terminal, columns, rows, cells, limit)
        kept.remove(droppable)
        widths = _natural(kept, cells)
    head = [column.heading for column in kept]
    lines = [terminal.style(_line(kept, head, widths), "bold")]
    for number, row in enumerate(rows):
        shown = [cut(cells[column.heading][number], widths[column.heading]) for column in kept]
        lines.append(_line(kept, shown, widths, [_styled(terminal, column, row) for column in kept]))
    return lines


def _natural(columns: Sequence[Column[T]], cells: dict[str, list[str]]) -> dict[str, int]:
    return {column.heading: max(map(wide, [column.heading, *cells[column.heading]])) for column in columns}


def _shrink(columns: Sequence[Column[T]], widths: dict[str, int], limit: int) -> int:
    """Take from the widest column that can give, until the line fits or none can. Returns the line's width."""
    total = sum(widths.values()) + GAP * (len(columns) - 1)
    while total > limit:
        giving = [one for one in columns if one.least is not None and widths[one.heading] > one.least]
        if not giving:
            break
        widest = max(giving, key=lambda column: widths[column.heading])
        widths[widest.heading] -= 1
        total -= 1
    return total


Paint = Callable[[str], str]


def _styled(terminal: Terminal, column: Column[T], row: T) -> Paint:
    styles = column.style(row) if column.style is not None else ()
    return lambda text: terminal.style(text, *styles)


def _line(
    columns: Sequence[Column[T]], texts: Sequence[str], widths: dict[str, int], paints: Sequence[Paint] = ()
) -> str:
    parts = []
    for number, (column, text) in enumerate(zip(columns, texts, strict=True)):
        space = " " * (widths[column.heading] - wide(text))
        painted = paints[number](text) if paints else text
        last = number == len(columns) - 1
        parts.append(space + painted if column.right else painted + ("" if last else space))
    return (" " * GAP).join(parts).rstrip()


def _cards(
    terminal: Terminal, columns: Sequence[Column[T]], rows: Sequence[T], cells: dict[str, list[str]], limit: int
) -> list[str]:
    lines: list[str] = []
    for number, row in enumerate(rows):
        lines += [""] if lines else []
        pairs = [(one.heading.lower(), cells[one.heading][number], _styled(terminal, one, row)) for one in columns]
        lines += facts(terminal, pairs, limit)
    return lines


def facts(terminal: Terminal, pairs: Sequence[tuple[str, str, Paint | None]], limit: int | None = None) -> list[str]:
    """Names and values below one another; a value that does not fit goes on in the next line, under its beginning."""
    limit = terminal.width if limit is None else limit
    side = max((wide(name) for name, _, _ in pairs), default=0) + GAP
    lines = []
    for name, value, paint in pairs:
        label = terminal.style(name, "dim") + " " * (side - wide(name))
        for piece in _pieces(harmless(value), None if limit is None else max(limit - side, 8)):
            lines.append((label + (paint(piece) if paint else piece)).rstrip())
            label = " " * side
    return lines


def _pieces(text: str, width: int | None) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at spaces where there are some. Nothing is lost."""
    if width is None or wide(text) <= width:
        return [text]
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if wide(joined) <= width:
            line = joined
            continue
        lines += [line] if line else []
        line = word
        while wide(line) > width:
            piece = beginning(line, width) or line[0]
            lines.append(piece)
            line = line[len(piece) :]
    return [*lines, line]

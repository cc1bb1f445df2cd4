"""Tables that fit, text that does no harm, times and durations as people say them, bars."""

import io
from datetime import UTC, datetime, timedelta

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onepin.cli.render.bars import sparkline
from onepin.cli.render.cells import cut, harmless, wide
from onepin.cli.render.tables import Column, facts, table
from onepin.cli.render.times import DURATION, absolute, relative, spoken
from onepin.cli.terminal import Terminal

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
NAMES = ["CI deploy", "キーの名前", "a name that goes on and on, for no good reason at all", "naïve 🎉"]


class Screen(io.TextIOWrapper):
    """A terminal that is as wide as COLUMNS says."""

    def isatty(self) -> bool:
        return True


def screen(monkeypatch: pytest.MonkeyPatch, width: int, **environ: str) -> Terminal:
    monkeypatch.setenv("COLUMNS", str(width))
    return Terminal.of(Screen(io.BytesIO(), encoding="utf-8"), environ)


COLUMNS: list[Column[str]] = [
    Column("NAME", lambda name: name, least=8),
    Column("KEY", lambda _: "pk_live_AbCd1234"),
    Column("LENGTH", lambda name: str(len(name)), drop=2, right=True),
    Column("ID", lambda _: "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", drop=3),
]


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40, 30, 20])
def test_a_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = table(screen(monkeypatch, width, NO_COLOR="1"), COLUMNS, NAMES)
    assert max(map(wide, lines)) <= width
    text = "".join(line.strip() for line in lines)
    assert text.count("pk_live_") == len(NAMES)  # what names a key is never lost


def test_columns_shrink_then_go_then_rows_become_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = {
        width: table(screen(monkeypatch, width, NO_COLOR="1"), COLUMNS, NAMES)[0].split() for width in (90, 60, 30)
    }
    assert heads[90] == ["NAME", "KEY", "LENGTH", "ID"]
    assert heads[60] == ["NAME", "KEY", "LENGTH"]
    cards = table(screen(monkeypatch, 24, NO_COLOR="1"), COLUMNS, NAMES)
    assert cards[0].split() == ["name", "CI", "deploy"]


def test_outside_a_terminal_a_table_is_whole() -> None:
    lines = table(Terminal.of(io.StringIO(), {}), COLUMNS, NAMES)
    assert all(any(name in line for line in lines) for name in NAMES)
    assert "…" not in "".join(lines)


def test_columns_stand_below_their_headings_whatever_the_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    head, *rows = table(screen(monkeypatch, 200, NO_COLOR="1"), COLUMNS, NAMES)
    at = head.index("KEY")
    assert {wide(row[: row.index("pk_live_")]) for row in rows} == {at}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.integers(1, 40))
def test_cut_text_never_exceeds_its_room(text: str, room: int) -> None:
    assert wide(cut(text, room)) <= max(room, 0)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_what_others_typed_can_not_move_the_cursor(text: str) -> None:
    """If this failed, a key's name could overwrite other lines of the table, or colour a bad key green."""
    shown = harmless(text)
    assert not any(character in shown for character in "\x1b\r\n\t\x07\x08\x9b\u202e\u2066\u2028")


def test_a_name_with_an_escape_sequence_is_shown_as_text() -> None:
    assert harmless("a\x1b[31mred\u202e") == "a\\x1b[31mred\\u202e"


def test_facts_break_at_words_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "workflows:read workflows:run voices:read dictionary:write"
    lines = facts(screen(monkeypatch, 40, NO_COLOR="1"), [("scopes", value, None)])
    assert max(map(len, lines)) <= 40
    assert " ".join(line.removeprefix("scopes").strip() for line in lines) == value


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (0, "just now"),
        (42, "42 seconds ago"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (86_400, "1 day ago"),
        (29 * 86_400, "29 days ago"),
        (100 * 86_400, "3 months ago"),
        (800 * 86_400, "2 years ago"),
        (-7200, "in 2 hours"),
    ],
)
def test_times_are_said_as_people_say_them(ago: int, said: str) -> None:
    assert relative(NOW - timedelta(seconds=ago), NOW) == said


def test_an_absolute_time_is_utc() -> None:
    assert absolute(NOW.astimezone(tz=None)) == "2026-05-01T12:00:00Z"
    assert spoken(59) == "59 seconds"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45s", 45),
        ("30m", 1800),
        ("24h", 86_400),
        ("90d", 7_776_000),
        ("2w", 1_209_600),
        ("1d12h", 129_600),
        ("1D", 86_400),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert DURATION.convert(text, None, None) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "90", "d", "1.5h", "-1d", "0d", "90 days", "1y", "999999999w", "١d"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"90d|100 years"):
        DURATION.convert(text, None, None)


def test_a_sparkline_has_a_mark_for_each_number_and_none_for_nothing() -> None:
    assert sparkline([0, 1, 4, 8]) == "·▁▄█"
    assert sparkline([0, 1, 4, 8], unicode=False) == " _=@"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "··"


@given(st.lists(st.integers(0, 10**9), max_size=400), st.integers(1, 100))
def test_a_sparkline_fits_and_shows_every_use(numbers: list[int], width: int) -> None:
    line = sparkline(numbers, width=width)
    assert len(line) <= width
    assert bool(line.strip("·")) == any(numbers)


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_in_a_terminal(environ: dict[str, str], colour: bool) -> None:
    terminal = Terminal.of(Screen(io.BytesIO(), encoding="utf-8"), environ)
    assert (terminal.style("x", "red") != "x") is colour


def test_colours_outside_a_terminal_only_when_forced() -> None:
    assert Terminal.of(io.StringIO(), {}).style("x", "red") == "x"
    assert "\x1b[31m" in Terminal.of(io.StringIO(), {"FORCE_COLOR": "1"}).style("x", "red")


def test_a_terminal_without_unicode_gets_plain_characters() -> None:
    raw = io.BytesIO()
    terminal = Terminal.of(Screen(raw, encoding="ascii"), {})
    terminal.write("naïve…")
    terminal.stream.flush()
    assert raw.getvalue() == b"na\\xefve...\n"


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.just(" "), max_size=80),
    st.integers(20, 60),
)
def test_facts_fit_whatever_they_say(value: str, width: int) -> None:
    terminal = Terminal.of(io.StringIO(), {})
    lines = facts(terminal, [("name", value, None)], width)
    assert max(map(wide, lines)) <= width
    assert "".join("".join(lines).split()) == "name" + "".join(harmless(value).split())

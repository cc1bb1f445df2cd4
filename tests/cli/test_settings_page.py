import re
from pathlib import Path

import pytest

from onepin.cli.operate.settings_page import BEGIN, END, rewritten
from onepin.server.settings import SETTINGS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_the_page_has_todays_table() -> None:
    text = PAGE.read_text("utf-8")
    assert rewritten(text) == text, "run: python -m onepin.cli.operate.settings_page docs/reference/settings.md"


def test_every_setting_that_the_page_speaks_of_exists() -> None:
    known = {setting.env for setting in SETTINGS}
    spoken = set(re.findall(r"ONEPIN_[A-Z_]*[A-Z]\b(?!_)", PAGE.read_text("utf-8")))
    assert spoken - {"ONEPIN_CLERK", "ONEPIN_SERVICE", "ONEPIN_PORT"} <= known


def test_every_row_has_as_many_cells_as_the_head() -> None:
    table = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    assert len(table) == len(SETTINGS) + 2
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in table} == {6}


def test_a_page_without_marks_is_left_alone() -> None:
    with pytest.raises(ValueError, match="lacks"):
        rewritten("# Settings\n")

"""The table of settings in the documentation, made from the settings themselves.

``python -m onepin.cli.operate.settings_page docs/reference/settings.md`` writes it anew between its two marks.
"""

import sys
from pathlib import Path

from onepin.server.settings import SETTINGS, Setting

BEGIN, END = "<!-- settings: made by onepin.cli.operate.settings_page -->", "<!-- /settings -->"


def table() -> str:
    """The table in Markdown, a row for each setting."""
    head = ["| Setting | Flag | Default | Meaning | Allowed |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(setting) for setting in SETTINGS)])


def rewritten(page: str) -> str:
    """``page`` with today's table between its marks.

    Raises:
        ValueError: The marks are missing.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(setting: Setting) -> str:
    default = setting.shown_default if setting.default is None else f"`{setting.default}`"
    flag = "none: a secret" if setting.flag is None else f"`{setting.flag}`"
    cells = (f"`{setting.env}`", flag, default, setting.help, setting.allowed)
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(cell: str) -> str:
    """Text for a cell: no bar may end it early, and ``<data dir>`` is no HTML; between backticks it would not be."""
    text = cell.replace("|", "\\|")
    return text if "`" in text else text.replace("<", "&lt;")


def main(paths: list[str]) -> None:
    """Rewrite the pages at ``paths``."""
    for path in map(Path, paths):
        path.write_text(rewritten(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""The page of all commands in the documentation, made from the commands themselves.

``python -m onepin.cli.reference_page docs/cli/commands.md`` writes it anew between its two marks.
"""

import sys
from pathlib import Path
from typing import Any

from onepin.cli.manifest import manifest

BEGIN, END = "<!-- commands: made by onepin.cli.reference_page -->", "<!-- /commands -->"
SETTING_FLAG = "[ONEPIN_"
"""What the help of a flag says that stands for a setting of the server; those have a page of their own."""


def page() -> str:
    """Every command: what it does, its arguments, options and examples."""
    return "\n".join(_section(command) for command in manifest()["commands"])


def rewritten(text: str) -> str:
    """``text`` with today's commands between its marks. Raises ``ValueError`` when the marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n\n{page()}\n{END}{after}"


def _section(command: dict[str, Any]) -> str:
    words = [command["path"], *(_shown(argument) for argument in command["arguments"])]
    lines = [f"## {command['path']}", "", command["help"].replace("\n", "\n\n"), "", "```", " ".join(words), "```", ""]
    own = [option for option in command["options"] if SETTING_FLAG not in option["help"]]
    if own:
        lines += ["| Option | |", "|---|---|", *map(_row, own), ""]
    if len(own) < len(command["options"]):
        lines += ["Beside these, flags of settings: [settings](../reference/settings.md).", ""]
    if command["examples"]:
        lines += ["```sh", *command["examples"], "```", ""]
    return "\n".join(lines)


def _shown(argument: dict[str, Any]) -> str:
    name = argument["name"].strip("[].")
    name = f"{name}..." if argument["several"] else name
    return name if argument["required"] else f"[{name}]"


def _row(option: dict[str, Any]) -> str:
    flags = ", ".join(f"`{flag}`" for flag in option["flags"])
    value = f" `{option['value']}`" if option["value"] else ""
    default = f" Default: `{option['default']}`." if option["default"] not in (None, False) else ""
    text = f"{option['help']}{default}".replace("|", "\\|")
    return f"| {flags}{value} | {text} |".replace("`NAME|EMAIL`", "`NAME\\|EMAIL`")


def main(paths: list[str]) -> None:
    """Rewrite the pages at ``paths``."""
    for path in map(Path, paths):
        path.write_text(rewritten(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

"""``python -m docsite [FOLDER]``: build the site, say how many pages it has."""

import sys
import time
from pathlib import Path

from docsite.build import OUTPUT, build
from docsite.pages import SiteError


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0 built, 1 something in a page has to be mended, 2 wrong usage."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print(f"usage: scripts/docs [FOLDER]     builds the site, into {OUTPUT} unless told where", file=sys.stderr)
        return 2
    begun = time.monotonic()
    folder = Path(arguments[0]) if arguments else OUTPUT
    try:
        number = build(folder)
    except SiteError as error:
        print(f"onepin: the documentation was not built: {error}", file=sys.stderr)
        return 1
    print(f"{number} pages in {folder} ({time.monotonic() - begun:.1f} s); `onepin serve` shows them at /docs.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Links between pages: written as paths of files, so that they work in the repository; served as addresses."""

import posixpath
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from docsite.pages import DOCS, ROOT, Page, SiteError
from docsite.samples import BASE

PREFIX = "@PREFIX@"
"""Stands for the path of the server's address, where it has one."""
_FENCE = re.compile(r"^ *(```+|~~~+)")
_LINK = re.compile(r"(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)\s]+)\)")


class Links:
    """Knows every page by the file it was written in and by its address."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._by_slug = {page.slug: page for page in pages}
        self._by_file = {
            page.source.relative_to(ROOT).as_posix(): page.slug for page in self._by_slug.values() if page.source
        }
        self._by_file["README.md"] = "get-started/introduction"

    def html(self, page: Page, href: str) -> str:
        """Where a link on ``page`` leads, for a browser: a path without the host.

        Raises:
            SiteError: it leads nowhere.
        """
        slug, fragment = self._target(page, href)
        return href if slug is None else f"{place(slug)}{fragment}"

    def twin(self, page: Page, href: str) -> str:
        """The same for the page's Markdown: absolute, and to the Markdown of the other page."""
        slug, fragment = self._target(page, href)
        return href if slug is None else f"{BASE}/docs{'/' if slug else ''}{slug}.md{fragment}"

    def rewritten(self, page: Page) -> str:
        """The Markdown of ``page`` with absolute links; code is left as it is."""
        return outside_code(page.markdown, lambda line: _LINK.sub(lambda found: self._absolute(page, found), line))

    def _absolute(self, page: Page, found: re.Match[str]) -> str:
        picture, text, href = found.groups()
        return f"{picture}[{text}]({f'{BASE}{picture_path(page, href)}' if picture else self.twin(page, href)})"

    def _target(self, page: Page, href: str) -> tuple[str | None, str]:
        """The address of the page that ``href`` means, and the fragment; None for what is no page of ours."""
        parts = urlsplit(href)
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if parts.scheme or href.startswith(("/", BASE, PREFIX)):
            return None, ""
        if not parts.path:
            return page.slug, fragment
        slugs = posixpath.join("docs", posixpath.dirname(page.slug))
        folder = page.source.relative_to(ROOT).parent.as_posix() if page.source else slugs
        path = posixpath.normpath(posixpath.join(folder, parts.path))
        slug = self._by_file.get(path)
        if slug is None and path.startswith("docs/") and path.endswith(".md"):
            slug = path.removeprefix("docs/").removesuffix(".md")
        if slug is None or slug not in self._by_slug:
            raise SiteError(f"/docs/{page.slug} links to {href}, which is no page")
        return slug, fragment


def picture_path(page: Page, source: str) -> str:
    """Where the site has a picture that lies beside the pages.

    Raises:
        SiteError: there is no such picture.
    """
    path = (page.source or DOCS).parent / source
    if not path.is_file() or not path.resolve().is_relative_to(DOCS):
        raise SiteError(f"/docs/{page.slug} shows {source}, which is not there")
    return f"/docs/{path.resolve().relative_to(DOCS).as_posix()}"


def place(slug: str) -> str:
    """The path of the page ``slug``."""
    return f"{PREFIX}/docs/{slug}" if slug else f"{PREFIX}/docs"


def outside_code(markdown: str, change: Callable[[str], str]) -> str:
    """``markdown`` with every line outside of fenced code changed."""
    lines, fence = [], ""
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = ""
        elif not fence:
            line = change(line)
        lines.append(line)
    return "\n".join(lines)

"""The site for programs that read it: each page as Markdown, and the indexes that llmstxt.org describes."""

from collections.abc import Iterable, Mapping

from docsite.links import Links
from docsite.pages import SECTIONS, Page
from docsite.samples import BASE

ABOUT = (
    "onepin is a self-hosted service that creates, scopes, limits, verifies, rotates and revokes the API keys you hand "
    "to your customers."
)
BANNER = (
    f"> Index of this documentation: {BASE}/llms.txt · all of it in one file: {BASE}/llms-full.txt · "
    "any page as Markdown: add .md to its address · the index of a part: add /llms.txt"
)
OPTIONAL = ("decisions", "changelog")
"""Sections that say why, not how: in the index last, and not in the one file."""


def texts(pages: Iterable[Page], links: Links) -> Mapping[str, str]:
    """Every text file by its place: ``docs/….md``, ``docs/…/llms.txt``, ``llms.txt``, ``llms-full.txt``."""
    given = list(pages)
    bodies = {page.slug: _without_comments(links.rewritten(page)) for page in given}
    found = {f"docs/{slug}.md" if slug else "docs.md": f"{BANNER}\n\n{body}" for slug, body in bodies.items()}
    for page in given:
        place = f"docs/{page.slug}/llms.txt" if page.slug else "docs/llms.txt"
        found[place] = _level(page, given)
    found["llms.txt"] = _index(given)
    full = [bodies[page.slug] for page in given if page.section not in OPTIONAL and not page.entries]
    found["llms-full.txt"] = f"# onepin\n\n> {ABOUT}\n\n" + "\n\n---\n\n".join(text.strip() for text in full) + "\n"
    return found


def entry(page: Page) -> str:
    """A page's line in an index."""
    return f"- [{page.title}]({BASE}/docs{'/' if page.slug else ''}{page.slug}.md): {page.summary}"


def _index(pages: list[Page]) -> str:
    lines = [
        "# onepin\n",
        f"> {ABOUT}\n",
        f"All of it in one file: {BASE}/llms-full.txt",
        f"OpenAPI: {BASE}/openapi.json",
    ]
    for optional in (False, True):
        if optional:
            lines.append("\n## Optional\n")
        for section in SECTIONS:
            inside = [page for page in pages if page.section == section.slug and not page.entries]
            if inside and (section.slug in OPTIONAL) == optional:
                lines += [] if optional else [f"\n## {section.title}\n"]
                lines += map(entry, inside)
    return "\n".join(lines) + "\n"


def _level(page: Page, pages: list[Page]) -> str:
    """The index at an address: what lies below it; for a page with nothing below, its neighbours."""
    below = [other for other in pages if other.slug.startswith(f"{page.slug}/" if page.slug else "") and other.slug]
    folder = page.slug.rpartition("/")[0]
    beside = [other for other in pages if other.slug.rpartition("/")[0] == folder and other.slug]
    entries = "\n".join(map(entry, below or beside))
    return f"# onepin: {page.title}\n\n> {page.summary}\n\n{entries}\n\nThe index of everything: {BASE}/llms.txt\n"


def _without_comments(markdown: str) -> str:
    lines = [line for line in markdown.split("\n") if not (line.startswith("<!--") and line.endswith("-->"))]
    return "\n".join(lines)

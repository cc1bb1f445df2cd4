"""The pages of the site: what is written in ``docs/`` and what is generated, in their sections and order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it takes the server with it, which whoever only asks what the site is made from need not wait for
    from docsite.operations import Operation

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ADOPTED = {
    "changelog": ROOT / "CHANGELOG.md",
    "explanation/architecture": ROOT / "ARCHITECTURE.md",
    "explanation/security": ROOT / "SECURITY.md",
    "explanation/contributing": ROOT / "CONTRIBUTING.md",
}
"""Pages that lie elsewhere in the repository, by their address."""


@dataclass(frozen=True)
class Page:
    """One page. ``markdown``: all of it, as its twin; ``source``: the file it was written in, if any.

    ``slug`` is the address below ``/docs``, without a slash at either end; the front page's is empty. ``entries``: the
    pages that an index lists.
    """

    slug: str
    title: str
    summary: str
    markdown: str
    source: Path | None = None
    operation: "Operation | None" = None
    entries: tuple["Page", ...] = ()

    @property
    def section(self) -> str:
        """The first part of the address."""
        return self.slug.partition("/")[0]

    def leads(self, other: "Page") -> bool:
        """Whether ``other`` lies below this page, or is it."""
        return f"{other.slug}/".startswith(f"{self.slug}/")


@dataclass(frozen=True)
class Section:
    """A part of the navigation. ``first``: the pages that come first, by the last part of their address."""

    slug: str
    title: str
    summary: str
    first: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "get-started",
        "Get Started",
        "What onepin is, the first key in a minute, and how callers prove who they are.",
        ("introduction", "quickstart", "authentication"),
    ),
    Section("api-reference", "API Reference", "Every operation, with its fields, answers and errors."),
    Section("python-sdk", "Python SDK", "The client for Python.", ("install", "usage", "errors")),
    Section("cli", "CLI", "The command onepin.", ("overview", "commands")),
    Section(
        "how-to",
        "How-to",
        "Recipes for one task each: in front of your API first, then running it for real.",
        (
            "nginx",
            "caddy",
            "traefik",
            "envoy",
            "protect-a-python-app",
            "frameworks",
            "verify-keys-in-a-service",
            "migrate",
            "rotate-a-key",
            "answer-a-leak",
            "clerk",
            "dashboard",
            "workspaces-and-members",
            "device-sign-in",
            "postgresql",
            "back-up",
            "rotate-the-pepper",
        ),
    ),
    Section(
        "explanation",
        "Explanation",
        "How it works, and why it can be relied on.",
        (
            "how-verification-works",
            "revocation-bound",
            "limits",
            "usage",
            "what-happens-when",
            "threat-model",
            "what-onepin-does-not-do",
        ),
    ),
    Section("reference", "Reference", "Tables to look things up in.", ("settings", "scopes", "error-codes")),
    Section("decisions", "Decisions", "Why things are as they are, one page each."),
    Section("changelog", "Changelog", "What changed, newest first."),
)


class SiteError(Exception):
    """The site can't be built; the text says what to mend."""


def title_of(markdown: str) -> str:
    """The first heading, without the mark-up in it."""
    found = re.search(r"^# (.+)$", markdown, re.MULTILINE)
    if found is None:
        raise SiteError("a page has no heading '# …'")
    return re.sub(r"[`*]", "", found[1]).strip()


def summary_of(markdown: str) -> str:
    """The first sentence of the first paragraph, as plain text; or what ``<!-- summary: … -->`` says."""
    if said := re.search(r"^<!-- summary: (.+?) -->$", markdown, re.MULTILINE):
        return said[1]
    without = re.sub(r"^```.*?^```$|^~~~.*?^~~~$|<!--.*?-->", "", markdown, flags=re.MULTILINE | re.DOTALL)
    for block in re.split(r"\n\s*\n", without):
        text = " ".join(block.split()).removeprefix("**Decided.** ")
        if text and (text[0] not in "#|*-<>" or text.startswith("**")):
            return _plain(_first_sentence(text))
    raise SiteError(f"the page '{title_of(markdown)}' has no paragraph to take a summary from")


def written() -> list[Page]:
    """Every page that a person wrote."""
    files = sorted(DOCS.rglob("*.md"))
    found = {path.relative_to(DOCS).with_suffix("").as_posix().removesuffix("/index"): path for path in files}
    return [_read(slug, path) for slug, path in (found | ADOPTED).items()]


def ordered(pages: Iterable[Page]) -> list[Page]:
    """The pages in the order of the navigation: operations as they are given, others by title."""
    sections = {section.slug: (number, section) for number, section in enumerate(SECTIONS)}
    given = list(pages)
    if strays := sorted({page.section for page in given} - {*sections, ""}):
        raise SiteError(f"no section of the navigation has the pages in docs/{strays[0]}")

    def place(page: Page) -> tuple[int, int, int, str]:
        if page.section not in sections:
            return (-1, 0, 0, "")
        at, section = sections[page.section]
        last = page.slug.rpartition("/")[2]
        if page.slug == section.slug:
            return (at, -1, 0, "")
        early = section.first.index(last) if last in section.first else len(section.first)
        if section.slug == "api-reference":  # an index stands before the first of its operations
            return (at, early, min(n for n, other in enumerate(given) if page.leads(other)), page.slug)
        return (at, early, 0, page.slug if section.slug == "decisions" else page.title.lower())

    return sorted(given, key=place)


def _read(slug: str, path: Path) -> Page:
    markdown = path.read_text("utf-8")
    try:
        return Page(slug, title_of(markdown), summary_of(markdown), markdown, path)
    except SiteError as error:
        raise SiteError(f"{path.relative_to(ROOT)}: {error}") from None


def _first_sentence(text: str) -> str:
    found = re.match(r".+?[.!?](?=(?:\*\*)?\s+(?:[A-Z`*(]|onepin|nginx)|$)", text)
    return found[0] if found else text.rstrip(":") + "."


def _plain(text: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*`]", "", text).strip()

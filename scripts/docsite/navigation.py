"""The way through the site: the list of every page at the side, and the pages that only list others."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from docsite.operations import TAGS
from docsite.pages import SECTIONS, Page


@dataclass(frozen=True)
class Group:
    """Some pages under one heading; ``slug``: the page that lists them."""

    slug: str
    title: str
    pages: tuple[Page, ...]


def groups(pages: Iterable[Page]) -> list[Group]:
    """The navigation: a group for each section, and one for each tag of the API; indexes are left out of them."""
    given = list(pages)
    found = []
    for section in SECTIONS:
        inside = [page for page in given if page.section == section.slug]
        if section.slug == "api-reference":
            tags = dict.fromkeys(page.operation.tag for page in inside if page.operation)
            for tag in tags:
                title = TAGS.get(tag, (tag.replace("-", " ").capitalize(), ""))[0]
                mine = tuple(page for page in inside if page.operation and page.operation.tag == tag)
                found.append(Group(f"{section.slug}/{tag}", title, mine))
        elif inside:
            found.append(
                Group(section.slug, section.title, tuple(page for page in inside if page.slug != section.slug))
            )
    return [group for group in found if group.pages or group.slug == "changelog"]


def indexes(pages: Iterable[Page]) -> list[Page]:
    """A page for each section, each tag and the whole, as far as nobody wrote one: titles with their summaries."""
    given = list(pages)
    taken = {page.slug for page in given}
    made = [_index(group.slug, group.title, _about(group.slug), group.pages) for group in groups(given)]
    tags = tuple(page for page in made if page.section == "api-reference")
    made.append(_index("api-reference", "API Reference", _about("api-reference"), tags))
    lists = {page.slug: page for page in [*made, *given]}
    sections = tuple(lists[section.slug] for section in SECTIONS if section.slug in lists)
    made.append(_index("", "Documentation", "Everything about onepin, for people and for agents.", sections))
    return [page for page in made if page.slug not in taken]


def _about(slug: str) -> str:
    sections = {section.slug: section.summary for section in SECTIONS}
    tag = slug.rpartition("/")[2]
    return sections.get(slug) or TAGS.get(tag, ("", ""))[1] or f"The operations on {tag.replace('-', ' ')}."


def _index(slug: str, title: str, about: str, pages: Iterable[Page]) -> Page:
    folder = posixpath.dirname(slug) or "."
    entries = tuple(page for page in pages if page.slug)
    lines = [f"- [{page.title}]({posixpath.relpath(page.slug, folder)}.md): {page.summary}" for page in entries]
    markdown = "\n".join([f"# {title}\n", f"{about}\n", *lines, ""])
    return Page(slug, title, about, markdown, entries=entries)

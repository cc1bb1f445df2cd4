"""Markdown to HTML: headings with addresses, coloured code, links of the site. No script and no style in it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from docsite.pages import SiteError
from docsite.sequence import drawn

ALIASES = {"caddyfile": "nginx", "sh": "bash", "js": "javascript"}
_FORMAT: Any = HtmlFormatter(nowrap=True)


@dataclass(frozen=True)
class Heading:
    """An entry of "On this page"."""

    id: str
    text: str
    level: int


@dataclass(frozen=True)
class Passage:
    """What the search finds: the text below one heading; the page's own text has an empty heading."""

    id: str
    heading: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A page as HTML, without its first heading, which the layout shows."""

    html: str
    headings: tuple[Heading, ...]
    passages: tuple[Passage, ...]


def code(text: str, language: str) -> str:
    """A block of code as HTML, in colours where the language is known."""
    try:
        lexer = get_lexer_by_name(ALIASES.get(language, language), stripnl=False)
        inner = highlight(text, lexer, _FORMAT).rstrip("\n")
    except ClassNotFound:
        inner = escape(text.rstrip("\n"), quote=False)
    label = escape(language or "text")
    return f'<div class="code"><pre tabindex="0" data-language="{label}"><code>{inner}</code></pre></div>\n'


def inline(text: str) -> str:
    """One line of Markdown as HTML, without a paragraph around it."""
    return str(MarkdownIt("commonmark").renderInline(text))


def render(
    markdown: str, link: Callable[[str], str], picture: Callable[[str], str] = lambda source: source
) -> Rendered:
    """``markdown`` as HTML. ``link`` says where a link leads, ``picture`` where a picture is.

    Raises:
        SiteError: a picture has no text for those who don't see it; also what ``link`` and ``picture`` raise.
    """
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("table_open", lambda *_: '<div class="table" tabindex="0"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    without_comments = re.sub(r"^<!--.*?-->\n?", "", markdown, flags=re.DOTALL | re.MULTILINE)
    tokens = _without_title(parser.parse(without_comments))
    headings = _name_headings(tokens)
    _drop_empty_headers(tokens)
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", link(str(child.attrGet("href"))))
            elif child.type == "image":
                if not child.content.strip():
                    raise SiteError(f"the picture {child.attrGet('src')} has no text in place of it: ![text](path)")
                child.attrSet("src", picture(str(child.attrGet("src"))))
    html = parser.renderer.render(tokens, parser.options, {})
    return Rendered(html, tuple(headings), tuple(_passages(tokens)))


def heading_id(text: str, taken: set[str]) -> str:
    """The address of a heading, formed as GitHub does."""
    plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    found, number = plain, 0
    while found in taken:
        number += 1
        found = f"{plain}-{number}"
    taken.add(found)
    return found


def _fence(_renderer: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    token = tokens[index]
    language = token.info.split(" ")[0]
    return drawn(token.content) if language == "sequence" else code(token.content, language)


def _without_title(tokens: list[Token]) -> list[Token]:
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            return tokens[:index] + tokens[index + 3 :]
    return tokens


def _name_headings(tokens: list[Token]) -> list[Heading]:
    found: list[Heading] = []
    taken: set[str] = set()
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            text = plain(following)
            found.append(Heading(heading_id(text, taken), text, int(token.tag[1])))
            token.attrSet("id", found[-1].id)
            anchor = f'<a class="anchor" href="#{found[-1].id}" aria-hidden="true" tabindex="-1">#</a>'
            following.children = [*(following.children or ()), Token("html_inline", "", 0, content=anchor)]
    return found


def _drop_empty_headers(tokens: list[Token]) -> None:
    """A column without a name has a plain cell above it: an empty header is read out as one that heads something."""
    for opening, text, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "th_open" and not text.content.strip():
            opening.tag = closing.tag = "td"


def _passages(tokens: list[Token]) -> list[Passage]:
    found: list[Passage] = []
    texts: list[str] = []
    here = heading = ""
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            found.append(Passage(here, heading, " ".join(texts)))
            here, heading, texts = str(token.attrGet("id")), plain(tokens[index + 1]), []
        elif token.type == "inline" and tokens[index - 1].type != "heading_open":
            texts.append(plain(token))
        elif token.type == "fence":
            texts.append(" ".join(token.content.split()))
    found.append(Passage(here, heading, " ".join(texts)))
    return [passage for passage in found if passage.text or passage.heading]


def plain(token: Token) -> str:
    """The text of an inline token, without its mark-up."""
    return "".join(
        child.content if child.type in ("text", "code_inline") else " " if "break" in child.type else ""
        for child in token.children or ()
    )

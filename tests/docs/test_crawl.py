"""The whole site, followed link by link as a reader, a browser and an agent would."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from docs.conftest import Reading
from docsite.agents import BANNER
from service import HOST

LINK = re.compile(r"\]\((\S+?)\)|(?<![(\w])(http://127\.0\.0\.1:8000/(?:docs|llms|openapi)[^\s)·`]*)")
QUICK = 80_000
"""What one page may have as Markdown, in characters, so that it fits beside a task into an agent's memory."""


@dataclass
class Document(HTMLParser):
    """What is in a page that matters here."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    images_without_text: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        given = dict(attrs)
        self.tags.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        loads = given.get("src") or (given.get("href") if tag == "link" else None)
        if loads:
            self.loaded.append(loads)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.images_without_text += tag == "img" and "alt" not in given


def names(site: Path, *endings: str) -> list[str]:
    """The files of the site that end so, by their address without the first slash."""
    return [path.relative_to(site).as_posix() for path in sorted(site.rglob("*")) if path.suffix in endings]


def read(text: str) -> Document:
    """A page, taken apart."""
    document = Document()
    document.feed(text)
    return document


async def crawl(http: httpx.AsyncClient) -> dict[str, Document]:
    """Every page that can be reached from the front page, by its path; every link on the way has to lead somewhere."""
    found: dict[str, Document] = {}
    others = {"/", "/openapi.json"}
    waiting = ["/docs"]
    targets: list[tuple[str, str, str]] = []
    while waiting:
        path = waiting.pop()
        if path in found or path in others:
            continue
        answer = await http.get(path)
        assert answer.status_code == 200, f"{path} is linked and answers {answer.status_code}"
        if not answer.headers["content-type"].startswith("text/html"):
            others.add(path)
            continue
        found[path] = read(answer.text)
        for link in found[path].links:
            url = httpx.URL(f"{HOST}{path}").join(link)
            if str(url).startswith(HOST):
                waiting.append(url.path)
                targets.append((path, url.path, url.fragment))
    for source, path, fragment in targets:
        if fragment and path in found:
            assert fragment in found[path].ids, f"{source} links to {path}#{fragment}, which is no place there"
    return found


async def test_every_link_leads_somewhere_and_every_page_is_linked(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        found = await crawl(http)
    pages = {f"/{name.removesuffix('.html')}" for name in names(site, ".html")} - {"/missing"}
    assert set(found) == pages
    assert len(pages) > 60


async def test_a_page_loads_its_own_files_and_runs_nothing_inline(site: Path, reading: Reading) -> None:
    """If this failed, a script on the pages beside the key service could be somebody else's."""
    async with reading(site) as http:
        for path, document in (await crawl(http)).items():
            assert document.inline == [], path
            for loaded in document.loaded:
                assert loaded.startswith("/docs"), f"{path} loads {loaded}"
                assert (await http.get(loaded)).status_code == 200
            policy = (await http.get(path)).headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy


async def test_a_page_can_be_read_with_a_screen_reader(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        for path, document in (await crawl(http)).items():
            assert document.tags.count("h1") == 1, path
            assert document.tags.count("main") == 1
            assert document.images_without_text == 0
            assert len(set(document.ids)) == len(document.ids), f"{path} has an id twice"


async def test_every_page_has_its_markdown_its_index_and_answers_without_docs(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        banner = BANNER.replace("@BASE@", HOST)
        for path in await crawl(http):
            twin = await http.get(f"{path}.md")
            assert twin.status_code == 200, path
            assert twin.headers["content-type"] == "text/markdown; charset=utf-8"
            assert twin.text.startswith(f"{banner}\n\n# "), path
            assert len(twin.text) < QUICK, f"{path} is too long for one page"
            asked = await http.get(path, headers={"Accept": "text/markdown, */*"})
            assert asked.text == twin.text
            index = await http.get(f"{path}/llms.txt")
            assert index.status_code == 200
            assert index.text.startswith("# onepin: ")
            if path != "/docs":
                same = await http.get(path.removeprefix("/docs"))
                assert same.content == (await http.get(path)).content
                assert (await http.get(path.removeprefix("/docs") + ".md")).text == twin.text


async def test_what_agents_read_has_absolute_links_that_lead_somewhere(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        checked: set[str] = set()
        for file in names(site, ".md", ".txt"):
            text = (await http.get(f"/{file}")).text
            assert "@BASE@" not in text
            prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
            for target in [first or second for first, second in LINK.findall(prose)]:
                assert target.startswith("http"), f"{file} has the relative link {target}"
                path = target.removeprefix(HOST).partition("#")[0]
                if target.startswith(HOST) and path not in checked:
                    assert (await http.get(path)).status_code == 200, f"{file} links to {target}"
                    checked.add(path)
    assert len(checked) > 60


async def test_the_indexes_have_the_form_of_llmstxt_and_sane_sizes(site: Path, reading: Reading) -> None:
    async with reading(site) as http:
        index, full = (await http.get("/llms.txt")).text, (await http.get("/llms-full.txt")).text
    assert re.match(r"# onepin\n\n> .+\n\n", index)
    listed = re.findall(r"^- \[.+?\]\((\S+?\.md)\): .+\.$", index, re.MULTILINE)
    assert len(listed) == len(re.findall(r"^- ", index, re.MULTILINE)), "an entry has no summary"
    left_out = {page for page in names(site, ".md") if f"{HOST}/{page}" not in listed}
    assert all(re.fullmatch(r"docs(/[a-z-]+|/api-reference/[a-z-]+)?\.md", page) for page in left_out), left_out
    assert len(listed) == len(names(site, ".md")) - len(left_out)
    assert len(index) < 30_000
    assert 50_000 < len(full) < 600_000
    assert full.startswith("# onepin\n\n> ")


@pytest.mark.parametrize("path", ["/api/v1/api-keys.md", "/api/v1/llms.txt", "/api/llms.txt", "/api.md"])
async def test_below_api_these_are_ordinary_404s(site: Path, reading: Reading, path: str) -> None:
    async with reading(site) as http:
        answer = await http.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")

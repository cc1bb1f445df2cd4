"""Builds the site: reads, generates, renders and writes it in one go."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from docsite import agents, api_pages, operations, reference, sources
from docsite.links import PREFIX, Links, picture_path, place
from docsite.navigation import groups, indexes
from docsite.operations import Operation
from docsite.pages import DOCS, Page, ordered, written
from docsite.rendering import Rendered, code, inline, render
from docsite.samples import BASE, samples

HERE = Path(__file__).resolve().parent
_MARK = "ONEPINBASE"
"""Stands for the base address while code is coloured, so that it stays one word."""
PASSAGE_MAX = 600
PICTURES = (".svg", ".png", ".jpg", ".webp")


def collect() -> list[Page]:
    """Every page of the site, in the order of the navigation; the front page first."""
    found = operations.load()
    pages = [*written(), *reference.pages(found), *api_pages.pages(found)]
    return ordered([*pages, *indexes(ordered(pages))])


def build(folder: Path) -> int:
    """Write the site into ``folder``, in place of what was there. Returns the number of pages.

    Raises:
        SiteError: a page lacks a title or a summary, or a link leads nowhere.
    """
    pages = collect()
    links = Links(pages)
    assets = _assets()
    digest = hashlib.sha256(b"".join(name.encode() + content for name, content in assets.items())).hexdigest()[:16]
    files: dict[str, str | bytes] = {f"docs/assets/{digest}/{name}": content for name, content in assets.items()}
    files[sources.MADE_FROM] = sources.digest()
    files |= agents.texts(pages, links)
    pictures = (path for path in DOCS.rglob("*") if path.suffix in PICTURES)
    files |= {f"docs/{path.relative_to(DOCS).as_posix()}": path.read_bytes() for path in pictures}
    layout = Layout(pages, links, f"{PREFIX}/docs/assets/{digest}")
    for page in pages:
        files[f"docs/{page.slug}.html" if page.slug else "docs.html"] = layout.html(page)
    files["missing.html"] = layout.missing()
    files["docs/search.json"] = json.dumps(layout.passages, ensure_ascii=False, separators=(",", ":"))
    _write(folder, files)
    return len(pages)


class Layout:
    """Puts pages into the layout of the site."""

    def __init__(self, pages: list[Page], links: Links, assets: str) -> None:
        loader = FileSystemLoader(HERE / "templates")
        environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        environment.globals |= {"assets": assets, "place": place, "prefix": PREFIX, "base": BASE, "about": agents.ABOUT}
        filters: dict[str, Any] = {"inline": lambda text: Markup(inline(text)), "describe": api_pages.describe}  # noqa: S704
        environment.filters |= filters
        self._environment = environment
        self._pages = pages
        self._links = links
        self._groups = groups(pages)
        self._titles = {page.slug: page.title for page in pages}
        self.passages: list[dict[str, str]] = []

    def html(self, page: Page) -> str:
        """The page as a document; what the search finds in it is noted."""
        rendered = render(
            page.markdown,
            lambda href: self._links.html(page, href),
            lambda source: f"{PREFIX}{picture_path(page, source)}",
        )
        self._note(page, rendered)
        at = self._pages.index(page)
        name = "operation" if page.operation else "index" if page.entries else "page"
        return self._filled(
            f"{name}.html",
            page=page,
            crumbs=self._crumbs(page),
            previous=self._pages[at - 1] if at > 1 else None,
            following=self._pages[at + 1] if at < len(self._pages) - 1 else None,
            headings=[heading for heading in rendered.headings if heading.level in (2, 3)],
            body=Markup(rendered.html),  # noqa: S704 - made from our own pages
            **self._operation(page),
        )

    def missing(self) -> str:
        """The document for an address that is no page of the site."""
        page = Page("", "There is no such page", "This address is no page of the documentation.", "")
        return self._filled("missing.html", page=page, crumbs=[], previous=None, following=None)

    def _filled(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(groups=self._groups, **values)

    def _operation(self, page: Page) -> Mapping[str, Any]:
        operation = page.operation
        if operation is None:
            return {}
        return {
            "operation": operation,
            "about": Markup(render(operation.about, lambda href: href).html),  # noqa: S704
            "places": api_pages.fields_by_place(operation),
            "samples": [(sample.title, _code(sample.text, sample.language)) for sample in samples(operation)],
            "answer": _code(operation.answer_sample, "json"),
            "call": json.dumps(_call(operation)),
            "problems": [(problem, _code(problem.sample, "http")) for problem in operation.problems],
        }

    def _crumbs(self, page: Page) -> list[tuple[str, str]]:
        parts = page.slug.split("/")
        above = ["/".join(parts[:length]) for length in range(1, len(parts))]
        return [(slug, self._titles[slug]) for slug in ["", *above] if page.slug and slug in self._titles]

    def _note(self, page: Page, rendered: Rendered) -> None:
        for passage in rendered.passages:
            where = f"/docs/{page.slug}" if page.slug else "/docs"
            entry = {"u": where + (f"#{passage.id}" if passage.id else ""), "t": page.title, "h": passage.heading}
            self.passages.append({**entry, "s": passage.text[:PASSAGE_MAX]})


def _call(operation: Operation) -> dict[str, Any]:
    """What "Try it" has to know to send a request."""
    return {
        "method": operation.method,
        "path": operation.path,
        "credentials": [way.name for way in operation.credentials],
        "pathFields": [field.name for field in operation.path_fields],
        "queryFields": [field.name for field in operation.query_fields],
        "headerFields": [field.name for field in operation.header_fields],
        "body": operation.body_sample,
    }


def _code(text: str, language: str) -> Markup:
    coloured = code(text.replace(BASE, _MARK), language)
    return Markup(coloured.replace(_MARK, f'<span class="base">{BASE}</span>'))  # noqa: S704 - escaped by Pygments


def _assets() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((HERE / "assets").iterdir())}


def _write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Everything into a folder beside, which then takes the place of the old one: a server never sees half a site."""
    fresh, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)
    for name, content in files.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)

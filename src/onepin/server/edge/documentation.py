"""The documentation site below ``/docs``, as ``scripts/docs`` built it, and the indexes for agents at the root.

The files are read when somebody first asks, and again when the site was built anew. A path is looked up among the names
that were read, so no spelling of it can reach another file.
"""

import hashlib
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from onepin.contract.codes import Code
from onepin.server.config import Config
from onepin.server.edge.dashboard import bundle
from onepin.server.edge.facts import Facts
from onepin.server.edge.files import FOREVER, TYPES, File, answer, packed
from onepin.server.edge.problems import not_found
from onepin.server.errors import Refused

FOLDER = Path(__file__).resolve().parents[2] / "documentation"
SECTIONS = (
    "get-started",
    "api-reference",
    "python-sdk",
    "cli",
    "how-to",
    "explanation",
    "reference",
    "decisions",
    "changelog",
)
"""The first parts of the pages' addresses: these answer without ``/docs`` as well."""
MISSING = "missing.html"
"""The page of the site for an address that is none of its own."""
UNBUILT = (
    "The documentation is not built here. scripts/serve builds it as it starts, which takes some seconds, and says in "
    "its terminal why where it can't. Otherwise, in a clone of the repository, run scripts/docs; then reload this page."
)
BASE, PREFIX, FEEDBACK = b"@BASE@", b"@PREFIX@", b"@FEEDBACK@"
"""In the files, where the server's address, the path of it, and ``on`` or ``off`` belong."""
_KEPT_MOST = 512


class Documentation:
    """The files of a folder, ready to be sent, as ``config`` has them."""

    def __init__(self, folder: Path, config: Config) -> None:
        self._folder = folder
        self._prefix = urlsplit(config.public_url or "").path.encode()
        self._feedback = config.docs_feedback.encode()
        self._built_at: int | None = None
        self._sources: dict[str, bytes] = {}
        self._files: dict[tuple[str, str], File] = {}

    @property
    def built(self) -> bool:
        """Whether there is a site; reads it when it is new."""
        try:
            built_at = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        if built_at != self._built_at:
            try:
                self._sources = self._read()
            except FileNotFoundError:  # a new build is taking the folder's place at this very moment
                return False
            self._files.clear()
            self._built_at = built_at
        return True

    def _read(self) -> dict[str, bytes]:
        paths = (path for path in self._folder.rglob("*") if path.suffix in TYPES)
        return {path.relative_to(self._folder).as_posix(): path.read_bytes() for path in paths}

    def name(self, path: str, *, markdown: bool) -> str | None:
        """The file for ``path`` (without the first slash): itself, or that page in the form asked for."""
        if not self.built:
            return None
        page = path.removesuffix("/")
        names = (path, f"{page}.md" if markdown else f"{page}.html")
        return next((name for name in names if name in self._sources), None)

    def has_page(self, slug: str) -> bool:
        """Whether there is a page of this address below ``/docs``."""
        return self.built and f"docs/{slug}.html" in self._sources

    def missing(self, base: str) -> bytes:
        """The page that says that there is no such page, or no site."""
        if self.built and MISSING in self._sources:
            return self.file(MISSING, base).plain
        prefix = escape(self._prefix.decode())
        style = f"{prefix}/assets/{bundle().digest}/style.css"
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not here · onepin</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="{style}"></head><body><main class="lone"><h1>Not here</h1><p>{UNBUILT}</p>'
            f'<p><a href="{prefix}/">Dashboard</a> · <a href="{prefix}/openapi.json">The API as an OpenAPI document</a>'
            "</p></main></body></html>"
        ).encode()

    def file(self, name: str, base: str) -> File:
        """A file, with the addresses in it as a client that asked under ``base`` needs them."""
        if (name, base) not in self._files:
            if len(self._files) >= _KEPT_MOST:
                self._files.clear()
            kind, content = TYPES[Path(name).suffix], self._sources[name]
            if not kind.startswith("image/"):
                quoted = escape(base) if name.endswith(".html") else base
                content = content.replace(BASE, quoted.encode()).replace(PREFIX, self._prefix)
                content = content.replace(FEEDBACK, self._feedback)
            tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            self._files[name, base] = File(content, packed(content), tag, kind)
        return self._files[name, base]


def documentation_routes(site: Documentation) -> APIRouter:
    """The router of the site. Pages answer below ``/docs`` and without it."""
    router = APIRouter(include_in_schema=False)

    def at(place: str, path: Callable[[Request], str]) -> None:
        @router.get(place)
        async def documentation(request: Request) -> Response:
            return _answer(request, site, path(request))

    for place in ("/docs", "/docs.md", "/docs/{path:path}", "/llms.txt", "/llms-full.txt"):
        at(place, lambda request: request.url.path[1:])
    for section in SECTIONS:
        for place in (f"/{section}", f"/{section}.md", f"/{section}/{{path:path}}"):
            at(place, lambda request: f"docs{request.url.path}")
    return router


def is_documentation(path: str) -> bool:
    """Whether ``path`` may be a page of the site, which loads its own files."""
    first = path[1:].partition("/")[0].removesuffix(".md")
    return first == "docs" or first in SECTIONS


def _answer(request: Request, site: Documentation, path: str) -> Response:
    name = site.name(path, markdown=_prefers(request, "text/markdown"))
    if name is None:
        return _missing(request, site)
    file = site.file(name, Facts.of(request.scope).base_url)
    caching = FOREVER if name.startswith("docs/assets/") else "no-cache"
    return answer(request, file, caching, vary="Accept, Accept-Encoding")


def _missing(request: Request, site: Documentation) -> Response:
    """A page for whoever reads with a browser; the envelope for everybody else."""
    if _prefers(request, "text/html"):
        return HTMLResponse(site.missing(Facts.of(request.scope).base_url), 404)
    raise not_found() if site.built else Refused(Code.NOT_FOUND, UNBUILT)


def _prefers(request: Request, kind: str) -> bool:
    """Whether the client names ``kind`` and nothing that it likes better (RFC 9110 §12.5.1); wildcards are no name."""
    liked: dict[str, float] = {}
    for part in request.headers.get("accept", "").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((value[2:] for value in parameters if value.startswith("q=")), "1")
        try:
            liked[name] = float(quality)
        except ValueError:
            liked[name] = 0.0
    mine = liked.pop(kind, 0.0)
    return mine > 0 and all(mine >= other for name, other in liked.items() if name in ("text/html", "text/markdown"))

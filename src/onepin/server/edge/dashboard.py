"""The dashboard's files: one page, and modules and styles under an address that changes when any of them does.

They are read once, compressed once, and sent from memory. A path is looked up among the names that were read, so no
spelling of it can reach another file.
"""

import functools
import hashlib
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from onepin import __version__
from onepin.server.config import Config
from onepin.server.edge.files import FOREVER, TYPES, File, answer, packed
from onepin.server.edge.problems import not_found
from onepin.server.setting_values import frontend_host

FOLDER = Path(__file__).resolve().parents[2] / "dashboard"
SENT = frozenset({".js", ".css", ".svg", ".txt"})
"""What the page asks for, by how a name ends, and the licences."""
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of every answer that is no page."""
OWN = f"{NOTHING}; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Every file by its name below the folder, plain and compressed, and a digest of them all."""

    plain: dict[str, bytes]
    packed: dict[str, bytes]
    digest: str


@functools.cache
def bundle() -> Bundle:
    """The files as they were when the first application asked."""
    plain = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in SENT
    }
    names = "".join(f"{name}\0{hashlib.sha256(content).hexdigest()}\n" for name, content in plain.items())
    digest = hashlib.sha256(names.encode()).hexdigest()[:16]
    return Bundle(plain, {name: packed(content) for name, content in plain.items()}, digest)


def clerk_origin(config: Config) -> str | None:
    """Where Clerk's own sign-in comes from; None when it is not used here.

    A test instance that runs on this machine (its issuer is a loopback address) is asked without TLS, as its issuer is.
    """
    if config.clerk_issuer is None or config.clerk_publishable_key is None:
        return None
    issuer = urlsplit(config.clerk_issuer)
    host = frontend_host(config.clerk_publishable_key)
    return f"{issuer.scheme if host == issuer.netloc else 'https'}://{host}"


def page_policy(config: Config) -> str:
    """The page's Content-Security-Policy. No inline code, nothing from elsewhere; with Clerk, what its docs ask for.

    Source of the additions: Clerk's documentation, "Content Security Policy". Its component styles itself inline.
    """
    clerk = clerk_origin(config)
    if clerk is None:
        return f"{OWN}; require-trusted-types-for 'script'; trusted-types 'none'"
    return (
        f"{NOTHING}; script-src 'self' {clerk} https://challenges.cloudflare.com; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' https://img.clerk.com; connect-src 'self' {clerk}; worker-src 'self' blob:; "
        "frame-src https://challenges.cloudflare.com"
    )


def page(config: Config) -> bytes:
    """The one HTML page, with the addresses of the files and what it must know before it asks the API."""
    prefix = urlsplit(config.public_url or "").path
    assets = f"{prefix}/assets/{bundle().digest}"
    modules = [name for name in bundle().plain if name.endswith(".js")]
    about = {
        "base": prefix,
        "version": __version__,
        "local": config.local_issuer,
        "clerk": clerk_origin(config),
        "clerkKey": config.clerk_publishable_key if clerk_origin(config) else None,
        "defaultScopes": config.default_scopes,
        "defaultLimit": config.default_rate_limit_per_min,
        "address": config.public_url,
    }
    html = (FOLDER / "index.html").read_text("utf-8")
    preloads = "\n".join(f'    <link rel="modulepreload" href="{assets}/{name}">' for name in modules)
    html = html.replace("    <!-- modules -->", preloads).replace("{config}", escape(json.dumps(about)))
    return html.replace("{assets}", assets).encode()


def dashboard_routes(config: Config) -> APIRouter:
    """The router of the page and its files."""
    router = APIRouter(include_in_schema=False)
    document = page(config)
    tag = f'"{hashlib.sha256(document).hexdigest()[:16]}"'
    whole = File(document, packed(document), tag, TYPES[".html"])
    files = bundle()

    @router.get("/")
    async def dashboard(request: Request) -> Response:
        return answer(request, whole, "no-cache")

    @router.get("/assets/{digest}/{name:path}")
    async def asset(request: Request, digest: str, name: str) -> Response:
        if digest != files.digest or name not in files.plain:
            raise not_found()
        file = File(files.plain[name], files.packed[name], f'"{digest}"', TYPES[Path(name).suffix])
        return answer(request, file, FOREVER)

    return router

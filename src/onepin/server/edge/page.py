"""The front page, until there is a dashboard: what runs here and how to go on. No script, nothing from elsewhere."""

import base64
import hashlib
from html import escape

from onepin import __version__
from onepin.server.config import Config
from onepin.server.edge.documentation import SOURCES, is_documentation

STYLE = (
    ":root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif}"
    "body{max-width:44rem;margin:12vh auto;padding:0 1.2rem}"
    "h1{font-size:1.5rem;margin:0}code{font:.875rem ui-monospace,monospace}"
    "pre{overflow-x:auto;padding:.9rem 1rem;border-radius:.5rem;"
    "border:1px solid color-mix(in srgb,currentColor 22%,transparent)}"
    "p{margin:.6rem 0}small{opacity:.7}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_PAGE = f"{_NOTHING}; style-src 'sha256-{_STYLE_HASH}'"
_FORM = _PAGE.replace("form-action 'none'", "form-action 'self'")


def page_policy(path: str) -> bytes:
    """The Content-Security-Policy for ``path``: nothing may load or run; a page may use what is its own, and the one
    with a form send it here.
    """
    if is_documentation(path):
        return f"{_NOTHING}; {SOURCES}".encode()
    return {"/": _PAGE, "/device": _FORM}.get(path, _NOTHING).encode()


def front_page(config: Config) -> str:
    """The page's HTML."""
    base = escape(config.base_url)
    create = (
        f"curl -X POST {base}/api/v1/api-keys -H 'Authorization: Bearer TOKEN' "
        "-H 'Content-Type: application/json' -d '{\"name\":\"my first key\"}'"
    )
    whoami = f"curl {base}/api/v1/auth/whoami -H 'Authorization: Bearer API_KEY'"
    token = (
        "<p>1. Get a session token, good for an hour:</p><pre><code>onepin token</code></pre>"
        if config.embedded
        else "<p>1. Get a session token from your Clerk application.</p>"
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>onepin</title><style>{STYLE}</style><body><h1>onepin</h1>"
        f"<p>The API-key service runs. Version {escape(__version__)}.</p>{token}"
        f"<p>2. Create a key. Its secret is shown once:</p><pre><code>{escape(create, quote=False)}</code></pre>"
        f"<p>3. Ask who holds it:</p><pre><code>{escape(whoami, quote=False)}</code></pre>"
        '<p><small><a href="/openapi.json">OpenAPI</a> · <a href="/health">health</a> · <a href="/ready">ready</a>'
        "</small></p></body></html>"
    )

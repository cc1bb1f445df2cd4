"""The plain page of the device sign-in: no script, nothing from elsewhere, one style."""

import base64
import hashlib

from onepin.server.edge.dashboard import NOTHING

STYLE = (
    ":root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif}"
    "body{max-width:44rem;margin:12vh auto;padding:0 1.2rem}"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1rem;margin:1.6rem 0 .6rem}a{color:inherit}"
    "code{font:.875rem ui-monospace,monospace}"
    "pre{overflow-x:auto;padding:.9rem 1rem;border-radius:.5rem;"
    "border:1px solid color-mix(in srgb,currentColor 22%,transparent)}"
    "p{margin:.6rem 0}small{opacity:.7}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
FORM = f"{NOTHING}; style-src 'sha256-{_STYLE_HASH}'".replace("form-action 'none'", "form-action 'self'")
"""Its Content-Security-Policy: nothing may load or run; the page may use its one style and send its form here."""

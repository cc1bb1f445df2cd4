"""The page on which a person approves a device, until there is a dashboard: a form, no script, no cookie.

Nothing on it knows who is signed in: the session token is typed into the form. So no other page can send it in
somebody's name (there is nothing to ride on), and being shown the page gives nobody anything.
"""

from html import escape

from onepin.server.config import Config
from onepin.server.edge.page import STYLE

FIELDS = ("user_code", "token", "decision")


def device_page(config: Config, user_code: str, said: str = "") -> str:
    """The form, with what there is to say about the last attempt."""
    if config.clerk_issuer is None:
        hint = "On the server's machine, <code>onepin token</code> prints one."
    else:
        hint = "On a page of yours where you are signed in, in the console: <code>await Clerk.session.getToken()</code>"
    told = f'<p role="status"><strong>{escape(said)}</strong></p>' if said else ""
    return _page(
        f"{told}<p>Approve only a code that you see on your own device, in a program that you started yourself. It "
        "will act as you, until you end its session.</p>"
        '<form method="post" action="/device" autocomplete="off">'
        f'<p><label>Code on the device<br><input name="user_code" required maxlength="20" value="{escape(user_code)}">'
        "</label></p>"
        f'<p><label>Your session token<br><input name="token" type="password" required></label><br>'
        f"<small>{hint}</small></p>"
        '<p><button name="decision" value="approve">Approve</button> '
        '<button name="decision" value="deny">Deny</button></p></form>'
    )


def decided_page(said: str) -> str:
    """What is left to say once it is decided."""
    return _page(f'<p role="status">{escape(said)}</p><p><a href="/device">Another code</a></p>')


def _page(content: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Sign in a device · onepin</title><style>{STYLE}</style><body><h1>Sign in a device</h1>{content}"
        "</body></html>"
    )

"""The page that a device sends its person to: it leads to the dashboard, and approves by itself for who has no script.

Nothing on it knows who is signed in: the session token is typed into the form. So no other page can send it in
somebody's name (there is nothing to ride on), and being shown the page gives nobody anything. The code travels on to
the dashboard in a link, which approves nothing either. Addresses are relative: the public one may have a path.
"""

from html import escape
from urllib.parse import quote

from onepin.server.config import Config
from onepin.server.edge.dashboard import clerk_origin
from onepin.server.edge.page import STYLE

FIELDS = ("user_code", "token", "decision")


def device_page(config: Config, user_code: str, said: str = "") -> str:
    """The way to the dashboard, where there is one, and the form, with what there is to say about the last attempt."""
    if config.clerk_issuer is None:
        hint = "On the server's machine, <code>onepin token</code> prints one."
    else:
        hint = "On a page of yours where you are signed in, in the console: <code>await Clerk.session.getToken()</code>"
    told = f'<p role="status"><strong>{escape(said)}</strong></p>' if said else ""
    other = ""
    if config.local_issuer or clerk_origin(config) is not None:
        there = escape(f"./#/device/{quote(user_code, safe='')}")
        other = f'<p><a href="{there}"><strong>Approve it in the dashboard</strong></a>, where you are signed in.</p>'
        other += "<h2>Or with a session token</h2>"
    return _page(
        f"{told}{other}<p>Approve only a code that you see on your own device, in a program that you started yourself. "
        "It will act as you, until you end its session.</p>"
        '<form method="post" action="device" autocomplete="off">'
        f'<p><label>Code on the device<br><input name="user_code" required maxlength="20" value="{escape(user_code)}">'
        "</label></p>"
        f'<p><label>Your session token<br><input name="token" type="password" required></label><br>'
        f"<small>{hint}</small></p>"
        '<p><button name="decision" value="approve">Approve</button> '
        '<button name="decision" value="deny">Deny</button></p></form>'
    )


def decided_page(said: str) -> str:
    """What is left to say once it is decided."""
    return _page(f'<p role="status">{escape(said)}</p><p><a href="device">Another code</a></p>')


def _page(content: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Sign in a device · onepin</title><style>{STYLE}</style><body><main><h1>Sign in a device</h1>"
        f"{content}</main></body></html>"
    )

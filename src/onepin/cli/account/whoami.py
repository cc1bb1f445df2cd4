"""``onepin whoami``."""

from onepin.cli.connection import target
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.tables import facts

SOURCES = {
    "token": "session token",
    "session": "device sign-in",
    "local": "session, made on this machine",
    "api_key": "API key",
}


@api_command(
    "whoami",
    short="Say who you are, where, and what you may do.",
    examples="""
onepin whoami
onepin whoami --json
onepin whoami --profile ci
""",
)
def command(here: Invocation) -> None:
    """Say who you are to the server, in which workspace, what you may do, and where the credential comes from.

    For a person, the scopes are those that the keys they make can have.
    """
    with here.client(max_retries=0) as client, here.waiting("asking the server"):
        who = client.auth.whoami()
    if here.json:
        here.data(who)
        return
    if here.quiet:
        here.write(str(who.api_key_id or who.user_id))
        return
    found = target(here.flags)
    kind = SOURCES[found.identity.kind] if found.identity else ""
    pairs = [
        ("server", found.base_url),
        ("signed in by", f"{kind}, {found.identity.source}" if found.identity else ""),
        ("user", str(who.user_id)),
        ("api key", str(who.api_key_id)),
        ("workspace", str(who.workspace_id) if who.workspace_id else "your personal one"),
        ("scopes", " ".join(who.scopes) or "none"),
    ]
    if not who.api_key_id:
        pairs = [pair for pair in pairs if pair[0] != "api key"]
    here.lines(facts(here.out, [(name, value, None) for name, value in pairs]))

"""``onepin api-keys verify``."""

import click

from onepin.cli.account.pasted import pasted
from onepin.cli.api_keys.values import Scopes
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.tables import facts

MEANINGS = {
    "VALID": "The key is good.",
    "INVALID_API_KEY": "It is no key of this workspace: unknown, mistyped, or of somebody else.",
    "PAUSED": "The key is paused: 'onepin keys resume' lets it work again.",
    "REVOKED": "The key was revoked.",
    "EXPIRED": "The key's grace after a rotation is over.",
    "INSUFFICIENT_SCOPE": "The key lacks a scope that was asked for.",
    "RATE_LIMITED": "The key is over its rate limit just now.",
    "WORKSPACE_MISMATCH": "The key belongs to another workspace.",
}


@api_command(
    "verify",
    short="Ask whether a secret is good, and for what.",
    examples="""
onepin keys verify                                     paste the secret when asked
pass show customer/key | onepin keys verify
onepin keys verify --scope workflows:run --cost 0 < key.txt && echo good
""",
)
@click.argument("secret", metavar="[SECRET]", default="-")
@click.option(
    "--scope", "scopes", type=Scopes(), multiple=True, metavar="SCOPE", help="A scope that the key must hold."
)
@click.option(
    "--cost",
    type=click.IntRange(0, 1_000_000),
    metavar="COUNT",
    help="How much of its rate limit to use. 0 looks without using any. [default: 1]",
)
def command(here: Invocation, secret: str, scopes: tuple[list[str], ...], cost: int | None) -> int:
    """Ask the server whether SECRET, a whole API key, is good. Exit code 0 when it is, 1 when it is not.

    Without SECRET, or with -, it is read from standard input, or asked for: what stands in a command line others can
    see. You have to be an admin of the key's workspace, or a key of it with the scope keys:verify.
    """
    text = pasted(secret, "API key to verify")
    wanted = [scope for part in scopes for scope in part]
    more = {} if cost is None else {"cost": cost}
    with here.client() as client, here.waiting("asking the server"):
        verdict = client.api_keys.verify(text, scopes=wanted, **more)
    if here.json:
        here.data(verdict)
    elif here.quiet:
        here.write(verdict.code)
    else:
        colour = "green" if verdict.valid else "red"
        here.write(f"{here.out.style(verdict.code, 'bold', colour)}  {MEANINGS.get(verdict.code, '')}".rstrip())
        here.lines(facts(here.out, [(name, value, None) for name, value in _about(verdict)]))
    return 0 if verdict.valid else 1


def _about(verdict: "object") -> list[tuple[str, str]]:
    from onepin.contract.verification import Verification

    assert isinstance(verdict, Verification)  # noqa: S101 - for the types
    if verdict.api_key_id is None:
        return []
    limit = verdict.rate_limit
    left = "none" if limit is None else f"{limit.remaining:,} of {limit.limit:,} left this minute"
    return [
        ("name", verdict.name or ""),
        ("id", str(verdict.api_key_id)),
        ("workspace", str(verdict.workspace_id)),
        ("scopes", " ".join(verdict.scopes) or "none"),
        ("rate limit", left),
    ]

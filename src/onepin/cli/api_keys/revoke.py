"""``onepin api-keys revoke``."""

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from onepin.cli.api_keys.bulk import each
from onepin.cli.api_keys.reference import find
from onepin.cli.api_keys.selection import (
    Selection,
    bulk_options,
    living,
    mark,
    older_option,
    refuse_other_set,
    show_set,
    unused_option,
)
from onepin.cli.api_keys.shown import state
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.bars import Progress
from onepin.cli.render.cells import harmless

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey

GOES_ON = "The same command goes on with the rest."


@api_command(
    "revoke",
    short="End keys for good: one, several, or all unused ones.",
    examples="""
onepin keys revoke "CI deploy"
onepin keys revoke pk_live_AbCd1234 pk_live_EfGh5678 --yes
onepin keys revoke --unused 90d --dry-run
onepin keys revoke --unused 90d
onepin keys list --older-than 52w -q | onepin keys revoke - --yes
""",
)
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@unused_option
@older_option("--older-than")
@bulk_options
def command(
    here: Invocation,
    keys: tuple[str, ...],
    unused: timedelta | None,
    older: timedelta | None,
    dry_run: bool,
    expected: str | None,
    yes: bool,
) -> None:
    """End keys for good, from the next request on. Nothing brings a revoked key back.

    A KEY is an id, a preview, or a name that only one key has; - reads them from standard input, one a line.
    Or choose by age, with --unused or --older-than. The keys are chosen once, shown, and after a yes exactly those are
    revoked. --dry-run names the set it shows; --set with that name revokes those keys or none.

    Revoking a revoked key changes nothing. --json prints one object a line, as each is done.
    """
    selection = Selection(unused, older)
    if bool(keys) == bool(selection):
        raise click.UsageError("name keys, or choose them with --unused or --older-than (not both).")
    with here.client() as client:
        chosen = living(client, here, selection) if selection else _named(client, here, keys)
        refuse_other_set(chosen, expected)
        if dry_run:
            show_set(here, chosen, data=True)
            here.say(_would(chosen))
            return
        if not chosen:
            here.say("No key is meant; nothing was changed.")
            return
        _confirm(here, chosen, yes=yes)
        _revoke(client, here, chosen)


def _named(client: Any, here: Invocation, keys: tuple[str, ...]) -> "list[ApiKey]":
    if keys == ("-",):
        keys = tuple(line.strip() for line in sys.stdin if line.strip())
    with here.waiting("looking up the keys"):
        found = [find(client, key) for key in keys]
    return list({key.id: key for key in found}.values())


def _would(keys: "list[ApiKey]") -> str:
    if not keys:
        return "No key is meant."
    return (
        f"{len(keys)} would be revoked; nothing was changed. The same command without --dry-run asks, and revokes "
        f"them; with --set {mark(keys)} it does so only if they are still these."
    )


def _confirm(here: Invocation, keys: "list[ApiKey]", *, yes: bool) -> None:
    if not yes and len(keys) > 1:
        show_set(here, keys, data=False)
    what = f"{keys[0].name!r} ({keys[0].preview})" if len(keys) == 1 else f"these {len(keys)} keys"
    here.confirm(
        f"Revoke {what}? They stop working at once, for good."
        if len(keys) > 1
        else f"Revoke {what}? It stops working at once, for good.",
        yes=yes,
    )


def _revoke(client: Any, here: Invocation, keys: "list[ApiKey]") -> None:
    def act(key: "ApiKey", bar: Progress) -> None:
        revoked = client.api_keys.revoke(key.id)
        bar.hide()
        if here.json:
            here.data_line(revoked)
        elif here.quiet:
            here.write(str(revoked.id))
        else:
            again = " (was revoked before)" if state(key) == "revoked" else ""
            here.write(f"revoked {key.preview}  {harmless(key.name)}{again}")

    each(here, keys, act, "revoked", goes_on=GOES_ON)

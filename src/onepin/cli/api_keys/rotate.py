"""``onepin api-keys rotate``."""

from datetime import timedelta
from typing import Any

import click

from onepin.cli.api_keys.create import tell
from onepin.cli.api_keys.recovery import idempotency_option, new_idempotency_key, recoverable
from onepin.cli.api_keys.reference import find
from onepin.cli.api_keys.rotate_many import rotate_many
from onepin.cli.api_keys.selection import Selection, bulk_options, older_option
from onepin.cli.api_keys.sinks import hand_over, sink, sink_options, with_secret
from onepin.cli.invocation import Invocation, api_command
from onepin.cli.render.times import DURATION, absolute
from onepin.cli.secret_sinks import Sink
from onepin.cli.unbroken import unbroken

GRACE_MAX = timedelta(seconds=604_800)


@api_command(
    "rotate",
    short="Replace a key, or all old ones, by new ones with new secrets.",
    examples="""
onepin keys rotate "CI deploy" --grace 24h
onepin keys rotate ci --grace 1h -q | gh secret set ONEPIN_API_KEY
onepin keys rotate web --yes --env-file .env --as ONEPIN_API_KEY
onepin keys rotate --grace 24h --all-older-than 90d --dry-run
onepin keys rotate --grace 24h --all-older-than 90d --output-file new-keys.jsonl
""",
)
@click.argument("key", metavar="[KEY]", required=False)
@click.option(
    "--grace",
    type=DURATION,
    metavar="DURATION",
    help="How long the old secret still works, up to 7d. [default: not at all]",
)
@older_option("--all-older-than")
@sink_options
@bulk_options
@idempotency_option
def command(here: Invocation, key: str | None, grace: timedelta | None, older: timedelta | None, **more: Any) -> None:
    """Replace KEY by a new one of the same name, scopes and rate limit, and hand out its secret, once.

    With --grace the old secret keeps working beside the new one for that long; without, it ends at once. KEY is an id,
    a preview, or a name that only one key has. Secrets go where those of 'onepin keys create' go.

    --all-older-than does it to every active key made longer ago than that, one after the other, each printed as soon as
    it is done: its name, its preview and the new secret (--json: one object a line). With --output-file the objects are
    added to that file. New keys are young and old ones in grace are left alone, so after an interruption the same
    command goes on.
    """
    if grace is not None and grace > GRACE_MAX:
        raise click.BadParameter("7d is the longest.", param_hint="--grace")
    if (key is None) == (older is None):
        raise click.UsageError("name a KEY, or choose keys with --all-older-than (not both).")
    seconds = int(grace.total_seconds()) if grace else 0
    if older is not None:
        if more.pop("idempotency_key"):
            raise click.UsageError("--idempotency-key goes with one KEY.")
        rotate_many(here, Selection(older=older), seconds, **more)
        return
    if more["dry_run"] or more["expected"]:
        raise click.UsageError("--dry-run and --set go with --all-older-than.")
    chosen = sink(more["output_file"], more["env_file"], more["variable"])
    once = more["idempotency_key"] or new_idempotency_key()
    _rotate_one(here, key or "", seconds, chosen, once, yes=more["yes"])


def _rotate_one(here: Invocation, text: str, seconds: int, chosen: Sink | None, once: str, *, yes: bool) -> None:
    with here.client() as client:
        with here.waiting("looking up the key"):
            old = find(client, text)
        if seconds == 0:
            here.confirm(
                f"Rotate {old.name!r} ({old.preview})? Its secret stops working at once; --grace 24h would keep it.",
                yes=yes,
            )
        again = f"'onepin keys rotate {old.id}' and the same options"
        with recoverable(once, again), unbroken(here.err), here.waiting("rotating the key"):
            rotated = client.api_keys.rotate(old.id, grace_seconds=seconds, idempotency_key=once)
    tell(here, rotated.new_key, "Rotated")
    ends = rotated.old_key.expires_at
    here.say(f"The old one, {old.preview}…, " + (f"works until {absolute(ends)}." if ends else "no longer works."))
    stored = hand_over(here, rotated.new_key.api_key.reveal(), chosen)
    if here.json:
        here.data({"old_key": rotated.old_key, "new_key": with_secret(rotated.new_key, shown=not stored)})

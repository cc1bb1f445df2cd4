"""Rotating every old key: each new secret is out of the program's hands before the next key is touched."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onepin.cli.api_keys.bulk import each
from onepin.cli.api_keys.recovery import new_idempotency_key, recoverable
from onepin.cli.api_keys.selection import Selection, living, mark, refuse_other_set, show_set
from onepin.cli.api_keys.shown import state
from onepin.cli.api_keys.sinks import with_secret
from onepin.cli.failures import Failed
from onepin.cli.invocation import Invocation, plain
from onepin.cli.render.bars import Progress
from onepin.cli.render.cells import harmless

if TYPE_CHECKING:
    from onepin.contract.api_keys import ApiKey

GOES_ON = "The same command goes on with the rest."


def rotate_many(
    here: Invocation,
    selection: Selection,
    grace_seconds: int,
    *,
    output_file: Path | None,
    env_file: Path | None,
    variable: str | None,
    dry_run: bool,
    expected: str | None,
    yes: bool,
) -> None:
    """Rotate every active key of ``selection``."""
    if env_file or variable:
        raise click.UsageError("an env file holds one key; --all-older-than makes many. Use --output-file.")
    if output_file:
        _check(output_file)
    with here.client() as client:
        keys = [key for key in living(client, here, selection) if state(key) == "active"]
        refuse_other_set(keys, expected)
        if dry_run:
            show_set(here, keys, data=True)
            here.say(f"{len(keys)} would be rotated; nothing was changed. To rotate exactly these: --set {mark(keys)}")
            return
        if not keys:
            here.say("No active key is that old; nothing was changed.")
            return
        _confirm(here, keys, grace_seconds, yes=yes)
        grace = f" --grace {grace_seconds}s" if grace_seconds else ""

        def act(key: "ApiKey", bar: Progress) -> None:
            once = new_idempotency_key()
            with recoverable(once, f"'onepin keys rotate {key.id} --yes{grace}'"):
                rotated = client.api_keys.rotate(key.id, grace_seconds=grace_seconds, idempotency_key=once)
            bar.hide()
            _deliver(here, rotated, output_file)

        each(here, keys, act, "rotated", goes_on=GOES_ON)


def _confirm(here: Invocation, keys: "list[ApiKey]", grace_seconds: int, *, yes: bool) -> None:
    if not yes:
        show_set(here, keys, data=False)
    after = "after the grace" if grace_seconds else "AT ONCE"
    here.confirm(f"Rotate these {len(keys)} keys? The old secrets stop working {after}.", yes=yes)


def _deliver(here: Invocation, rotated: Any, output_file: Path | None) -> None:
    new = with_secret(rotated.new_key, shown=True)
    whole = {"old_key": plain(rotated.old_key), "new_key": new}
    if output_file is not None:
        try:
            _append(output_file, json.dumps(whole, ensure_ascii=False))
        except OSError as error:
            here.data_line(whole)
            raise Failed(f"{output_file}: {error.strerror}. The last secret is on standard output.") from None
        here.write(f"rotated {new['preview']}  {harmless(new['name'])}") if not here.json and not here.quiet else None
    elif here.json:
        here.data_line(whole)
    else:
        here.write(f"{new['api_key']}  {rotated.old_key.preview}  {harmless(new['name'])}")
        here.out.stream.flush()


def _check(path: Path) -> None:
    """It may exist, from the run before an interruption, but then for this user alone."""
    if not path.parent.is_dir():
        raise click.UsageError(f"the folder {path.parent} does not exist.")
    if path.exists() and path.stat().st_mode & 0o077:
        raise click.UsageError(f"{path} is open to other users of this machine. Close it: chmod 600 {path}")


def _append(path: Path, line: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())

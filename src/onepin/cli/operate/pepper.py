"""``onepin pepper``: look at the peppers, make a new one, move every digest to it."""

import asyncio
import json
import sys
import time
from typing import Any
from uuid import UUID

import click

from onepin.cli.groups import Commands
from onepin.cli.invocation import LocalCommand, wants_json
from onepin.cli.operate.deployment import deployment, run
from onepin.cli.operate.flags import load_config, setting_flags
from onepin.server.config import Config
from onepin.server.keys.peppers import Peppers, add_to_file, new_line, parse_peppers, read
from onepin.server.store.store import InUse, Store, StoreError

NOTICED_WITHIN_SECONDS = 30.0
ASK_EVERY_SECONDS = 0.2


@click.group(
    "pepper",
    cls=Commands,
    local=True,
    short_help="Look at the peppers, or rotate them.",
    epilog="""\b
Examples:
  onepin pepper status
  onepin pepper rotate
""",
)
def command() -> None:
    """Look at the peppers that digests are made with, or move every digest to a new one.

    A pepper is the secret that makes a stolen database useless. It is not in the database.
    """


@command.command("status", cls=LocalCommand, short_help="Which versions there are, and what needs each.")
@setting_flags("data_dir", "database_url")
def status(**flags: str | None) -> None:
    """Say which pepper versions there are, which is current, and how many keys and verifiers still need each."""
    config = load_config(flags)
    run(_status(config, as_json=wants_json()))


@command.command("new", short_help="Print a fresh pepper for a pepper file.")
@setting_flags("data_dir", "database_url")
def new(**flags: str | None) -> None:
    """Print a fresh pepper as the line to add to ONEPIN_PEPPER_FILE on every server. Changes nothing."""
    config = load_config(flags)
    try:
        version = max(parse_peppers(read(config.pepper, config.pepper_path))) + 1
    except FileNotFoundError:
        version = 1
    click.echo(new_line(version), nl=False)


@command.command(
    "rotate",
    short_help="Move every digest to a new pepper.",
    epilog="""\b
Example:
  onepin pepper rotate
""",
)
@setting_flags("data_dir", "database_url")
def rotate(**flags: str | None) -> None:
    """Move every digest to a new pepper. No key changes, no request is refused; interrupted, run it again.

    On SQLite this makes the new pepper itself. On PostgreSQL every server must know it first: add the line that
    'onepin pepper new' prints to ONEPIN_PEPPER_FILE everywhere, then run this once.
    """
    config = load_config(flags, starting=True)
    run(_rotate(config))


async def _status(config: Config, *, as_json: bool) -> None:
    peppers, store = deployment(config)
    await store.observe()
    try:
        found = await peppers.status()
    finally:
        await store.close()
    held = peppers.held
    rows = [
        {
            "version": row.version,
            "current": row is found.versions[-1],
            "held_here": row.version in held,
            "keys": _need(row.version, found.keys),
            "verifiers": _need(row.version, found.verifiers),
        }
        for row in found.versions
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        needed = row["keys"] or row["verifiers"]
        state = "current" if row["current"] else "still needed" if needed else "not needed, can be deleted"
        missing = "" if row["held_here"] else "   NOT HELD HERE: these do not verify on this machine"
        counts = f"{row['keys']:>9} keys   {row['verifiers']:>4} verifiers"
        click.echo(f"version {row['version']}   {counts}   {state}{missing}")


def _need(version: int, chains: list[tuple[str, int]]) -> int:
    """How many of those counted by chain were digested with ``version``, at whatever step."""
    return sum(number for chain, number in chains if str(version) in chain.split(">"))


async def _rotate(config: Config) -> None:
    peppers, store = deployment(config)
    await store.observe()
    try:
        await peppers.refresh()
    finally:
        await store.close()
    if max(peppers.held) <= peppers.current:
        peppers.learn(_made(config, store))
    newest = max(peppers.held)
    try:
        await store.start(migrate=False)
    except InUse:
        await _watch(peppers, store, newest)
        return
    try:
        await peppers.refresh()
        await peppers.activate_newest()
        await _wrap(peppers)
    finally:
        await store.close()
    _done(newest)


def _made(config: Config, store: Store) -> dict[int, bytes]:
    """A new pepper in the file, where that is ours to write."""
    path = config.pepper_path
    if config.pepper is not None or not store.exclusive:
        raise StoreError(
            "There is no newer pepper to rotate to. Add the line that 'onepin pepper new' prints to "
            "ONEPIN_PEPPER_FILE (or ONEPIN_PEPPER) of every server, then run this again."
        )
    add_to_file(path)
    click.echo(f"added a new pepper to {path}", err=True)
    return parse_peppers(path.read_text())


async def _wrap(peppers: Peppers) -> None:
    total = await peppers.left_to_wrap()
    after: UUID | None = UUID(int=0)
    with _progress(total) as bar:
        while after is not None:
            after, done = await peppers.wrap_some(after)
            bar.update(done)


async def _watch(peppers: Peppers, store: Store, newest: int) -> None:
    """The running server does it; show how far it is."""
    click.echo("the running server does it", err=True)
    await store.observe()
    try:
        begun = time.monotonic()
        await peppers.refresh()
        while peppers.current < newest:
            if time.monotonic() - begun > NOTICED_WITHIN_SECONDS:
                raise StoreError("The running server has not taken note of the new pepper; its log says why.")
            await asyncio.sleep(ASK_EVERY_SECONDS)
            await peppers.refresh()
        left = await peppers.left_to_wrap()
        with _progress(left) as bar:
            while not peppers.all_wrapped:
                await asyncio.sleep(ASK_EVERY_SECONDS)
                before, left = left, await peppers.left_to_wrap()
                bar.update(max(0, before - left))
                await peppers.refresh()
    finally:
        await store.close()
    _done(newest)


def _progress(length: int) -> Any:
    return click.progressbar(length=length, label="wrapping digests", file=sys.stderr)


def _done(version: int) -> None:
    click.echo(
        f"version {version} is current; 'onepin pepper status' says whether an older one is still needed", err=True
    )

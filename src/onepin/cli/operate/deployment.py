"""What the commands that work on a deployment's own data share: its peppers, its database, and how they fail."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

from onepin.server.clock import SystemClock
from onepin.server.config import Config
from onepin.server.errors import Refused
from onepin.server.keys.peppers import Peppers, parse_peppers, read
from onepin.server.logs import redact
from onepin.server.store.store import Store, StoreError, open_store

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do it, to its end; a failure that has an explanation is printed as such (exit code 1)."""
    try:
        return asyncio.run(work)
    except Refused as refused:
        raise click.ClickException(redact(refused.reason or refused.message)) from None
    except (StoreError, OSError, ValueError) as error:
        raise click.ClickException(redact(str(error))) from None


def deployment(config: Config) -> tuple[Peppers, Store]:
    """The peppers and the database that the settings name; neither is opened yet. Raises ``StoreError``."""
    path = config.pepper_path
    if config.pepper is None and not path.exists():
        raise StoreError(f"There is no pepper at {path} yet. The first 'onepin serve' makes one.")
    store = open_store(config.database_url)
    return Peppers(parse_peppers(read(config.pepper, path)), store, SystemClock()), store

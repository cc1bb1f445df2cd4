"""Keys whose secrets the benchmark knows, in the folder of a server that was made for it."""

import random
from pathlib import Path
from uuid import UUID

from measure.caller import call, session
from measure.fill import Filling, fill_sqlite
from measure.servers import Server, onepin
from onepin.contract.key_text import ALPHABET, RANDOM_LENGTH, checksum
from onepin.server.keys.digest import Digester

PEPPER = "of-a-benchmark-and-of-nothing-else-in-the-world"
NO_REFUSALS = 1_000_000
"""A limit per minute that nobody reaches, and that is counted all the same."""


def make_secrets(count: int, seed: int) -> list[str]:
    """``count`` keys, the same for the same seed."""
    chance = random.Random(seed)
    heads = [f"pk_live_{''.join(chance.choices(ALPHABET, k=RANDOM_LENGTH))}" for _ in range(count)]
    return [head + checksum(head) for head in heads]


def with_keys(
    folder: Path, size: int, known: list[str], *, seed: int, settings: dict[str, str] | None = None
) -> Server:
    """onepin, not started yet, with ``size`` keys in SQLite, of which ``known`` are."""
    settings = {"ONEPIN_PEPPER": PEPPER, "ONEPIN_ACCESS_LOG": "errors"} | (settings or {})
    with onepin(folder, settings) as server:
        made = call(server, "POST", "/api/v1/workspaces", session(server), {"name": "Benchmark"})["data"]
    digester = Digester({1: PEPPER.encode()}, 1)
    digests = [digester.digest(secret)[0] for secret in known]
    fill_sqlite(
        folder / "onepin.db",
        [Filling(UUID(made["id"]), UUID(made["created_by"]), size, seed, digests, NO_REFUSALS)],
    )
    return onepin(folder, settings)


def bearer(secret: str) -> dict[str, str]:
    """The header that presents a key."""
    return {"Authorization": f"Bearer {secret}"}

"""``onepin verifier``: the credentials by which the deployment's own backends ask about keys."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import click

from onepin.cli.groups import Commands
from onepin.cli.invocation import LocalCommand, wants_json
from onepin.cli.operate.deployment import deployment, run
from onepin.cli.operate.flags import load_config, setting_flags
from onepin.contract.codes import Code
from onepin.contract.envelopes import rfc3339
from onepin.contract.text import clean_name
from onepin.server.clock import SystemClock
from onepin.server.config import Config
from onepin.server.errors import Refused
from onepin.server.keys.format import KeyFormat
from onepin.server.keys.verifiers import MadeVerifier, Verifiers
from onepin.server.store.store import StoreError
from onepin.server.store.verifier_queries import VerifierRecord

NAME_MAX = 120
HEADINGS = ("PREVIEW", "NAME", "CREATED", "REVOKED", "ID")


@click.group(
    "verifier",
    cls=Commands,
    local=True,
    short_help="Make, list or revoke verifiers.",
    epilog="""\b
Examples:
  onepin verifier create billing
  onepin verifier list
  onepin verifier revoke 0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10
""",
)
def command() -> None:
    """Make, list or revoke verifiers. All of it works beside a running server too.

    A verifier is a credential for a backend of yours: with it the backend asks POST /api/v1/auth/verify about any key
    of this deployment, whichever workspace it belongs to. It is good for nothing else.
    """


@command.command(
    "create",
    cls=LocalCommand,
    short_help="Make a verifier, and print its secret once.",
    epilog="""\b
Examples:
  onepin verifier create billing
  onepin verifier create billing > /etc/billing/verifier
""",
)
@click.argument("name")
@setting_flags("data_dir", "database_url")
def create(name: str, **flags: str | None) -> None:
    """Make a verifier called NAME, and print its secret, once: only a digest of it is kept.

    Only the secret goes to standard output; what it is goes to standard error.
    """
    try:
        cleaned = clean_name(name, longest=NAME_MAX)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from None
    made = run(_create(load_config(flags), cleaned))
    if wants_json():
        click.echo(
            json.dumps({"id": str(made.id), "name": cleaned, "secret": made.secret.reveal()}, ensure_ascii=False)
        )
        return
    click.echo(made.secret.reveal())
    click.echo(f"verifier {cleaned!r}, id {made.id}; keep the secret now, it is not shown again", err=True)


@command.command("list", cls=LocalCommand, short_help="Show the verifiers, revoked ones too.")
@setting_flags("data_dir", "database_url")
def listed(**flags: str | None) -> None:
    """Show the verifiers, newest first, those that were revoked too. Never a secret."""
    found = run(_list(load_config(flags)))
    if wants_json():
        click.echo(json.dumps([_facts(row) for row in found], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("there are none; make one with: onepin verifier create NAME", err=True)
        return
    lines = [HEADINGS, *[_line(row) for row in found]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@command.command("revoke", short_help="End a verifier for good.")
@click.argument("verifier_id", metavar="ID", type=click.UUID)
@setting_flags("data_dir", "database_url")
def revoke(verifier_id: UUID, **flags: str | None) -> None:
    """End the verifier with this ID, as 'onepin verifier list' shows it. A running server refuses it from the next
    request on. Revoking it again changes nothing.
    """
    run(_revoke(load_config(flags), verifier_id))
    click.echo(f"verifier {verifier_id} is revoked", err=True)


@asynccontextmanager
async def _verifiers(config: Config) -> AsyncIterator[Verifiers]:
    peppers, store = deployment(config)
    await store.start(migrate=False, beside=True)
    try:
        await peppers.refresh()
        if peppers.missing is not None:
            raise StoreError(f"The current pepper, version {peppers.missing}, is not held here. Run this where it is.")
        yield Verifiers(store, KeyFormat(config.key_prefixes_accepted), lambda: peppers.digester, SystemClock())
    finally:
        await store.close()


async def _create(config: Config, name: str) -> MadeVerifier:
    async with _verifiers(config) as verifiers:
        return await verifiers.create(config.key_prefix, name)


async def _list(config: Config) -> Sequence[VerifierRecord]:
    async with _verifiers(config) as verifiers:
        return await verifiers.list()


async def _revoke(config: Config, verifier_id: UUID) -> None:
    async with _verifiers(config) as verifiers:
        try:
            await verifiers.revoke(verifier_id)
        except Refused as refused:
            if refused.code is not Code.NOT_FOUND:
                raise
            raise StoreError("There is no verifier with that id; 'onepin verifier list' shows them.") from None


def _facts(row: VerifierRecord) -> dict[str, str | None]:
    return {
        "id": str(row.id),
        "name": row.name,
        "preview": row.preview,
        "created_at": rfc3339(row.created_at),
        "revoked_at": None if row.revoked_at is None else rfc3339(row.revoked_at),
    }


def _line(row: VerifierRecord) -> tuple[str, ...]:
    return row.preview, row.name, _minute(row.created_at), _minute(row.revoked_at), str(row.id)


def _minute(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"

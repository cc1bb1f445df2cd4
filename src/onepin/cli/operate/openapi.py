"""``onepin openapi``."""

import json

import click

from onepin.cli.invocation import LocalCommand


@click.command(
    "openapi",
    cls=LocalCommand,
    short_help="Print the API's OpenAPI document.",
    epilog="""\b
Example:
  onepin openapi > openapi.json
""",
)
def command() -> None:
    """Print the API's OpenAPI document as JSON: what a server with default settings answers at /openapi.json.

    Sorted and indented, so that two versions compare well. Reads no settings and no database.
    """
    from onepin.server.app import document

    click.echo(json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False))

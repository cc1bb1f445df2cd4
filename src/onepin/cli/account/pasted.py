"""Secrets that are typed, pasted or piped in, never shown."""

import sys

import click

from onepin.cli.terminal import person_present

LONGEST = 16_384


def pasted(given: str, what: str) -> str:
    """``given``; for ``-`` what standard input holds, or what the person at the terminal pastes, unseen.

    Raises:
        click.UsageError: There is neither.
    """
    if given != "-":
        return given.strip()
    if person_present():
        text: str = click.prompt(f"{what} (not shown)", hide_input=True, err=True)
    else:
        text = sys.stdin.read(LONGEST)
    text = text.strip()
    if not text:
        raise click.UsageError(f"{what}: nothing came by standard input.")
    return text

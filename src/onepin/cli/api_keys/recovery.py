"""When it is not known whether a key was made: how to get its secret after all."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from onepin.cli.connection import failed
from onepin.cli.failures import Failed
from onepin.client.errors import OnePinConnectionError, OnePinServerError

F = TypeVar("F", bound=Callable[..., Any])


def idempotency_option(function: F) -> F:
    """``--idempotency-key``."""
    return click.option(
        "--idempotency-key",
        metavar="TEXT",
        help="16 to 255 characters of your own: the same command with the same text makes one key, told for an hour.",
    )(function)


def new_idempotency_key() -> str:
    """A value that nobody guesses: with it, the answer can be asked for again."""
    return secrets.token_urlsafe(24)


@contextmanager
def recoverable(idempotency_key: str, again: str = "The same command") -> Iterator[None]:
    """Name the idempotency key when no answer came, for the server may have done it.

    Args:
        idempotency_key: What the request was sent with.
        again: The command that asks for the same thing, or words for it.

    Raises:
        Failed: No answer of the server came, or one of those that leave it open.
    """
    try:
        yield
    except (OnePinConnectionError, OnePinServerError) as error:
        why = failed(error)
        raise Failed(
            why.message,
            hint=(
                f"Whether it was done is not known. {again} with --idempotency-key {idempotency_key} gets the answer "
                f"within the hour, and makes no second key. {why.hint}"
            ).rstrip(),
            code=why.code,
            details=why.details,
            request_id=why.request_id,
        ) from None

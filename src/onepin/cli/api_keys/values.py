"""Arguments of commands about keys: scopes and rate limits as people type them."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from onepin.contract.scopes import SCOPES

RATE_LIMIT_MAX = 1_000_000
F = TypeVar("F", bound=Callable[..., Any])
SCOPE_HELP = "A scope the key gets; repeat it, or separate several by commas. 'none': no scopes."


class Scopes(click.ParamType[list[str]]):
    """``workflows:read,voices:read``, or ``none``. Which scopes there are, the server knows."""

    name = "scope"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Parse it; raises ``click.BadParameter`` for an empty text."""
        if isinstance(value, list):
            return value
        found = [scope.strip() for scope in str(value).split(",") if scope.strip()]
        if not found:
            self.fail("name a scope, or say none.", param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The built-in scopes."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(scope) for scope in SCOPES if scope.startswith(incomplete)]


class RateLimit(click.ParamType[int]):
    """1 to 1,000,000 requests per minute; 0 stands for ``none``."""

    name = "rate limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse it; raises ``click.BadParameter``."""
        text = str(value).strip().lower().replace("_", "").replace(",", "").removesuffix("/min")
        if text == "none" or value == 0:
            return 0
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= RATE_LIMIT_MAX:
            self.fail(f"{value!r} is neither a number from 1 to {RATE_LIMIT_MAX:,} nor 'none'.", param, ctx)
        return int(text)


def scope_option() -> Callable[[F], F]:
    """``--scope``, as often as needed."""
    return click.option("--scope", "scopes", type=Scopes(), multiple=True, metavar="SCOPE", help=SCOPE_HELP)


def rate_limit_option() -> Callable[[F], F]:
    """``--rate-limit``."""
    return click.option(
        "--rate-limit", type=RateLimit(), metavar="PER_MINUTE", help="Requests per minute, 1 to 1000000, or 'none'."
    )


def given(scopes: tuple[list[str], ...], rate_limit: int | None) -> dict[str, Any]:
    """The fields of a request that were given; what was not stays away from the wire.

    Raises:
        click.UsageError: ``none`` beside scopes.
    """
    fields: dict[str, Any] = {}
    named = [scope for part in scopes for scope in part]
    if "none" in named and len(set(named)) > 1:
        raise click.BadParameter("'none' can't stand beside other scopes.", param_hint="--scope")
    if named:
        fields["scopes"] = [] if "none" in named else list(dict.fromkeys(named))
    if rate_limit is not None:
        fields["rate_limit_per_min"] = rate_limit or None
    return fields

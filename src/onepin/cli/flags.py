"""The flags that every command takes, in any position: ``onepin --json keys list`` is ``onepin keys list --json``."""

from dataclasses import dataclass
from typing import Any

import click

META = "onepin.flags"


@dataclass(slots=True)
class Flags:
    """What was given so far, by the words before a command or after it."""

    json: bool = False
    quiet: bool = False
    no_color: bool = False
    profile: str | None = None
    base_url: str | None = None
    workspace: str | None = None


def flags_of(ctx: click.Context) -> Flags:
    """The flags of this run; all words of a command line share them."""
    found: Flags = ctx.meta.setdefault(META, Flags())
    return found


def _note(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value and param.name is not None:
        setattr(flags_of(ctx), param.name, value)
    return value


class SharedOption(click.Option):
    """An option that lands in ``Flags`` instead of in the command's arguments."""

    def __init__(self, *declarations: str, **more: Any) -> None:
        super().__init__(declarations, expose_value=False, callback=_note, **more)


def json_option() -> SharedOption:
    """``--json``."""
    return SharedOption("--json", "json", is_flag=True, help="Print data as JSON; errors too, on standard error.")


def shared_options() -> list[SharedOption]:
    """All of them, anew for each command."""
    return [
        json_option(),
        SharedOption("-q", "--quiet", "quiet", is_flag=True, help="Print the bare result, and no talk."),
        SharedOption("--profile", "profile", metavar="NAME", help="Use this profile of the credentials file."),
        SharedOption("--base-url", "base_url", metavar="URL", help="The server, where the profile's is not meant."),
        SharedOption("--workspace", "workspace", metavar="ID|SLUG", help="Work in this workspace, this once."),
        SharedOption("--no-color", "no_color", is_flag=True, help="No colours. NO_COLOR=1 says the same for good."),
    ]

"""Groups of commands that import a command when it is run, and answer typing mistakes with a suggestion."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from onepin.cli.flags import META, Flags, SharedOption, flags_of, json_option, shared_options
from onepin.cli.masks import masked

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Table = Mapping[str, tuple[str, str]]
"""A command's name, the module that holds it as ``command``, and its line in the help."""


OTHER_WORDS = {
    "add": ("create",),
    "delete": ("delete", "revoke", "remove"),
    "del": ("delete", "revoke", "remove"),
    "rm": ("delete", "revoke", "remove"),
    "remove": ("remove", "revoke", "delete"),
    "edit": ("update",),
    "rename": ("update",),
    "set": ("update",),
    "get": ("show",),
    "info": ("show",),
    "view": ("show",),
    "ls": ("list",),
    "new": ("create",),
    "invite": ("invites",),
    "roll": ("rotate",),
    "switch": ("use",),
    "select": ("use",),
    "auth": ("login",),
    "signin": ("sign-in", "login"),
    "start": ("serve",),
    "run": ("serve",),
    "me": ("whoami",),
}
"""What other programs call it: near in meaning where letters would not tell."""


def lazy(name: str, module: str) -> click.Command:
    """The command called ``name``, imported now."""
    command: click.Command = import_module(module).command
    return command


class Commands(click.Group):
    """A group whose commands stand in a table; those added with ``@group.command`` come after.

    Args:
        table: The commands by name.
        aliases: Other words for them, each with the name it stands for.
        sections: How the help groups them: a heading and names. Empty: under one heading.
        local: The commands work on this machine and talk to no server: of the shared flags they take ``--json``.
    """

    def __init__(
        self,
        *args: Any,
        table: Table | None = None,
        aliases: Mapping[str, str] | None = None,
        sections: Sequence[tuple[str, Sequence[str]]] = (),
        local: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.table = table or {}
        self.aliases = aliases or {}
        self.sections = sections
        self.params += [json_option()] if local else shared_options()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table: the first ones are needed first."""
        return [*self.table, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command. None where there is none of that name."""
        name = self.aliases.get(cmd_name, cmd_name)
        if name in self.table:
            return lazy(name, self.table[name][0])
        return self.commands.get(name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click; a wrong name gets the nearest right one, and a flag the command does not take is refused."""
        name = args[0]
        known = [*self.list_commands(ctx), *self.aliases]
        if name not in known and not name.startswith("-"):
            ctx.fail(f"There is no command {masked(name)!r}. {self._hint(ctx, name, known)}")
        found = super().resolve_command(ctx, args)
        if found[1] is not None and not isinstance(found[1], click.Group):
            _refuse_strange_flags(ctx, found[1])
        return found

    def _hint(self, ctx: click.Context, name: str, known: Sequence[str]) -> str:
        from difflib import get_close_matches

        near = [word for word in OTHER_WORDS.get(name, ()) if word in known] or get_close_matches(name, known, n=1)
        if near:
            return f"Did you mean {near[0]!r}?"
        return f"{ctx.command_path + ' --help'!r} lists the commands."

    def lines(self) -> Iterator[tuple[str, str]]:
        """Each command with its line in the help; nothing is imported for it."""
        for name, (_, line) in self.table.items():
            yield name, line
        for name, command in self.commands.items():
            yield name, command.get_short_help_str(200)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help."""
        lines = dict(self.lines())
        for alias, name in self.aliases.items():
            lines[name] = f"{lines[name]} Also: {alias}."
        wide = max(map(len, lines))
        for heading, names in self.sections or (("Commands", list(lines)),):
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(wide), lines[name]) for name in names])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, those of every command under a heading of their own, after the commands."""
        self.format_commands(ctx, formatter)
        format_options(self, ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Names and their lines, without importing the commands."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=line) for name, line in self.lines() if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete) if incomplete.startswith("-") else []
        return found + options


def _refuse_strange_flags(ctx: click.Context, command: click.Command) -> None:
    """``onepin --profile x serve`` would look as if it had an effect."""
    taken = {param.name for param in command.params}
    given = flags_of(ctx) if META in ctx.meta else Flags()
    for option in shared_options():
        if option.name and getattr(given, option.name) and option.name not in taken and option.name != "no_color":
            ctx.fail(f"'{ctx.command_path} {command.name}' takes no {option.opts[-1]}.")


def format_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write a command's own options, then those that every command takes."""
    own: list[tuple[str, str]] = []
    shared: list[tuple[str, str]] = []
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is not None and not isinstance(param, click.Argument):
            (shared if isinstance(param, SharedOption) else own).append(record)
    for heading, records in (("Options", own), ("Options of every command, in any position", shared)):
        if records:
            with formatter.section(heading):
                formatter.write_dl(records)

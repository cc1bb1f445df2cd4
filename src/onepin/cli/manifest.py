"""``onepin schema``: every command, for programs that write command lines."""

import json
from typing import Any

import click

from onepin import __version__
from onepin.cli.flags import SharedOption
from onepin.cli.groups import Commands
from onepin.cli.invocation import LocalCommand

EXIT_CODES = {"0": "done", "1": "failed", "2": "wrong usage or settings", "130": "interrupted"}


@click.command(
    "schema",
    cls=LocalCommand,
    short_help="Print every command and option as JSON.",
    epilog="""\b
Examples:
  onepin schema
  onepin schema | jq -r '.commands[].path'
""",
)
def command() -> None:
    """Print every command with its arguments, options, defaults and help as one JSON document."""
    click.echo(json.dumps(manifest(), indent=2, ensure_ascii=False))


def manifest() -> dict[str, Any]:
    """The document: shared options once, then each command by its path."""
    from onepin.cli.main import ALIASES, cli

    ctx = click.Context(cli, info_name="onepin")
    shared = [_option(param) for param in cli.params if isinstance(param, SharedOption)]
    return {
        "program": "onepin",
        "version": __version__,
        "exit_codes": EXIT_CODES,
        "aliases": dict(ALIASES),
        "shared_options": shared,
        "commands": _below(ctx, cli),
    }


def _below(ctx: click.Context, group: click.Group) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    lines = dict(group.lines()) if isinstance(group, Commands) else {}
    for name in group.list_commands(ctx):
        try:
            command = group.get_command(ctx, name)
        except ModuleNotFoundError:  # its extra is not installed here
            command = None
        if command is None:
            found.append({"path": f"{ctx.command_path} {name}", "summary": lines[name], "needs": "server"})
            continue
        inner = click.Context(command, info_name=name, parent=ctx)
        if isinstance(command, click.Group):
            found += _below(inner, command)
        else:
            found.append(_described(inner, command))
    return found


def _described(ctx: click.Context, command: click.Command) -> dict[str, Any]:
    params = [param for param in command.params if not isinstance(param, SharedOption)]
    return {
        "path": ctx.command_path,
        "summary": command.get_short_help_str(200),
        "help": _flowing(command.help or ""),
        "arguments": [_argument(param) for param in params if isinstance(param, click.Argument)],
        "options": [_option(param) for param in params if isinstance(param, click.Option)],
        "takes": [param.opts[-1] for param in command.params if isinstance(param, SharedOption)],
        "examples": examples(command),
    }


def examples(command: click.Command) -> list[str]:
    """The command lines of the help's examples, without the notes behind them."""
    lines = (command.epilog or "").splitlines()
    return [line.strip().partition("   ")[0] for line in lines if line.startswith("  ")]


def _argument(param: click.Argument) -> dict[str, Any]:
    return {
        "name": param.human_readable_name,
        "required": param.required,
        "several": param.nargs == -1,
        "type": _type(param),
    }


def _option(param: click.Option) -> dict[str, Any]:
    default = param.default
    shown = default if isinstance(default, (str, int, float, bool)) else None
    return {
        "flags": [*param.opts, *param.secondary_opts],
        "value": None if param.is_flag else (param.metavar or _type(param).upper()),
        "type": _type(param),
        "several": param.multiple,
        "required": param.required,
        "default": shown,
        "help": param.help or "",
    } | ({"choices": list(param.type.choices)} if isinstance(param.type, click.Choice) else {})


def _type(param: click.Parameter) -> str:
    return param.type.name


def _flowing(text: str) -> str:
    """Paragraphs as lines."""
    return "\n".join(" ".join(part.split()) for part in text.replace("\b", "").split("\n\n"))

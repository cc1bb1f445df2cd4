"""``onepin completion``."""

import os
from pathlib import Path

import click

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    short_help="Print the script that completes commands in your shell.",
    epilog="""\b
Examples:
  onepin completion bash >> ~/.bashrc
  onepin completion zsh >> ~/.zshrc
  onepin completion fish > ~/.config/fish/completions/onepin.fish

Then open a new shell.
""",
)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def command(shell: str | None) -> None:
    """Print the script that completes commands and options in SHELL: bash, zsh or fish.

    Without SHELL, for the one that you use, as $SHELL says. bash has to be 4.4 or newer.
    """
    from click.shell_completion import get_completion_class

    from onepin.cli.main import cli

    chosen = shell or Path(os.environ.get("SHELL", "")).name
    if chosen not in SHELLS:
        raise click.UsageError(f"Name a shell: {', '.join(SHELLS)}. ($SHELL says {chosen or 'nothing'}.)")
    completion = get_completion_class(chosen)
    if completion is None:
        raise click.UsageError(f"click does not know {chosen}.")
    click.echo(completion(cli, {}, "onepin", "_ONEPIN_COMPLETE").source())

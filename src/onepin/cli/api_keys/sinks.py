"""The options that say where a new secret goes, and handing it over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from onepin.cli.invocation import Invocation
from onepin.cli.secret_sinks import EnvFile, OutputFile, Sink

F = TypeVar("F", bound=Callable[..., Any])
VARIABLE = "ONEPIN_API_KEY"


def sink_options(function: F) -> F:
    """``--output-file``, ``--env-file`` and ``--as``."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--as", "variable", metavar="NAME", help=f"The variable in --env-file. [default: {VARIABLE}]"),
        click.option(
            "--env-file",
            type=path,
            metavar="PATH",
            help="Set one variable of this env file to the secret; the rest of it stays as it is.",
        ),
        click.option(
            "--output-file", type=path, metavar="PATH", help="Write the secret to a new file that you alone can read."
        ),
    ):
        function = option(function)
    return function


def sink(output_file: Path | None, env_file: Path | None, variable: str | None) -> Sink | None:
    """Where the secret goes, seen to be possible before there is one; None: standard output.

    Raises:
        click.UsageError: The options contradict each other, or the file can't be written.
    """
    if output_file and env_file:
        raise click.UsageError("choose one of --output-file and --env-file.")
    if variable and not env_file:
        raise click.UsageError("--as goes with --env-file.")
    chosen: Sink | None = None
    if output_file:
        chosen = OutputFile(output_file)
    elif env_file:
        chosen = EnvFile(env_file, variable or VARIABLE)
    if chosen is not None:
        chosen.check()
    return chosen


def hand_over(here: Invocation, secret: str, chosen: Sink | None) -> bool:
    """Give the secret to whom it is for. A file that fails now must not lose it: then it goes to standard output.

    Returns whether it is in the file.
    """
    if chosen is None:
        if not here.json:
            here.write(secret)
        return False
    try:
        chosen.write(secret)
    except OSError as error:
        here.err.write(f"{here.err.style('Error:', 'red')} {chosen.path}: {error.strerror}. The secret, this once:")
        if not here.json:
            here.write(secret)
        return False
    here.say(f"The secret is in {chosen}.")
    if isinstance(chosen, EnvFile) and chosen.readable_by_others():
        here.warn(f"other users of this machine can read it: chmod 600 {chosen.path}")
    return True


def with_secret(model: Any, *, shown: bool) -> dict[str, Any]:
    """A created key as JSON. Its secret stands in it unless it went into a file."""
    data: dict[str, Any] = model.model_dump(mode="json", exclude_unset=True)
    if shown:
        data["api_key"] = model.api_key.reveal()
    else:
        data.pop("api_key", None)
    return data

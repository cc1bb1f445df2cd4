"""Settings as flags, made from the one table, and the configuration that flags and environment give."""

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from onepin.server.config import Config, ConfigError
from onepin.server.settings import SETTINGS, Setting

F = TypeVar("F", bound=Callable[..., Any])


class WrongSettings(click.ClickException):
    """The settings can't be used; a line for each."""

    exit_code = 2

    def __init__(self, error: ConfigError) -> None:
        lines = error.problems
        head = "a setting can't be used:" if len(lines) == 1 else f"{len(lines)} settings can't be used:"
        super().__init__("\n  ".join([head, *lines]))


def setting_flags(*fields: str) -> Callable[[F], F]:
    """A decorator that gives a command the flags of these settings, or of all of them that have one."""

    def decorate(command: F) -> F:
        for setting in reversed(SETTINGS):
            if setting.flag is not None and (not fields or setting.field in fields):
                command = _option(setting, setting.flag)(command)
        return command

    return decorate


def _option(setting: Setting, flag: str) -> Callable[[F], F]:
    default = setting.default or setting.shown_default
    shown = f"{setting.help} [{setting.env}; default: {default}]"
    if setting.allowed == "true or false":
        return click.option(flag, setting.field, is_flag=False, flag_value="true", metavar="[true|false]", help=shown)
    return click.option(flag, setting.field, metavar="TEXT", help=shown)


def load_config(flags: Mapping[str, str | None], *, starting: bool = False) -> Config:
    """The configuration from ``flags`` (None: not given) and the environment.

    Raises:
        WrongSettings: It can't be used.
    """
    given = {field: text for field, text in flags.items() if text is not None}
    try:
        return Config.load(os.environ, given, starting=starting)
    except ConfigError as error:
        raise WrongSettings(error) from None

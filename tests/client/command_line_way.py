"""The command line as a way to the API: each operation is a command, its answer the JSON that the command prints.

What is no id is a name there, so that a malformed id is a key that is not found.
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import Any
from unittest import mock

from client.ways import Caller, Outcome, Sdk
from command_line import environment
from onepin.cli.main import run
from onepin.contract.codes import Code

COMMANDS = {
    "auth.whoami": ["whoami"],
    "api_keys.create": ["keys", "create", "name"],
    "api_keys.list": ["keys", "list"],
    "api_keys.get": ["keys", "show", "key_id"],
    "api_keys.update": ["keys", "update", "key_id"],
    "api_keys.pause": ["keys", "pause", "key_id"],
    "api_keys.resume": ["keys", "resume", "key_id"],
    "api_keys.revoke": ["keys", "revoke", "key_id", "--yes"],
    "api_keys.rotate": ["keys", "rotate", "key_id", "--yes"],
    "api_keys.usage": ["keys", "usage", "key_id"],
    "api_keys.verify": ["keys", "verify"],
    "usage.summary": ["keys", "usage"],
    "usage.activity": ["audit", "list"],
    "workspaces.list": ["workspace", "list"],
    "workspaces.create": ["workspace", "create", "name"],
    "workspaces.get": ["workspace", "show", "workspace_id"],
    "workspaces.update": ["workspace", "update", "workspace_id"],
    "workspaces.delete": ["workspace", "delete", "workspace_id", "--yes"],
}
"""The words of each command; one that is the name of an argument stands for its value."""
OPTIONS = {
    "scopes": "--scope",
    "rate_limit_per_min": "--rate-limit",
    "color_idx": "--color",
    "target_id": "--target",
    "grace_seconds": "--grace",
}
FIELDS = {"--scope": "scopes", "--rate-limit": "rate_limit_per_min"}
WRONG_USAGE = 2


class CommandLine:
    """Runs ``onepin`` in this process, for one caller."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._sdk = Sdk(caller)

    def do(self, operation: str, /, **arguments: Any) -> Outcome:
        if operation not in COMMANDS or arguments.get("key_type") == "live" or "include" in arguments:
            return self._sdk.do(operation, **arguments)  # there is no word for it on the command line
        secret = arguments.pop("api_key", "")
        words = [str(arguments.pop(word, word)) for word in COMMANDS[operation]]
        if operation == "api_keys.update" and not arguments:
            arguments["name"] = "a change of nothing is wrong usage"
        page = {"limit": arguments.pop("limit", None)} if operation == "workspaces.list" else {}
        options = [text for name, value in arguments.items() for text in _option(name, value)]
        outcome = self._run(secret, "--json", *words, *options)
        if operation.endswith(".list") and outcome.code is None:
            status = ["--status", arguments["status"]] if "status" in arguments else []
            return Outcome(outcome.data[: page.get("limit")], len(self._run("", "--json", *words, *status).data))
        return Outcome({}) if operation == "workspaces.delete" and outcome.code is None else outcome

    def _run(self, stdin: str, *words: str) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        typed = mock.patch.object(sys, "stdin", io.StringIO(stdin))
        with self._as_caller(), typed, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(words)
        if out.getvalue():
            return Outcome(json.loads(out.getvalue()))
        return _refused(json.loads(err.getvalue().splitlines()[-1])["error"], code)

    @contextlib.contextmanager
    def _as_caller(self) -> Iterator[None]:
        given = {
            "ONEPIN_BASE_URL": self._caller.base_url,
            "ONEPIN_TOKEN": self._caller.token,
            "ONEPIN_API_KEY": self._caller.api_key,
            "ONEPIN_WORKSPACE_ID": self._caller.workspace_id,
        }
        with tempfile.TemporaryDirectory() as home:
            variables = {name: value for name, value in given.items() if value is not None}
            with mock.patch.dict(os.environ, environment(home, **variables), clear=True):  # type: ignore[arg-type]
                yield

    def close(self) -> None:
        self._sdk.close()


def _option(name: str, value: Any) -> list[str]:
    flag = OPTIONS.get(name, "--" + name.replace("_", "-"))
    if name == "scopes":
        return [text for scope in value or ["none"] for text in (flag, scope)]
    if name == "grace_seconds":
        return [flag, f"{value}s"]
    return [flag, "none" if value is None else str(value)]


def _refused(error: dict[str, Any], code: int) -> Outcome:
    if code == WRONG_USAGE:
        flags = re.findall(r"--[a-z-]+", error["message"])
        fields = tuple(FIELDS.get(flag, flag.removeprefix("--").replace("-", "_")) for flag in flags[:1])
        return Outcome(status=422, code="VALIDATION_ERROR", fields=fields)
    fields = tuple(detail["field"] for detail in error["details"])
    return Outcome(status=Code(error["code"]).status, code=error["code"], fields=fields)

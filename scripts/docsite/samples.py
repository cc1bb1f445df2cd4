"""How an operation is called: the same call for curl, the Python SDK, the command line and JavaScript.

The SDK and the command line are asked whether they have the call; where one doesn't, its sample is left out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from docsite.operations import Operation

BASE = "@BASE@"
"""Stands for the server's address; whoever serves the page puts in the one that it was asked under."""
_ID = "0199d8a4-6a01-7d52-8f3e-0c9b6a5d4e21"
_SDK: dict[str, tuple[str, str]] = {
    "list_api_keys": ("api_keys.list", "for key in client.api_keys.list():\n    print(key.preview, key.name)"),
    "create_api_key": (
        "api_keys.create",
        'created = client.api_keys.create(name="Production key")\nstore(created.api_key.reveal())  # shown once',
    ),
    "get_api_key": ("api_keys.get", f'key = client.api_keys.get("{_ID}")'),
    "update_api_key": ("api_keys.update", f'key = client.api_keys.update("{_ID}", name="Production key")'),
    "delete_api_key": ("api_keys.revoke", f'key = client.api_keys.revoke("{_ID}")'),
    "rotate_api_key": (
        "api_keys.rotate",
        f'rotated = client.api_keys.rotate("{_ID}", grace_seconds=3600)\n'
        "store(rotated.new_key.api_key.reveal())  # shown once",
    ),
    "whoami": ("auth.whoami", "print(client.auth.whoami())"),
    "list_workspaces": ("workspaces.list", "for workspace in client.workspaces.list():\n    print(workspace.name)"),
    "create_workspace": ("workspaces.create", 'workspace = client.workspaces.create(name="Production")'),
    "get_workspace": ("workspaces.get", f'workspace = client.workspaces.get("{_ID}")'),
    "update_workspace": ("workspaces.update", f'workspace = client.workspaces.update("{_ID}", name="Production")'),
    "delete_workspace": ("workspaces.delete", f'client.workspaces.delete("{_ID}")'),
}
"""By operation: which method of the client it is, and the lines that call it."""
_CLI: dict[str, tuple[str, str]] = {
    "list_api_keys": ("api-keys list", ""),
    "create_api_key": ("api-keys create", '"Production key"'),
    "get_api_key": ("api-keys show", _ID),
    "update_api_key": ("api-keys update", f'{_ID} --name "Production key"'),
    "delete_api_key": ("api-keys revoke", _ID),
    "rotate_api_key": ("api-keys rotate", f"{_ID} --grace 1h"),
    "whoami": ("whoami", ""),
    "list_workspaces": ("workspace list", ""),
    "create_workspace": ("workspace create", '"Production"'),
    "list_usage_activity": ("audit list", ""),
}
_TOKENS = {"ApiKey": "$ONEPIN_API_KEY", "SessionToken": "$ONEPIN_TOKEN", "Verifier": "$ONEPIN_VERIFIER"}


@dataclass(frozen=True)
class Sample:
    """A call in one language: the name to show, the language for colours, the text."""

    title: str
    language: str
    text: str


def samples(operation: Operation) -> list[Sample]:
    """The samples of an operation; there is always one for curl and one for JavaScript."""
    found = [Sample("curl", "sh", _curl(operation)), *_python(operation), *_command(operation)]
    return [*found, Sample("JavaScript", "js", _javascript(operation))]


def address(operation: Operation) -> str:
    """The address of the operation with values in place of its parameters."""
    path = operation.path
    for field in operation.path_fields:
        path = path.replace("{" + field.name + "}", _ID if field.type == "uuid" else "…")
    query = "&".join(f"{field.name}={field.name}" for field in operation.query_fields if field.required)
    return f"{BASE}{path}{'?' if query else ''}{query}"


def token_of(operation: Operation) -> str | None:
    """The shell variable that holds a credential the operation takes; None where it takes none."""
    return _TOKENS[operation.credentials[0].name] if operation.credentials else None


def _curl(operation: Operation) -> str:
    lines = ["curl" if operation.method == "GET" else f"curl -X {operation.method}"]
    lines[0] += f' "{address(operation)}"' if "?" in address(operation) else f" {address(operation)}"
    if token := token_of(operation):
        lines.append(f'-H "Authorization: Bearer {token}"')
    if operation.body_sample is not None:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(operation.body_sample, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _javascript(operation: Operation) -> str:
    token = token_of(operation)
    headers = ["Authorization: `Bearer ${token}`"] if token else []
    options = [] if operation.method == "GET" else [f'method: "{operation.method}"']
    if operation.body_sample is not None:
        headers.append('"Content-Type": "application/json"')
        options.append(f"body: JSON.stringify({json.dumps(operation.body_sample, ensure_ascii=False)})")
    if headers:
        options.insert(0, f"headers: {{ {', '.join(headers)} }}")
    inside = "".join(f"  {option},\n" for option in options)
    call = f'fetch("{address(operation)}", {{\n{inside}}})' if options else f'fetch("{address(operation)}")'
    return f"const answer = await {call};\nconst {{ data, error, meta }} = await answer.json();"


def _python(operation: Operation) -> Iterator[Sample]:
    method, lines = _SDK.get(operation.name, ("", ""))
    if not method or find_spec("onepin.client") is None:
        return
    package = import_module("onepin")
    resource, _, verb = method.partition(".")
    owner = _resource_class(package, resource)
    if owner is not None and hasattr(owner, verb):
        yield Sample("Python", "python", f"from onepin import OnePinClient\n\nclient = OnePinClient()\n{lines}")


def _resource_class(package: Any, resource: str) -> Any:
    """What ``client.<resource>`` is, by the SDK's own modules: ``ApiKeys`` for ``api_keys``."""
    if not hasattr(getattr(package, "OnePinClient", None), resource):
        return None
    module = import_module(f"onepin.client.resources.{resource}")
    return getattr(module, resource.title().replace("_", ""), None)


def _command(operation: Operation) -> Iterator[Sample]:
    words, rest = _CLI.get(operation.name, ("", ""))
    if words and command(words.split()) is not None:
        yield Sample("CLI", "sh", f"onepin {words} {rest}".rstrip())


def command(words: list[str]) -> click.Command | None:
    """The command that ``onepin WORDS`` runs, None where there is none."""
    found: click.Command = import_module("onepin.cli.main").cli
    for word in words:
        if not isinstance(found, click.Group):
            return None
        inner = found.get_command(click.Context(found), word)
        if inner is None:
            return None
        found = inner
    return found

"""How an operation is called: the same call for curl, the Python SDK, the command line and JavaScript.

What the SDK and the command line call it stands in ``clients.py``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from docsite import clients
from docsite.operations import IN_PATH, Operation

BASE = "@BASE@"
"""Stands for the server's address; whoever serves the page puts in the one that it was asked under."""
_QUERY = {"slug": "production"}
_BROWSERS = {
    "refresh_local_session": (f'-H "Origin: {BASE}"', '-b "$ONEPIN_COOKIE"'),
    "sign_out": (f'-H "Origin: {BASE}"', '-b "$ONEPIN_COOKIE"'),
}
"""What a browser adds by itself to the operations that are for it alone."""
_TOKENS = {"ApiKey": "$ONEPIN_API_KEY", "SessionToken": "$ONEPIN_TOKEN", "Verifier": "$ONEPIN_VERIFIER"}


@dataclass(frozen=True)
class Sample:
    """A call in one language: the name to show, the language for colours, the text."""

    title: str
    language: str
    text: str


def samples(operation: Operation) -> list[Sample]:
    """The samples of an operation; there is always one for curl and one for JavaScript."""
    found = [Sample("curl", "sh", _curl(operation)), *_clients(operation)]
    return [*found, Sample("JavaScript", "js", _javascript(operation))]


def _clients(operation: Operation) -> Iterator[Sample]:
    if program := clients.python(operation.name):
        yield Sample("Python", "python", program)
    if line := clients.command_line(operation.name):
        yield Sample("CLI", "sh", line)


def address(operation: Operation) -> str:
    """The address of the operation with values in place of its parameters."""
    path = operation.path
    for field in operation.path_fields:
        path = path.replace("{" + field.name + "}", IN_PATH[field.name])
    query = "&".join(f"{field.name}={_QUERY[field.name]}" for field in operation.query_fields if field.required)
    return f"{BASE}{path}{'?' if query else ''}{query}"


def token_of(operation: Operation) -> str | None:
    """The shell variable that holds a credential the operation takes; None where it takes none."""
    return _TOKENS[operation.credentials[0].name] if operation.credentials else None


def _curl(operation: Operation) -> str:
    lines = ["curl" if operation.method == "GET" else f"curl -X {operation.method}"]
    lines[0] += f' "{address(operation)}"' if "?" in address(operation) else f" {address(operation)}"
    if token := token_of(operation):
        lines.append(f'-H "Authorization: Bearer {token}"')
    lines += _BROWSERS.get(operation.name, ())
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

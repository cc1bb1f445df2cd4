"""The operations of the API as the documentation shows them, read from the OpenAPI document.

From the document as the code makes it, whose fields stand in the order in which the server sends them; the committed
one is the same, sorted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docsite.schema import Field, Schemas
from onepin.server.app import document

TAGS = {
    "api-keys": ("API keys", "Make, list, change, rotate and revoke keys."),
    "auth": ("Auth", "Ask who somebody is, and whether a key may pass."),
    "workspaces": ("Workspaces", "The places that keys belong to."),
    "members": ("Members", "Who belongs to a workspace, and as what."),
    "invites": ("Invites", "Bring people into a workspace."),
    "usage": ("Usage", "What keys did, and who changed what."),
    "system": ("System", "Whether the service runs and takes traffic."),
}
"""The order of the reference, with a title and a sentence each; a tag that is not here follows, titled as it is."""
IN_PATH = {
    "key_id": "0199d8a4-6a01-7d52-8f3e-0c9b6a5d4e21",
    "workspace_id": "0199d8a4-5f00-7a11-b2c3-4d5e6f708192",
    "member_id": "5b0c7f3e-3f0a-5d0e-9a4b-1c2d3e4f5a6b",
    "invite_id": "0199d8a4-6b00-7f20-8a1b-3c4d5e6f7081",
    "session_id": "0199d8a4-6c00-7b31-9d2e-4f5a6b7c8d90",
    "token": "pk_invite_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q2cJmFd",
    "user_code": "WDJB-MJHT",
}
"""What samples have in place of the parameters of a path: the same ids as the answers that are shown."""
METHODS = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True)
class Credential:
    """One way to authenticate: the scheme's name, what the token looks like, and what it is."""

    name: str
    form: str
    about: str


@dataclass(frozen=True)
class Problem:
    """A refusal: its status and code, and an answer of that kind: status, the headers that matter, body as JSON."""

    status: int
    code: str
    message: str
    sample: str


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    name: str
    slug: str
    tag: str
    title: str
    method: str
    path: str
    about: str
    credentials: tuple[Credential, ...]
    path_fields: tuple[Field, ...]
    header_fields: tuple[Field, ...]
    query_fields: tuple[Field, ...]
    body_fields: tuple[Field, ...]
    body_required: bool
    body_sample: Mapping[str, Any] | None
    success: int
    answer_fields: tuple[Field, ...]
    answer_sample: str
    problems: tuple[Problem, ...]

    @property
    def badge(self) -> str:
        """The method as its badge has it."""
        return "DEL" if self.method == "DELETE" else self.method


def load() -> list[Operation]:
    """Every operation of the OpenAPI document: by tag, then in the order of a key's life."""
    described = document()
    reader = _Reader(described)
    found = [
        reader.operation(path, method, item[method])
        for path, item in described["paths"].items()
        for method in METHODS
        if method in item
    ]
    tags = [*TAGS, *sorted({operation.tag for operation in found} - set(TAGS))]
    return sorted(found, key=lambda operation: (tags.index(operation.tag), _order(operation)))


def slug_of(operation_id: str) -> str:
    """The last part of an operation's address, as the public site forms it: ``…_api_v1_…`` is ``…-api-v-1-…``."""
    words = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", "-", operation_id)
    return re.sub(r"[_-]+", "-", words).strip("-")


def function_of(operation_id: str) -> str:
    """The operation's own name: its id without the path and method that FastAPI appends."""
    return re.sub(r"(_api_v1_|_health_|_ready_).*$", "", operation_id)


def _order(operation: Operation) -> tuple[int, int, str]:
    depth = operation.path.count("/") + operation.path.count("{")
    verbs = ("list", "create", "get", "update", "delete")
    verb = operation.title.split(" ", 1)[0].lower()
    return (verbs.index(verb) if verb in verbs else len(verbs), depth, operation.path)


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = Schemas(document)
        self._components = document["components"]

    def operation(self, path: str, method: str, raw: Mapping[str, Any]) -> Operation:
        tag = raw["tags"][0]
        status, answer = next((int(code), value) for code, value in raw["responses"].items() if code.startswith("2"))
        content = answer.get("content", {}).get("application/json", {})
        answer_fields = self._schemas.fields(content.get("schema", {}))
        body = raw.get("requestBody")
        body_fields = self._schemas.fields(body["content"]["application/json"]["schema"]) if body else ()
        return Operation(
            name=function_of(raw["operationId"]),
            slug=f"api-reference/{tag}/{slug_of(raw['operationId'])}",
            tag=tag,
            title=raw["summary"],
            method=method.upper(),
            path=path,
            about=raw.get("description", "").replace("``", "`"),
            credentials=tuple(self._credential(next(iter(way))) for way in raw.get("security", ())),
            path_fields=self._parameters(raw, "path"),
            header_fields=self._parameters(raw, "header"),
            query_fields=self._parameters(raw, "query"),
            body_fields=body_fields,
            body_required=bool(body and body.get("required")),
            body_sample=_body_sample(body_fields, tag) if body_fields else None,
            success=status,
            answer_fields=answer_fields,
            answer_sample=json.dumps(content["example"], indent=2, ensure_ascii=False),
            problems=tuple(self._problems(raw["responses"])),
        )

    def _parameters(self, raw: Mapping[str, Any], place: str) -> tuple[Field, ...]:
        found = []
        for parameter in raw.get("parameters", ()):
            if parameter["in"] == place:
                schema = {"description": parameter.get("description", ""), **parameter["schema"]}
                field = self._schemas.field(parameter["name"], schema, required=parameter.get("required", False))
                found.append(field)
        return tuple(sorted(found, key=lambda field: not field.required))

    def _credential(self, name: str) -> Credential:
        scheme = self._components["securitySchemes"][name]
        return Credential(name, scheme.get("bearerFormat", "token"), scheme["description"])

    def _problems(self, responses: Mapping[str, Any]) -> Iterator[Problem]:
        for status, response in responses.items():
            examples = response.get("content", {}).get("application/json", {}).get("examples", {})
            for code, example in examples.items():
                value = self._components["examples"][example["$ref"].rpartition("/")[2]]["value"]
                lines = [f"HTTP/1.1 {status}", *_headers(response, code)]
                body = json.dumps(value, indent=2, ensure_ascii=False)
                lines += ["Content-Type: application/json", "", body]
                yield Problem(int(status), code, value["error"]["message"], "\n".join(lines))


def _headers(response: Mapping[str, Any], code: str) -> Iterator[str]:
    """The headers that an answer with ``code`` has, beside those of every answer."""
    for name, header in response.get("headers", {}).items():
        if code in header["examples"]:
            yield f"{name}: {header['examples'][code]['value']}"


def _body_sample(fields: tuple[Field, ...], tag: str) -> Mapping[str, Any]:
    """The least body that is allowed; where nothing is required, the first field, so that it says something."""
    wanted = [field for field in fields if field.required] or list(fields[:1])
    known = _SENT | _SENT_TO.get(tag, {})
    return {field.name: known[field.name] for field in wanted}


_SENT: dict[str, Any] = {
    "name": "Production key",
    "grace_seconds": 3600,
    "api_key": "pk_live_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q1SPwG5",
    "code": "ZQ3mV7yK0pXrT5sB8nJ2wL6dF1gH4cA9eU3iO7qM5kY",
    "email": "bob@example.com",
    "role": "editor",
    "approve": True,
}
"""What a sample sends, by field. A field that is required and not here stops the build."""
_SENT_TO: dict[str, dict[str, Any]] = {"workspaces": {"name": "Production"}}

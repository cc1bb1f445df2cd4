"""The operations of the API as the documentation shows them, read from the OpenAPI document."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docsite.schema import Field, Schemas

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
METHODS = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True)
class Credential:
    """One way to authenticate: the scheme's name, what the token looks like, and what it is."""

    name: str
    form: str
    about: str


@dataclass(frozen=True)
class Problem:
    """A refusal: its status and code, and an answer of that kind as JSON."""

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


def load(path: Path) -> list[Operation]:
    """Every operation of the OpenAPI document at ``path``: by tag, then in the order of a key's life."""
    document = json.loads(path.read_text("utf-8"))
    reader = _Reader(document)
    found = [
        reader.operation(path, method, item[method])
        for path, item in document["paths"].items()
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
        sample = content.get("example")
        if sample is None:
            sample = made_up(answer_fields)
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
            body_sample=_body_sample(body_fields) if body_fields else None,
            success=status,
            answer_fields=answer_fields,
            answer_sample=json.dumps(sample, indent=2, ensure_ascii=False),
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

    def _problems(self, responses: Mapping[str, Any]) -> list[Problem]:
        found = []
        for status, response in responses.items():
            examples = response.get("content", {}).get("application/json", {}).get("examples", {})
            for code, example in examples.items():
                value = self._components["examples"][example["$ref"].rpartition("/")[2]]["value"]
                text = json.dumps(value, indent=2, ensure_ascii=False)
                found.append(Problem(int(status), code, value["error"]["message"], text))
        return found


def made_up(fields: tuple[Field, ...]) -> dict[str, Any]:
    """A sample for a schema without one: a value of the right type for every field that is always there."""
    return {field.name: _value(field) for field in fields if field.required}


def _value(field: Field) -> Any:
    kind = field.type.removesuffix(" or null")
    if field.name.endswith("_at") and "null" not in field.type:
        return "2026-05-01T12:00:00.000Z"
    if field.name in _NAMED:
        return _NAMED[field.name]
    if field.children:
        return [made_up(field.children)] if kind.startswith("list") else made_up(field.children)
    if field.has_default and field.default is not None:
        return field.default
    if field.values and not kind.startswith("list"):
        return field.values[0]
    if "null" in field.type:
        return None
    return _KINDS.get(kind, [] if kind.startswith("list") else "…")


_NAMED: dict[str, Any] = {
    "name": "Production key",
    "slug": "production",
    "email": "ann@example.com",
    "version": "0.1.0",
    "request_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10",
    "token": "eyJhbGciOiJSUzI1NiIs…",
    "code": "ZQ3m…",
    "reason": None,
    "api_key": "pk_live_9f8e7d6c5b4A3z2Y1x0W9v8U7t6S5r4Q1SPwG5",
}
_KINDS: dict[str, Any] = {
    "uuid": "0199d8a4-6a01-7d52-8f3e-0c9b6a5d4e21",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "object": {},
    "string": "…",
}


def _body_sample(fields: tuple[Field, ...]) -> Mapping[str, Any]:
    """The least body that is allowed; where nothing is required, the first field, so that it says something."""
    named = [field for field in fields if field.name == "name"]
    wanted = [field for field in fields if field.required] or named or list(fields[:1])
    return {field.name: _VALUES_SENT.get(field.name, _value(field)) for field in wanted}


_VALUES_SENT: dict[str, Any] = {"grace_seconds": 3600}

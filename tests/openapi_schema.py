"""Answers compared with the OpenAPI document: every documented field there, of its type, and none beside.

A small reading of JSON Schema 2020-12, of the words that the document uses; one it does not know is an error, so the
document can't outgrow it unnoticed.
"""

import functools
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from onepin.server.app import document
from onepin.server.edge.hot import CHECK

_ANNOTATIONS = {"title", "description", "default", "examples", "example"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
Schema = dict[str, Any]


@functools.cache
def openapi() -> dict[str, Any]:
    """The document of a server with default settings."""
    return document()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of the document: method, path template, description."""
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


@functools.cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(openapi()["paths"], key=lambda path: "{" in path)
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths]


def operation_for(method: str, path: str) -> dict[str, Any] | None:
    """The documented operation that answers a request, or None."""
    if path == CHECK or path.startswith(f"{CHECK}/"):  # documented once for every method and path below
        method, path = "GET", CHECK
    for pattern, template in _templates():
        found: dict[str, Any] | None = openapi()["paths"][template].get(method.lower())
        if found is not None and pattern.fullmatch(path):
            return found
    return None


def answer_schema(operation: dict[str, Any], status: int) -> Schema | None:
    """The schema of an operation's answer with ``status``, or None when that status is not documented."""
    response = operation["responses"].get(str(status))
    if response is None:
        return None
    schema: Schema = response["content"]["application/json"]["schema"]
    return schema


def documented_codes(operation: dict[str, Any], status: int) -> set[str]:
    """The error codes that an operation names for a status."""
    return set(operation["responses"][str(status)]["content"]["application/json"]["examples"])


def faults(value: Any, schema: Schema, at: str = "$") -> list[str]:
    """Where ``value`` departs from ``schema``; an object may have no field that is not named there."""
    if "$ref" in schema:
        return faults(value, openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]], at)
    if "anyOf" in schema:
        tried = [faults(value, option, at) for option in schema["anyOf"]]
        return [] if any(not found for found in tried) else min(tried, key=len)
    expected = schema.get("type")
    if expected is not None:
        right = isinstance(value, _TYPES[expected]) and (expected == "boolean" or not isinstance(value, bool))
        if not right:
            return [f"{at}: {type(value).__name__} instead of {expected}"]
    return [fault for word, says in schema.items() for fault in _apply(word, says, value, schema, at)]


def _apply(word: str, says: Any, value: Any, schema: Schema, at: str) -> list[str]:
    match word:
        case "properties":
            return _properties(value, schema, at)
        case "items":
            return [fault for i, item in enumerate(value) for fault in faults(item, says, f"{at}[{i}]")]
        case "enum" | "const":
            return [] if value in (says if word == "enum" else [says]) else [f"{at}: {value!r} is none of {says}"]
        case "format":
            return [] if _has_format(value, says) else [f"{at}: {value!r} is no {says}"]
        case "minItems" | "minLength":
            return [] if len(value) >= says else [f"{at}: {len(value)} < {says}"]
        case "maxItems" | "maxLength":
            return [] if len(value) <= says else [f"{at}: {len(value)} > {says}"]
        case "minimum" | "maximum":
            return [] if (value >= says if word == "minimum" else value <= says) else [f"{at}: {value}, {word} {says}"]
        case "pattern":
            return [] if re.search(says, value) else [f"{at}: {value!r} does not match {says}"]
        case "type" | "required":
            return []
        case "additionalProperties":
            closed = says is False or "properties" not in schema  # an object that names no field may hold any
            return [] if closed else [f"{at}: additionalProperties is not closed"]
    assert word in _ANNOTATIONS, f"{word}: a word of JSON Schema that this reading does not know"
    return []


def _properties(value: dict[str, Any], schema: Schema, at: str) -> list[str]:
    named: dict[str, Schema] = schema["properties"]
    found = [f"{at}.{name}: missing" for name in schema.get("required", ()) if name not in value]
    found += [f"{at}.{name}: not in the schema" for name in value if name not in named]
    for name, inner in named.items():
        if name in value:
            found += faults(value[name], inner, f"{at}.{name}")
    return found


def _has_format(value: str, name: str) -> bool:
    try:
        match name:
            case "uuid":
                return str(UUID(value)) == value
            case "date-time":
                return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    raise AssertionError(f"{name}: a format that this reading does not know")

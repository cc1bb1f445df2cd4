"""Every parameter and field of the API is described, and HTML, Markdown, llms-full.txt and OpenAPI say the same of it.

The OpenAPI document is read here anew, without the reader that makes the pages: a fault of that reader would show.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from docsite.operations import slug_of
from openapi_schema import openapi
from openapi_schema import operations as described

Schema = dict[str, Any]
EVERY = [pytest.param(method, path, raw, id=raw["operationId"]) for method, path, raw in described()]
every_operation = pytest.mark.parametrize(("method", "path", "operation"), EVERY)
WORDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


@dataclass(frozen=True)
class Said:
    """What the OpenAPI document says of one parameter or field; ``name``: as a path through objects and lists."""

    name: str
    about: str
    required: bool
    default: Any
    bounds: tuple[int, ...]
    values: tuple[str, ...]


def parameters(operation: Schema) -> list[Said]:
    """What is sent beside the body."""
    found = operation.get("parameters", ())
    return [said for p in found for said in read(p["name"], p["schema"] | p, p.get("required", False))]


def sent(operation: Schema) -> list[Said]:
    """The fields of the body."""
    body = operation.get("requestBody", {"content": {}})["content"]
    return [said for content in body.values() for said in fields(content["schema"])]


def answered(operation: Schema, statuses: str = "2") -> list[Said]:
    """The fields of the answers whose status begins like this."""
    answers = (answer for status, answer in operation["responses"].items() if status.startswith(statuses))
    return [said for answer in answers for said in fields(answer["content"]["application/json"]["schema"])]


def fields(schema: Schema, prefix: str = "") -> Iterator[Said]:
    """Everything below an object, or below the alternatives of one that may be null."""
    for part in parts(schema):
        for name, inner in part.get("properties", {}).items():
            yield from read(f"{prefix}{name}", inner, name in part.get("required", ()))


def read(name: str, schema: Schema, required: bool) -> Iterator[Said]:
    """A field and everything below it."""
    every = list(parts(schema))
    items = [item for part in every for item in parts(part.get("items", {}))]
    yield Said(
        name,
        next((part["description"] for part in [schema, *every] if "description" in part), ""),
        required,
        schema.get("default"),
        tuple(int(part[word]) for part in every for word in WORDS if word in part),
        tuple(str(value) for part in [*every, *items] for value in [*part.get("enum", ()), *const(part)]),
    )
    yield from fields(schema, f"{name}.")
    for item in items:
        yield from fields(item, f"{name}[].")


def parts(schema: Schema) -> Iterator[Schema]:
    """A schema without references, or each of its alternatives but null."""
    if "$ref" in schema:
        yield from parts(openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            if choice.get("type") != "null":
                yield from parts(choice)
    else:
        yield schema


def const(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else []


def says_nothing(about: str, name: str) -> bool:
    """Whether a description is missing, or only its name in other spelling."""
    last = re.split(r"[.\[\]]+", name.strip("[]"))[-1]
    fillers = {"the", "a", "an", "of", "is", "this", "its", "field", "value", "parameter"}
    return set(re.findall(r"[a-z]+", about.lower())) - fillers <= set(re.findall(r"[a-z]+", last.lower()))


@pytest.mark.parametrize(
    "about", ["", "Key id.", "The key_id", "the KEY of this ID!", "The value of the field key_id."]
)
def test_a_description_that_is_missing_or_only_the_name_again_is_found(about: str) -> None:
    assert says_nothing(about, "data[].key_id")
    assert not says_nothing("The id of the key, a UUID.", "data[].key_id")


@every_operation
def test_everything_of_an_operation_is_described(method: str, path: str, operation: Schema) -> None:
    assert not says_nothing(operation["summary"], "")
    assert len(operation["description"]) > len(operation["summary"])
    everything = [*parameters(operation), *sent(operation), *answered(operation, "")]
    bare = [said.name for said in everything if says_nothing(said.about, said.name)]
    assert not bare, f"say what they are: {bare}"
    assert all(said.about[-1] in ".…)" for said in everything), "descriptions are sentences"


@every_operation
def test_all_forms_of_a_page_agree_with_the_document(site: Path, method: str, path: str, operation: Schema) -> None:
    slug = f"api-reference/{operation['tags'][0]}/{slug_of(operation['operationId'])}"
    markdown = (site / "docs" / f"{slug}.md").read_text("utf-8").partition("\n\n")[2]
    page = (site / "docs" / f"{slug}.html").read_text("utf-8")
    full = (site / "llms-full.txt").read_text("utf-8")
    assert markdown.strip() in full, "llms-full.txt has another page"
    before, _, after = markdown.partition("\n## Response")
    for text, expected, words in (
        (before, [*parameters(operation), *sent(operation)], ("optional", "required")),
        (after.partition("\n## Errors")[0], answered(operation), ("sometimes", "always")),
    ):
        rows = re.findall(r"^\| `(\S+?)` \| (.+?) \| (\w+) \| (.+) \|$", text, re.MULTILINE)
        assert {name for name, *_ in rows} == {said.name for said in expected}
        for name, _, need, cell in rows:
            [said] = [said for said in expected if said.name == name]
            assert need == words[said.required], name
            for word in words_of(said):
                assert word in cell, f"{name}: {word!r} is not in the Markdown"
                assert plain(word) in plain(page), f"{name}: {word!r} is not in the HTML"


def words_of(said: Said) -> list[str]:
    """What has to stand with a field, wherever it is shown."""
    default = said.default
    shown = [] if default is None else [", ".join(map(str, default)) if isinstance(default, list) else str(default)]
    bounds = [f"{bound:,}" for bound in said.bounds]
    return [" ".join(said.about.split()).replace("|", "\\|"), *bounds, *said.values, *shown]


def plain(text: str) -> str:
    """Text without mark-up of either kind and without white space."""
    return re.sub(r"[\s`\\]", "", html.unescape(re.sub(r"<[^>]+>", "", text)))


@every_operation
def test_the_codes_of_an_operation_are_the_same_everywhere(
    site: Path, method: str, path: str, operation: Schema
) -> None:
    slug = f"api-reference/{operation['tags'][0]}/{slug_of(operation['operationId'])}"
    documented = {
        (status, code)
        for status, answer in operation["responses"].items()
        for code in answer["content"]["application/json"].get("examples", {})
    }
    markdown = (site / "docs" / f"{slug}.md").read_text("utf-8")
    page = (site / "docs" / f"{slug}.html").read_text("utf-8")
    assert set(re.findall(r"^\| (\d{3}) \| `([A-Z_]+)` \|", markdown, re.MULTILINE)) == documented
    assert set(re.findall(r'<span class="status">(\d{3})</span> <code>([A-Z_]+)</code>', page)) == documented

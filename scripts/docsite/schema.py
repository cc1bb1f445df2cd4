"""A JSON schema of the OpenAPI document as a tree of fields, the way a reader wants to see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]
_RANGES = (
    ("minimum", "maximum", "{} to {}", "at least {}", "at most {}"),
    ("minLength", "maxLength", "{} to {} characters", "at least {} characters", "at most {} characters"),
    ("minItems", "maxItems", "{} to {} items", "at least {} items", "at most {} items"),
)
_FORMATS = {"uuid": "uuid", "date-time": "datetime"}


@dataclass(frozen=True)
class Field:
    """One value in a request or an answer. ``limits``: its range as text; ``children``: the fields of an object."""

    name: str
    type: str
    required: bool
    about: str = ""
    limits: str = ""
    default: Any = None
    has_default: bool = False
    values: tuple[str, ...] = ()
    children: tuple["Field", ...] = field(default=())

    def flat(self, path: str = "") -> Iterator[tuple[str, "Field"]]:
        """This field and all below it, each with its dotted path."""
        here = f"{path}.{self.name}" if path else self.name
        yield here, self
        inside = f"{here}[]" if self.type.startswith("list") else here
        for child in self.children:
            yield from child.flat(inside)


class Schemas:
    """The named schemas of a document, which others refer to."""

    def __init__(self, document: Schema) -> None:
        self._named: Schema = document["components"]["schemas"]

    def resolved(self, schema: Schema) -> tuple[Schema, bool]:
        """``schema`` without references and without the alternative null, and whether it may be null."""
        nullable = False
        while "$ref" in schema or "anyOf" in schema:
            if "$ref" in schema:
                target = self._named[schema["$ref"].rpartition("/")[2]]
                schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
                continue
            choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
            nullable = nullable or len(choices) < len(schema["anyOf"])
            outer = {key: value for key, value in schema.items() if key != "anyOf"}
            schema = {**choices[0], **outer}
        return schema, nullable

    def fields(self, schema: Schema) -> tuple[Field, ...]:
        """The fields of an object, or of the objects in a list; none of anything else."""
        found, _ = self.resolved(schema)
        if found.get("type") == "array":
            return self.fields(found["items"])
        required = set(found.get("required", ()))
        properties: Schema = found.get("properties", {})
        ordered = sorted(properties, key=lambda name: name not in required)
        return tuple(self.field(name, properties[name], required=name in required) for name in ordered)

    def field(self, name: str, schema: Schema, *, required: bool) -> Field:
        """One field with everything that its schema says."""
        found, nullable = self.resolved(schema)
        values = _values(self.resolved(found["items"])[0] if found.get("type") == "array" else found)
        return Field(
            name=name,
            type=self._type(found) + (" or null" if nullable else ""),
            required=required,
            about=found.get("description", ""),
            limits=_limits(found),
            default=found.get("default"),
            has_default="default" in found,
            values=tuple(map(str, values)),
            children=self.fields(found),
        )

    def _type(self, schema: Schema) -> str:
        if schema.get("type") == "array":
            return f"list of {self._type(self.resolved(schema['items'])[0])}"
        if _values(schema):
            return "enum"
        return _FORMATS.get(schema.get("format", ""), str(schema.get("type", "any")))


def _values(schema: Schema) -> tuple[Any, ...]:
    """The values that are allowed, where they are named."""
    return (schema["const"],) if "const" in schema else tuple(schema.get("enum", ()))


def _limits(schema: Schema) -> str:
    found = []
    for low, high, both, least, most in _RANGES:
        if low in schema and high in schema:
            found.append(both.format(_number(schema[low]), _number(schema[high])))
        elif low in schema:
            found.append(least.format(_number(schema[low])))
        elif high in schema:
            found.append(most.format(_number(schema[high])))
    if "pattern" in schema:
        found.append(f"like {schema['pattern']}")
    return ", ".join(found)


def _number(value: float) -> str:
    return f"{int(value):,}"

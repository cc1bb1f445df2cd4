"""The reading of JSON Schema that answers are held against does find what is wrong."""

from typing import Any

import pytest

from openapi_schema import faults


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, {"type": "string"}),
        (True, {"type": "integer"}),
        (1.5, {"type": "integer"}),
        (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ("x", {"enum": ["a", "b"]}),
        ("x", {"const": "a"}),
        ("x", {"type": "string", "format": "uuid"}),
        ("0199D8A4-5F1E-7C3B-9A54-3F1C2B7D9E10", {"type": "string", "format": "uuid"}),
        ("yesterday", {"type": "string", "format": "date-time"}),
        ([], {"type": "array", "minItems": 1}),
        ([1], {"type": "array", "items": {"type": "string"}}),
        (0, {"type": "integer", "minimum": 1}),
        ("abc", {"type": "string", "maxLength": 2}),
        ("abc", {"type": "string", "pattern": "^[0-9]+$"}),
        ({}, {"type": "object", "properties": {}, "required": ["a"]}),
        ({"a": 1}, {"type": "object", "properties": {}}),
    ],
)
def test_a_value_that_departs_from_its_schema_is_found(value: Any, schema: dict[str, Any]) -> None:
    assert faults(value, schema)


def test_a_word_of_json_schema_that_is_not_read_is_an_error() -> None:
    with pytest.raises(AssertionError, match="does not know"):
        faults("x", {"not": {"type": "string"}})

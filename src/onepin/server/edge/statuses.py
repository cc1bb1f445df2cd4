"""The refusals of an operation, for its documentation."""

from typing import Any

from onepin.contract.codes import Code
from onepin.contract.envelopes import ErrorEnvelope, ValidationErrorEnvelope

_META = {"request_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "timestamp": "2026-05-01T12:00:00.000Z"}
ANYWHERE = (400, 429, 500)
"""What any operation can answer. A 405 is no operation's answer."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route: every status with its model, codes and an example each. ``ANYWHERE`` is added."""
    return {status: _response(status) for status in sorted({*statuses, *ANYWHERE})}


def _response(status: int) -> dict[str, Any]:
    codes = [code for code in Code if code.status == status]
    return {
        "model": ValidationErrorEnvelope if status == 422 else ErrorEnvelope,
        "description": " · ".join(f"`{code.value}`" for code in codes),
        "content": {
            "application/json": {
                "examples": {code.value: {"$ref": f"#/components/examples/{code.value}"} for code in codes}
            },
        },
    }


def examples() -> dict[str, Any]:
    """A refusal of every code, for the document's components."""
    return {code.value: {"value": _example(code)} for code in Code}


def _example(code: Code) -> dict[str, Any]:
    details = [{"field": "name", "message": "must not be blank"}] if code is Code.VALIDATION_ERROR else []
    body: dict[str, Any] = {"error": {"code": code.value, "message": code.text, "details": details}, "meta": _META}
    if code.status == 422:
        body["detail"] = [{"loc": ["body", "name"], "msg": "must not be blank", "type": "value_error"}]
    return body

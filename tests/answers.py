"""What a test expects of an answer, in one line."""

from typing import Any

import httpx

from onepin.contract.codes import Code


def data(answer: httpx.Response, status: int = 200) -> Any:
    """The ``data`` of a success."""
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def refused(answer: httpx.Response, code: str, field: str | None = None) -> str:
    """The message of a refusal with ``code``, about ``field`` if given."""
    assert answer.status_code == Code(code).status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code, answer.text
    if field is not None:
        assert field in {detail["field"] for detail in error["details"]}, answer.text
    message: str = error["message"]
    return message


def without_meta(answer: httpx.Response) -> Any:
    """Everything of an answer that must not differ between two that are the same: status, headers, body."""
    body = answer.json()
    body.pop("meta", None)
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "content-length")}
    return answer.status_code, headers, body

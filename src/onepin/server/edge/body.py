"""A request body: read with a cap, as strict JSON (RFC 8259, UTF-8), into a model of the contract."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from onepin.contract.codes import Code
from onepin.server.errors import Detail, Refused
from onepin.server.identity.credential import single_header

M = TypeVar("M", bound=BaseModel)
LARGEST = 64 * 1024
SLOWEST_SECONDS = 10.0
DEEPEST = 16
_FORBIDDEN = "is not a field of this request"


async def read_body(request: Request) -> bytes:
    """The body, at most 64 KiB. Raises ``Refused``: PAYLOAD_TOO_LARGE, as soon as it is known to be larger, and
    BAD_REQUEST when the client left in the middle or took longer than 10 s.
    """
    length = single_header(request.scope["headers"], b"content-length")
    if length is not None and length.isdigit() and int(length) > LARGEST:
        raise Refused(Code.PAYLOAD_TOO_LARGE)
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Refused(Code.BAD_REQUEST, "The request ended before its body was complete.")
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > LARGEST:
                    raise Refused(Code.PAYLOAD_TOO_LARGE)
    except TimeoutError:
        raise Refused(Code.BAD_REQUEST, "The body took too long to arrive.") from None
    return bytes(body)


def require_json(request: Request) -> None:
    """Raises ``Refused`` (UNSUPPORTED_MEDIA_TYPE) unless the body is uncompressed ``application/json`` in UTF-8."""
    headers = request.scope["headers"]
    kind, _, parameters = (single_header(headers, b"content-type") or "").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('" ')
    encoding = (single_header(headers, b"content-encoding") or "identity").strip().lower()
    if kind.strip() != "application/json" or charset not in ("", "utf-8", "utf8") or encoding != "identity":
        raise Refused(Code.UNSUPPORTED_MEDIA_TYPE)


def parse_json(body: bytes) -> Any:
    """Strict JSON. Raises ``Refused`` (BAD_REQUEST): not UTF-8, malformed, duplicate names, NaN, nested too deep."""
    try:
        value = _STRICT.decode(body.decode("utf-8"))
        _measure(value, DEEPEST)
    except RecursionError:
        raise Refused(Code.BAD_REQUEST, "The body is nested too deeply.") from None
    except UnicodeDecodeError:
        raise Refused(Code.BAD_REQUEST, "The body is not valid UTF-8.") from None
    except ValueError as error:
        message = str(error) if isinstance(error, _Malformed) else "The body is not valid JSON."
        raise Refused(Code.BAD_REQUEST, message) from None
    return value


class _Malformed(ValueError):
    """A fault whose text may be shown."""


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Malformed("The body has an object with the same name twice.")
    return found


def _no_constant(name: str) -> Any:
    raise _Malformed(f"{name} is not JSON.")


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _measure(value: Any, left: int) -> None:
    if left == 0:
        raise _Malformed("The body is nested too deeply.")
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return
    for inner in value:
        if isinstance(inner, dict | list):
            _measure(inner, left - 1)


def validated(model: type[M], value: Any, *, location: str, context: Mapping[str, Any]) -> M:
    """``value`` as ``model``. Raises ``Refused`` (VALIDATION_ERROR) naming every field that is wrong; what was sent is
    never repeated.
    """
    try:
        return model.model_validate(value, context=dict(context))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        details = [
            Detail(
                ".".join(str(part)[:100] for part in fault["loc"]) or location,
                _FORBIDDEN if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, "),
                location,
                fault["type"],
            )
            for fault in faults[:20]
        ]
        first = details[0]
        raise Refused(Code.VALIDATION_ERROR, f"{first.field}: {first.message}", details=details) from None

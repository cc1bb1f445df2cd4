"""The two shapes that every answer has: success with ``data``, refusal with ``error``; both with ``meta``."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from onepin.contract.codes import Code

T = TypeVar("T")


def rfc3339(moment: datetime) -> str:
    """``moment`` as RFC 3339 in UTC with ``Z`` and exactly three digits of a second."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Timestamp = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]
"""A point in time; on the wire RFC 3339, UTC, ``Z``, milliseconds."""

CreatedAt = Annotated[Timestamp, Field(description="When it was made (RFC 3339, UTC).")]
UpdatedAt = Annotated[
    Timestamp, Field(description="When it was last changed (RFC 3339, UTC). Being used is no change.")
]


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,20}", value, re.ASCII):
        raise ValueError("must be a whole number")
    return value


def _or_a_new_word(value: Any, known: ValidatorFunctionWrapHandler) -> Any:
    try:
        return known(value)
    except ValidationError:
        if isinstance(value, str):
            return value
        raise


OPEN = WrapValidator(_or_a_new_word)
"""For a word out of a list in a response: a reader keeps words that are newer than itself."""

QueryInt = Annotated[int, BeforeValidator(_digits), Field(strict=False)]
"""A whole number in a query string: digits and nothing else."""


class WireModel(BaseModel):
    """A response model. Readers ignore fields they don't know, so that an old client survives a new field."""

    model_config = ConfigDict(extra="ignore")


class RequestModel(BaseModel):
    """A request model. Strict: unknown fields and values of another type are errors (RFC 8259 types, no coercion)."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Meta(WireModel):
    """About the answer, not the thing: which request, when."""

    request_id: UUID = Field(description="Identifies this request in our logs; also in the X-Request-Id header.")
    timestamp: Timestamp = Field(description="When the answer was made, RFC 3339 in UTC.")


class Pagination(WireModel):
    """Where a page of a list stands."""

    next: str | None = Field(description="Absolute URL of the next page, null on the last.")
    prev: str | None = Field(description="Absolute URL of the previous page, null on the first.")
    limit: int = Field(description="The page size that was applied.")
    total: int = Field(description="How many items match the filters, over all pages.")


DATA_OF_A_PAGE = "The items of this page; empty when there are none."
PAGINATION = "Where this page stands in the whole list."
META = "About this answer: which request it belongs to, and when it was made."


class Envelope(WireModel, Generic[T]):
    """A success."""

    data: T = Field(description="What was asked for or done.")
    meta: Meta = Field(description=META)


class ListEnvelope(WireModel, Generic[T]):
    """A success that is one page of a list."""

    data: list[T] = Field(description=DATA_OF_A_PAGE)
    pagination: Pagination = Field(description=PAGINATION)
    meta: Meta = Field(description=META)


class ErrorDetail(WireModel):
    """One thing that is wrong, and with which field."""

    field: str = Field(description="The field, parameter or header at fault; a dot leads into an object or a list.")
    message: str = Field(description="What is wrong with it, in English, for people. It never repeats what was sent.")


class ErrorBody(WireModel):
    """What went wrong: match on ``code``, show ``message``."""

    code: Code = Field(description="What went wrong, for programs: match on it. A code is never given another meaning.")
    message: str = Field(description="What went wrong, in English, for people. The wording may change.")
    details: list[ErrorDetail] = Field(description="The fields at fault, at most 20; empty when none is.")


class ErrorEnvelope(WireModel):
    """Every answer that is not a success."""

    error: ErrorBody = Field(description="Why there is no success.")
    meta: Meta = Field(description=META)


class ValidationIssue(WireModel):
    """The same fault in the form that generated clients expect."""

    loc: list[str | int] = Field(
        description="Where the field stands: `body`, `path`, `query` or `header`, then its name."
    )
    msg: str = Field(description="What is wrong with it, as in `error.details`.")
    type: str = Field(description="The kind of fault in one word, such as `missing` or `value_error`.")


class ValidationErrorEnvelope(ErrorEnvelope):
    """A 422: the error envelope, and ``detail`` beside it for generated clients."""

    detail: list[ValidationIssue] = Field(
        min_length=1, description="The same faults as in `error.details`, in the form that generated clients expect."
    )


class Empty(RequestModel):
    """No body is needed; an empty JSON object is accepted."""


def example(data: Any, **more: Any) -> dict[str, Any]:
    """A success as documentation shows it."""
    return {
        "data": data,
        **more,
        "meta": {"request_id": "0199d8a4-5f1e-7c3b-9a54-3f1c2b7d9e10", "timestamp": "2026-05-01T12:00:00.000Z"},
    }

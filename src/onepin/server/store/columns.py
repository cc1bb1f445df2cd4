"""Types of columns that neither database has, or has in the same way."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, LargeBinary, Text, TypeDecorator, Uuid
from sqlalchemy.types import TypeEngine

_COMPACT = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REMEMBERED = 16_384
"""Values of a kind. Making a UUID takes ten times as long as finding it, and every request reads four; some 4 MB."""


@lru_cache(REMEMBERED)
def _uuid(value: bytes | None) -> UUID | None:
    return None if value is None else UUID(bytes=value)


@lru_cache(REMEMBERED)
def _words(value: str) -> tuple[str, ...]:
    return tuple(value.split())


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` in PostgreSQL, microseconds since 1970 in SQLite (which has no such type)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        native = dialect.name == "postgresql"
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if native else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive datetimes; they are always a mistake."""
        if value is None or dialect.name == "postgresql":
            return value
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Timezone-aware on both."""
        if value is None or dialect.name == "postgresql":
            return value  # type: ignore[no-any-return]
        return _EPOCH + timedelta(microseconds=value)


class Id(TypeDecorator[UUID]):
    """A UUID: native in PostgreSQL, its 16 bytes in SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        return dialect.type_descriptor(Uuid() if dialect.name == "postgresql" else LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """Bytes for SQLite."""
        return value if value is None or dialect.name == "postgresql" else value.bytes

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], UUID | None] | None:
        """A UUID on both. In place of ``process_result_value``, which would stand behind two more calls per value."""
        return None if dialect.name == "postgresql" else _uuid


class Words(TypeDecorator[tuple[str, ...]]):
    """A list of words without spaces (scopes), kept as one text as in OAuth (RFC 6749 §3.3), order preserved."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        """Joined by single spaces."""
        return None if value is None else " ".join(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], tuple[str, ...]]:
        """Split again; the empty text is no words."""
        return _words


class JsonText(TypeDecorator[dict[str, Any]]):
    """A small JSON object that SQL never looks into."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str:
        """Compact, keys in order."""
        return _COMPACT(value or {})

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any]:
        """The object again."""
        return json.loads(value)  # type: ignore[no-any-return]

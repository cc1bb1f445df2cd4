"""A named statement: SQLAlchemy Core writes its text once per database, the driver runs it.

Executing through SQLAlchemy costs two to three times the CPU of the driver alone (docs/decisions/0005), and a
transaction here is a coroutine that either driver can run; so Core is the author, not the courier.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.sql.expression import ClauseElement

R = TypeVar("R")
Row = Sequence[Any]


class Query(Generic[R]):
    """One question to the database. ``make`` turns a row of plain values into the record it stands for."""

    def __init__(self, element: Any, make: Callable[..., R]) -> None:
        self.element: ClauseElement = element
        self.make = make


class Compiled(Generic[R]):
    """A query as one database takes it: text, parameter order, conversions in and out."""

    def __init__(self, query: Query[R], dialect: Dialect) -> None:
        compiled: Any = query.element.compile(dialect=dialect)
        self.text: str = str(compiled)
        self._make = query.make
        bind = compiled._bind_processors
        self._inputs = [(name, compiled.params[name], bind.get(name)) for name in compiled.positiontup]
        columns = getattr(query.element, "exported_columns", ())
        outputs = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._outputs = [(place, convert) for place, convert in enumerate(outputs) if convert]

    def arguments(self, params: dict[str, Any]) -> list[Any]:
        """The parameters in the statement's order, as the driver wants them."""
        get = params.get
        return [
            get(name, default) if convert is None else convert(get(name, default))
            for name, default, convert in self._inputs
        ]

    def record(self, row: Row) -> R:
        """What one row stands for."""
        values = list(row)
        for place, convert in self._outputs:
            if values[place] is not None:
                values[place] = convert(values[place])
        return self._make(*values)


class Tx(Protocol):
    """An open transaction. Its methods never wait on anything but the database."""

    async def all(self, query: Query[R], **params: Any) -> list[R]:
        """Every row."""
        ...

    async def one(self, query: Query[R], **params: Any) -> R | None:
        """The first row, or None."""
        ...

    async def run(self, query: Query[Any], **params: Any) -> None:
        """Execute, ignoring what comes back."""
        ...

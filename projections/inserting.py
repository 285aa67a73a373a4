"""Writes what a few events change, over many tables in one round to the server.

COPY is the quickest way to write many rows, but takes two rounds a table, and cannot be sent ahead
with other statements. Rows that a statement takes as arrays can: whoever waits for the newest
event waits for one round.
"""

import re
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import takewhile
from struct import Struct as Packed
from struct import pack
from typing import Any, Final, LiteralString, cast
from uuid import UUID

import psycopg
from msgspec import Struct
from psycopg import sql

from ledger.store.arrays import Bigints, Elements, Texts, Value
from ledger.store.pipeline import Pipeline
from projections.model import Model, Table
from projections.registry import SQL as REGISTRY
from projections.sheets import NULL, Cell, Changes, micros_2000
from projections.statements import Connection, fetch, statements
from projections.writing import close_of, grow_of

_TYPES: Final = statements("projections", "writing.sql")["column_types"]
_LENGTH: Final = Packed(">i").unpack_from
_PARAMETER: Final = re.compile(r"%\((\w+)\)s")
_ADVANCE: Final = ("before", "position", "models", "built")
_BINARY: Final[Mapping[int, Callable[[Any], bytes]]] = {
    16: Packed(">?").pack,
    17: bytes,
    20: Packed(">q").pack,
    21: Packed(">h").pack,
    23: Packed(">i").pack,
    25: str.encode,
    1009: lambda texts: Texts(texts).packed,
    1016: lambda numbers: Bigints(numbers).packed,
    1184: lambda instant: pack(">q", micros_2000(instant)),
    2950: lambda uuid: UUID(uuid).bytes,
}
"""How a value is sent, by the oid of its type: boolean, bytea, bigint, smallint, integer, text,
text[], bigint[], timestamptz and uuid."""

Fields = list[bytes]
"""The values of a column as COPY BINARY has them: each behind its length, -1 for none."""


class _Column(Struct, frozen=True):
    table: str
    name: str
    type: int
    type_name: str
    is_array: bool
    size: int | None


class Insertion(Struct, frozen=True):
    """How rows get into a table: the type of each column, by oid, and the statement for it.

    `of_many` takes an array for each column. A column of arrays has none: then rows go in `of_one`
    by one. `grown` takes arrays too, in a table that says how rows are written over others. Of
    `first` columns and of `last` ones every value is sent in so many bytes.
    """

    types: tuple[int, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]
    of_many: str | None
    of_one: str
    grown: str | None
    closed: str


class Line:
    """A connection on which what a few events change is sent at once, as one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection over for good."""
        self._pipeline = Pipeline(connection)

    @contextmanager
    def whole(self) -> Generator[None]:
        """Have what is sent meanwhile written when this ends, or nothing of it: psycopg.Error."""
        try:
            yield
        except psycopg.Error:
            # Much was sent, so that answers came early. What failed is raised again at the end.
            self._pipeline.sync()
            raise
        self._pipeline.sync()

    def advance(self, before: int, position: int, models: Mapping[str, int]) -> None:
        """Move models on, that were built so often: see `advance` in registry.sql."""
        given = pack("!q", before), pack("!q", position), Texts(models), Bigints([*models.values()])
        self._pipeline.execute(_in_order(REGISTRY["advance"], _ADVANCE), given)

    def write(self, known: Mapping[str, Insertion], changes: Iterable[Changes]) -> None:
        """Send rows, and ends of rows written earlier."""
        execute = self._pipeline.execute
        for change in changes:
            how = known[change.table]
            if change.closed:
                rows, positions = zip(*change.closed, strict=True)
                execute(how.closed, (Bigints(rows), Bigints(positions)))
            if change.grown:
                if how.grown is None:
                    raise ValueError(
                        f"{change.table} does not say how rows are written over others"
                    )
                execute(how.grown, _arrays(how.types, _fields(how.types, change.grown)))
            if change.packed:
                self._insert(how, _taken_apart(change.packed, how))
            if change.rows:
                self._insert(how, _fields(how.types, change.rows))
        self._pipeline.flush()

    def _insert(self, how: Insertion, columns: Sequence[Fields]) -> None:
        if how.of_many is not None:
            self._pipeline.execute(how.of_many, _arrays(how.types, columns))
            return
        for row in zip(*columns, strict=True):
            values = [None if field == NULL else field[4:] for field in row]
            self._pipeline.execute(how.of_one, values)


class TablesLost(Exception):
    """The tables of a model that serves are not there, or not as this release makes them.

    `what` names the first of them, or its columns that are missing.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not there")
        self.what = what


def insertions(connection: Connection, model: Model) -> Mapping[str, Insertion]:
    """How rows get into the tables of a model that serves, by the table's name.

    Raises TablesLost.
    """
    columns: dict[str, dict[str, _Column]] = {table.name: {} for table in model.tables}
    for one in fetch(connection, _TYPES, {"schema": model.schema}, _Column):
        columns.setdefault(one.table, {})[one.name] = one
    for table in model.tables:
        lost = [name for name in table.columns if name not in columns[table.name]]
        if lost:
            which = "" if lost == list(table.columns) else f"{', '.join(lost)} of "
            raise TablesLost(f"{which}{model.schema}.{table.name}")
    return {
        table.name: _insertion(model, table, [columns[table.name][name] for name in table.columns])
        for table in model.tables
    }


def _insertion(model: Model, table: Table, columns: Sequence[_Column]) -> Insertion:
    into = sql.SQL("INSERT INTO {} ({})").format(
        sql.Identifier(model.schema, table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
    )
    sizes = [one.size for one in columns]
    first = _leading(sizes)
    return Insertion(
        types=tuple(one.type for one in columns),
        first=first,
        last=_leading(sizes[len(first) :][::-1])[::-1],
        of_many=None
        if any(one.is_array for one in columns)
        else _with(columns, "SELECT * FROM unnest({})", "%b::{}[]", into),
        of_one=_with(columns, "VALUES ({})", "%b::{}", into),
        grown=_in_order(grow_of(model.schema, table).decode(), table.columns)
        if table.grow_sql
        else None,
        closed=_in_order(close_of(model.schema, table).decode(), ("rows", "positions")),
    )


def _with(
    columns: Sequence[_Column], values: LiteralString, each: str, into: sql.Composed
) -> str:  # fmt: skip
    # The names of types are those of the catalogue.
    typed = [sql.SQL(cast("LiteralString", each.format(one.type_name))) for one in columns]
    return (into + sql.SQL(" ") + sql.SQL(values).format(sql.SQL(", ").join(typed))).as_string()


@cache
def _in_order(statement: str, names: tuple[str, ...]) -> str:
    """A statement with its parameters, which stand in it in this order, by their places."""
    if tuple(_PARAMETER.findall(statement)) != names:
        raise ValueError(f"the parameters are not {', '.join(names)}, in this order: {statement}")
    return _PARAMETER.sub("%b", statement)


def _arrays(types: Sequence[int], columns: Sequence[Fields]) -> list[Value]:
    return [Elements(*column) for column in zip(types, columns, strict=True)]


def _fields(types: Sequence[int], rows: Sequence[Sequence[Cell]]) -> list[Fields]:
    """The columns of rows, each value as it is sent."""
    found: list[Fields] = []
    for kind, column in zip(types, zip(*rows, strict=True), strict=True):
        binary = _BINARY[kind]
        found.append([NULL if cell is None else _field(binary(cell)) for cell in column])
    return found


def _field(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _leading(sizes: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(size for size in takewhile(lambda size: size is not None, sizes) if size)


def _taken_apart(rows: Sequence[bytes], how: Insertion) -> list[Fields]:
    """The columns of rows as COPY BINARY has them, behind the number of their fields."""
    # Where a value is always as long, it is in the same place of every row.
    at = 2
    first: list[Fields] = []
    for size in how.first:
        first.append([row[at : at + 4 + size] for row in rows])
        at += 4 + size
    until: int | None = None
    last: list[Fields] = []
    for size in reversed(how.last):
        since = (until or 0) - 4 - size
        last.append([row[since:until] for row in rows])
        until = since
    between: list[Fields] = [[] for _ in range(len(how.types) - len(first) - len(last))]
    if between:
        for row in rows:
            place = at
            for column in between:
                length: int = _LENGTH(row, place)[0]
                end = place + 4 + max(0, length)
                column.append(row[place:end])
                place = end
    return [*first, *between, *reversed(last)]

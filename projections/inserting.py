"""Writes what a few events change, over many tables in one round to the server.

COPY is the quickest way to write many rows, but takes two rounds a table, and cannot be sent ahead
with other statements. Rows that a statement takes as arrays can: whoever waits for the newest
event waits for one round.
"""

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct as Packed
from typing import Final, LiteralString, cast

from msgspec import Struct
from psycopg import sql

from ledger.store.arrays import Elements
from projections.model import Model
from projections.sheets import Cell, Changes
from projections.statements import Connection, fetch, statements
from projections.writing import end_and_grow

_TYPES: Final = statements("projections", "writing.sql")["column_types"]
_LENGTH: Final = Packed(">i").unpack_from


class _Column(Struct, frozen=True):
    table: str
    name: str
    type: int
    type_name: str
    is_array: bool


class Insertion(Struct, frozen=True):
    """How rows get into a table: the type of each column, by oid, and the statement for it.

    `of_many` takes an array for each column. A column of arrays has none: then rows go in `of_one`
    by one.
    """

    types: tuple[int, ...]
    of_many: bytes | None
    of_one: bytes


def insertions(connection: Connection, model: Model) -> Mapping[str, Insertion]:
    """How rows get into the tables of a model that serves, by the table's name."""
    columns: dict[str, dict[str, _Column]] = {}
    for one in fetch(connection, _TYPES, {"schema": model.schema}, _Column):
        columns.setdefault(one.table, {})[one.name] = one
    return {
        table.name: _insertion(
            sql.Identifier(model.schema, table.name),
            [columns[table.name][name] for name in table.columns],
        )
        for table in model.tables
    }


def _insertion(table: sql.Identifier, columns: Sequence[_Column]) -> Insertion:
    names = sql.SQL(", ").join(sql.Identifier(one.name) for one in columns)
    into = sql.SQL("INSERT INTO {} ({}) ").format(table, names)
    values = sql.SQL("VALUES ({})").format(sql.SQL(", ").join(sql.Placeholder() * len(columns)))
    return Insertion(
        tuple(one.type for one in columns),
        None if any(one.is_array for one in columns) else (into + _arrays(columns)).as_bytes(),
        (into + values).as_bytes(),
    )


def _arrays(columns: Sequence[_Column]) -> sql.Composed:
    # The names of types are those of the catalogue.
    each = [sql.SQL(cast("LiteralString", f"%s::{one.type_name}[]")) for one in columns]
    return sql.SQL("SELECT * FROM unnest({})").format(sql.SQL(", ").join(each))


def insert_changes(
    connection: Connection,
    model: Model,
    known: Mapping[str, Insertion],
    changes: Iterable[Changes],
) -> None:
    """Write rows and end rows written earlier. In pipeline mode nothing is waited for."""
    tables = {table.name: table for table in model.tables}
    for change in changes:
        end_and_grow(connection, model.schema, tables[change.table], change)
        how = known[change.table]
        if change.packed:
            if how.of_many is None:
                raise TypeError(f"packed rows of {change.table} hold arrays: they go by COPY alone")
            columns = zip(how.types, _taken_apart(change.packed, len(how.types)), strict=True)
            connection.execute(how.of_many, [Elements(*column) for column in columns])
        if change.rows and how.of_many is not None:
            columns = zip(*change.rows, strict=True)
            connection.execute(how.of_many, [_array(column) for column in columns])
        elif change.rows:
            with connection.cursor() as cursor:
                cursor.executemany(how.of_one, change.rows)


def _taken_apart(rows: Sequence[bytes], count: int) -> list[list[bytes]]:
    """The columns of rows as COPY BINARY has them: each field behind its length, -1 for none."""
    columns: list[list[bytes]] = [[] for _ in range(count)]
    for row in rows:
        at = 2
        for column in columns:
            length: int = _LENGTH(row, at)[0]
            end = at + 4 + max(0, length)
            column.append(row[at:end])
            at = end
    return columns


def _array(column: Sequence[Cell]) -> str:
    """Values as PostgreSQL reads an array of them."""
    return f"{{{','.join(map(_element, column))}}}"


def _element(cell: Cell) -> str:
    match cell:
        case None:
            return "NULL"
        case str():
            return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case bool() | int():
            return str(cell)
        case _:
            raise TypeError(f"no element of an array: {type(cell).__name__}")

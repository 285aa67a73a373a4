"""Writes what a batch changes in a read model's tables, set-wise."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from psycopg import sql

from projections.model import Model, Table
from projections.sheets import Changes
from projections.statements import Connection, numbers, statements

_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_CLOSE: Final = statements("projections", "writing.sql")["close_rows"]


def write_changes(
    connection: Connection,
    model: Model,
    schema: str,
    changes: Iterable[Changes],
    *,
    frozen: bool = False,
) -> None:
    """Write rows by COPY and end rows written earlier, set-wise.

    `frozen` rows are seen by everybody at once and need no vacuum; only tables that were made in
    the same transaction take them.
    """
    tables = {table.name: table for table in model.tables}
    for change in changes:
        table = tables[change.table]
        if change.closed:
            rows, known_to = zip(*change.closed, strict=True)
            ended = {"rows": numbers(rows), "positions": numbers(known_to)}
            connection.execute(close_of(schema, table), ended)
        if change.grown:
            connection.execute(grow_of(schema, table), _columns(table, change.grown))
        if change.packed:
            into = _copy(schema, table, binary=True, frozen=frozen)
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                copy.write(b"".join((_BEGIN, *change.packed, _END)))
        if change.rows:
            into = _copy(schema, table, binary=False, frozen=frozen)
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                for row in change.rows:
                    copy.write_row(row)


def _columns(table: Table, rows: Sequence[Sequence[object]]) -> Mapping[str, object]:
    cells = map(list, zip(*rows, strict=True))
    return dict(zip(table.columns, cells, strict=True))


@cache
def close_of(schema: str, table: Table) -> bytes:
    """The statement that ends rows in known time, of `rows` and `positions`."""
    return sql.SQL(table.close_sql or _CLOSE).format(**_names(schema, table)).as_bytes()


@cache
def grow_of(schema: str, table: Table) -> bytes:
    """The statement that writes rows over earlier ones, of its columns by their names."""
    if table.grow_sql is None:
        raise ValueError(f"{table.name} does not say how rows are written over others")
    return sql.SQL(table.grow_sql).format(**_names(schema, table)).as_bytes()


def _names(schema: str, table: Table) -> Mapping[str, sql.Composable]:
    return {"table": sql.Identifier(schema, table.name), "schema": sql.Identifier(schema)}


@cache
def _copy(schema: str, table: Table, *, binary: bool, frozen: bool) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {}, FREEZE {})").format(
        sql.Identifier(schema, table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        sql.SQL("binary" if binary else "text"),
        sql.SQL("true" if frozen else "false"),
    )

"""Writes what a batch changes in a read model's tables, set-wise."""

from collections.abc import Sequence
from typing import Final

from psycopg import sql

from projections.model import Model
from projections.sheets import Changes
from projections.statements import Connection, statements

_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_CLOSE: Final = statements("projections", "writing.sql")["close_rows"]


def write_changes(
    connection: Connection,
    model: Model,
    schema: str,
    changes: Sequence[Changes],
    *,
    frozen: bool = False,
) -> None:
    """Write rows by COPY and end rows written earlier, set-wise.

    `frozen` rows are seen by everybody at once and need no vacuum; only tables that were made in
    the same transaction take them.
    """
    tables = {table.name: table for table in model.tables}
    for change in changes:
        columns = tables[change.table].columns
        table = sql.Identifier(schema, change.table)
        if change.closed:
            rows, known_to = zip(*change.closed, strict=True)
            ended = {"rows": list(rows), "positions": list(known_to)}
            close = sql.SQL(tables[change.table].close_sql or _CLOSE)
            connection.execute(close.format(table=table, schema=sql.Identifier(schema)), ended)
        grow = tables[change.table].grow_sql
        if change.grown and grow is not None:
            cells = map(list, zip(*change.grown, strict=True))
            given = dict(zip(columns, cells, strict=True))
            connection.execute(sql.SQL(grow).format(table=table), given)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        freeze = sql.SQL("FREEZE" if frozen else "FREEZE false")
        if change.packed:
            into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary, {})")
            with (
                connection.cursor() as cursor,
                cursor.copy(into.format(table, names, freeze)) as copy,
            ):
                copy.write(b"".join((_BEGIN, *change.packed, _END)))
        if change.rows or change.lines:
            into = sql.SQL("COPY {} ({}) FROM STDIN ({})")
            with (
                connection.cursor() as cursor,
                cursor.copy(into.format(table, names, freeze)) as copy,
            ):
                for row in change.rows:
                    copy.write_row(row)
                if change.lines:
                    copy.write("".join(change.lines))

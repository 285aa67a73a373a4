"""Writes what a batch changes in a read model's tables, set-wise."""

from collections.abc import Sequence
from typing import Final

from psycopg import sql

from projections.model import Model
from projections.sheets import Changes
from projections.statements import Connection, statements

_CLOSE: Final = statements("projections", "writing.sql")["close_rows"]


def write_changes(
    connection: Connection, model: Model, schema: str, changes: Sequence[Changes]
) -> None:
    """Write rows by COPY and end rows written earlier, set-wise."""
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
        if change.rows:
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)
            with connection.cursor() as cursor, cursor.copy(into) as copy:
                for row in change.rows:
                    copy.write_row(row)

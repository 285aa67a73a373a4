"""Named SQL of a package, and rows fetched as records with instants as the ledger writes them."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from struct import Struct as Packed
from typing import Any, Final, LiteralString, TypeVar, cast

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import args_row, tuple_row
from psycopg.sql import Composed

from ledger.periods import Instant, from_datetime

T = TypeVar("T")
Connection = psycopg.Connection[Any]

_STATEMENT = re.compile(r"^-- (?P<name>\w+)\n(?:-- .*\n)+(?P<text>(?:(?!--).*\n?)+)", re.MULTILINE)
_UNPACK: Final = Packed("!q").unpack
_EPOCH_2000: Final = datetime(2000, 1, 1, tzinfo=UTC)


def sql_of(package: str, file: str) -> LiteralString:
    """The text of an SQL file of a package."""
    # The files are part of this package: nothing that a caller sends gets into them.
    return cast("LiteralString", (files(package) / file).read_text())


def statements(package: str, file: str = "queries.sql") -> dict[str, LiteralString]:
    """The statements of an SQL file of a package, by name."""
    return named(sql_of(package, file))


def named(text: LiteralString) -> dict[str, LiteralString]:
    """The statements of the text of an SQL file, by name, in their order."""
    found = {one["name"]: one["text"].strip() for one in _STATEMENT.finditer(text)}
    return cast("dict[str, LiteralString]", found)


class InstantLoader(Loader):
    """Reads a binary timestamptz, whatever the session's time zone, as an Instant."""

    format = Format.BINARY

    def load(self, data: Buffer) -> Instant:
        """The instant: PostgreSQL counts microseconds from the year 2000."""
        (count,) = _UNPACK(data)
        return _instant(count)


@lru_cache(maxsize=100_000)
def _instant(count: int) -> Instant:
    # The same instants come again and again, an open end above all.
    return from_datetime(_EPOCH_2000 + timedelta(microseconds=count))


def numbers(values: Iterable[int]) -> str:
    """Whole numbers as PostgreSQL reads an array of them, at a tenth of what a list costs."""
    return f"{{{','.join(map(str, values))}}}"


def texts(values: Iterable[str]) -> str:
    """Texts as PostgreSQL reads an array of them, for the same reason."""
    escaped = [one.replace("\\", "\\\\").replace('"', '\\"') for one in values]
    return '{"' + '","'.join(escaped) + '"}' if escaped else "{}"


def fetch(
    connection: Connection,
    statement: LiteralString | Composed,
    given: Mapping[str, object],
    kind: Callable[..., T],
    *,
    prepare: bool | None = None,
) -> list[T]:
    """The rows of a statement as records built from their columns in order."""
    with connection.cursor(binary=True, row_factory=args_row(kind)) as cursor:
        cursor.adapters.register_loader("timestamptz", InstantLoader)
        return cursor.execute(statement, given, prepare=prepare).fetchall()


def rows(
    connection: Connection,
    statement: LiteralString,
    given: Mapping[str, object],
    *,
    prepare: bool | None = None,
) -> list[tuple[Any, ...]]:
    """The rows of a statement as they come, at half of what records cost; without instants."""
    with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
        return cursor.execute(statement, given, prepare=prepare).fetchall()

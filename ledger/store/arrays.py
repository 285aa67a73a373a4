"""Columns of rows as binary arrays: what is sent is packed here once, not text by psycopg.

The layout is that of PostgreSQL's array_recv: dimensions, whether nulls occur, the element type,
then for the one dimension its length and lower bound, then each element behind its length.
"""

from collections.abc import Iterable, Sequence
from struct import Struct as Packed
from struct import pack
from typing import Any, ClassVar, Final

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = Packed("!iiIii").pack
_EMPTY: Final = Packed("!iiI").pack
_LENGTH: Final = Packed("!i").pack
_NULL: Final = _LENGTH(-1)


class Value:
    """A value in binary form."""

    __slots__ = ("packed",)

    def __init__(self, packed: bytes) -> None:
        self.packed = packed


class Column(Value):
    """A one-dimensional array."""

    __slots__ = ()
    element: ClassVar[int]
    array: ClassVar[int]

    @classmethod
    def of(cls, count: int, has_nulls: bool, elements: bytes) -> bytes:
        """The whole array around its elements."""
        if not count:
            return _EMPTY(0, 0, cls.element)
        return _HEAD(1, has_nulls, cls.element, count, 1) + elements


class Texts(Column):
    """Of type text[]."""

    element, array = 25, 1009

    def __init__(self, values: Iterable[str]) -> None:
        super().__init__(_joined(type(self), [value.encode() for value in values]))


class Byteas(Column):
    """Of type bytea[]."""

    element, array = 17, 1001

    def __init__(self, values: Sequence[bytes]) -> None:
        super().__init__(_joined(type(self), values))


class Bigints(Column):
    """Of type bigint[]."""

    element, array = 20, 1016

    def __init__(self, values: Sequence[int]) -> None:
        flat = [8] * (2 * len(values))
        flat[1::2] = values
        packed = pack("!" + "iq" * len(values), *flat)
        super().__init__(self.of(len(values), False, packed))


class Instants(Bigints):
    """Of type timestamptz[], in microseconds from the year 2000."""

    __slots__ = ()
    element, array = 1184, 1185


class Uuids(Column):
    """Of type uuid[], 16 bytes each; None is null."""

    element, array = 2950, 2951

    def __init__(self, values: Sequence[bytes | None]) -> None:
        parts = [_NULL if value is None else b"\0\0\0\x10" + value for value in values]
        super().__init__(self.of(len(values), None in values, b"".join(parts)))


class Elements(Value):
    """An array of any type, by its oid: elements that stand behind their lengths already.

    For a pipeline: psycopg is not told of it.
    """

    __slots__ = ()

    def __init__(self, element: int, parts: Sequence[bytes]) -> None:
        head = _HEAD(1, _NULL in parts, element, len(parts), 1)
        super().__init__(head + b"".join(parts))


class Bigint(Value):
    """Of type bigint: one number."""

    __slots__ = ()

    def __init__(self, value: int) -> None:
        super().__init__(pack("!q", value))


def _joined(kind: type[Column], values: Sequence[bytes]) -> bytes:
    parts: list[bytes] = []
    for value in values:
        parts += (_LENGTH(len(value)), value)
    return kind.of(len(values), False, b"".join(parts))


class _Dumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Value) -> bytes:
        return obj.packed


class _TextsDumper(_Dumper):
    oid = Texts.array


class _ByteasDumper(_Dumper):
    oid = Byteas.array


class _BigintsDumper(_Dumper):
    oid = Bigints.array


class _UuidsDumper(_Dumper):
    oid = Uuids.array


class _BigintDumper(_Dumper):
    oid = 20


def register(connection: psycopg.Connection[Any]) -> None:
    """Let a connection send columns."""
    connection.adapters.register_dumper(Texts, _TextsDumper)
    connection.adapters.register_dumper(Byteas, _ByteasDumper)
    connection.adapters.register_dumper(Bigints, _BigintsDumper)
    connection.adapters.register_dumper(Uuids, _UuidsDumper)
    connection.adapters.register_dumper(Bigint, _BigintDumper)

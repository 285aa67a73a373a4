"""What a batch changes in the tables of a read model: rows added, and rows closed in known time."""

import sys
from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TypeVar

from msgspec import Struct

from ledger.periods import Instant
from ledger.store.arrays import Bigints, Column, Instants

OPEN: Final = 2**63 - 1
"""`known_to` of a row that is still believed."""

ORDINALS: Final = 1 << 16
"""Rows that one event may make in a table."""

NULL: Final = b"\xff\xff\xff\xff"
"""No value, as a field of COPY BINARY."""

_UUID: Final = (16).to_bytes(4, "big")

EPOCH_2000_US: Final = 946_684_800_000_000
"""Where PostgreSQL begins to count microseconds."""
_2000: Final = datetime(2000, 1, 1, tzinfo=UTC)

Cell = str | int | bool | bytes | list[str] | list[int] | None
Cells = tuple[Cell, ...]
C = TypeVar("C", bound=tuple[Cell, ...])


class Changes(Struct, frozen=True):
    """Rows to add, in order, and (row id, known_to) of rows written earlier that end.

    `grown` are rows to be written over earlier ones, in a table that says how. `packed` are rows
    to add whose bytes are made already, as COPY BINARY takes them.
    """

    table: str
    rows: Sequence[Cells] = ()
    closed: Sequence[tuple[int, int]] = ()
    grown: Sequence[Cells] = ()
    packed: Sequence[bytes] = ()


@lru_cache(maxsize=256)
def micros_2000(instant: Instant) -> int:
    """An instant as PostgreSQL has it in binary: microseconds since the year 2000."""
    since = datetime.fromisoformat(instant) - _2000
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def packed_text(text: str) -> bytes:
    """A text as a field of COPY BINARY."""
    utf8 = text.encode()
    return len(utf8).to_bytes(4, "big") + utf8


def packed_uuid(text: str) -> bytes:
    """A UUID as a field of COPY BINARY."""
    return _UUID + bytes.fromhex(text.replace("-", ""))


def packed_numbers(values: Sequence[int]) -> bytes:
    """Whole numbers as a field of COPY BINARY, of type bigint[]."""
    return _field(Bigints(values))


def packed_instants(micros: Sequence[int]) -> bytes:
    """Instants in microseconds since 2000 as a field of COPY BINARY, of type timestamptz[]."""
    return _field(Instants(micros))


def _field(column: Column) -> bytes:
    return len(column.packed).to_bytes(4, "big") + column.packed


def whole_numbers(packed: bytes) -> "array[int]":
    """Whole numbers of eight bytes each, the highest first, as PostgreSQL sends them."""
    found = array("q", packed)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def position_of(row: int) -> int:
    """The position whose event made a row."""
    return row // ORDINALS


class Sheet:
    """The rows of a bitemporal table (id, ..., known_from, known_to) that a batch adds and closes.

    A row's id is its event's position and its ordinal there, so that every rebuild numbers alike.
    A row that the batch itself closes is written once, closed.
    """

    def __init__(self, table: str) -> None:
        self.table: Final = table
        self._added: dict[int, Cells] = {}
        self._closed: list[tuple[int, int]] = []
        self._next = 0

    def add(self, position: int, cells: Cells) -> int:
        """Add a row believed from a position on; returns its id."""
        row = max(self._next, position * ORDINALS)
        if row >= (position + 1) * ORDINALS:
            raise ValueError(f"position {position} makes more rows than ids in {self.table}")
        self._next = row + 1
        self._added[row] = (row, *cells, position, OPEN)
        return row

    def close(self, row: int, position: int) -> None:
        """End a row: from a position on it is believed no more."""
        cells = self._added.get(row)
        if cells is None:
            self._closed.append((row, position))
        elif position_of(row) == position:
            # Two legs of one event about one grant: what stood between them was never believed.
            del self._added[row]
        else:
            self._added[row] = (*cells[:-1], position)

    def restate(
        self, standing: Sequence[tuple[int, C]], wanted: Iterable[C], position: int
    ) -> list[tuple[int, C]]:
        """Close the rows that are wanted no more and add those that are new.

        Takes and returns (row id, cells); rows that stay keep their ids.
        """
        left = {cells: row for row, cells in standing}
        kept = [(left.pop(cells, None), cells) for cells in wanted]
        for row in left.values():
            self.close(row, position)
        return [(self.add(position, cells) if row is None else row, cells) for row, cells in kept]

    def drain(self) -> Changes:
        """Hand over what was collected and begin anew."""
        changes = Changes(self.table, tuple(self._added.values()), tuple(self._closed))
        self._added, self._closed = {}, []
        return changes

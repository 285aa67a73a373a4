"""Facts about capacity folded into rows: what a pool has, in both clocks (domain, section 3)."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ledger.capacity import CapacityBook, Change
from ledger.events import CapacityChanged, Event, PoolOpened
from ledger.periods import FOREVER, Instant
from ledger.vocabulary import CapacityKind
from projections.sheets import Cells, Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.capacity", "recall.sql")

Level = tuple[str, int, int, int, int, Instant, Instant]
"""pool, installed, lost, headroom, allocatable, valid_from, valid_to."""


class _Change(Struct, frozen=True):
    pool: str
    effective_at: Instant
    position: int
    kind: CapacityKind
    amount: int


class _Row(Struct, frozen=True):
    row: int
    pool: str
    installed: int
    lost: int
    headroom: int
    allocatable: int
    valid_from: Instant
    valid_to: Instant


class CapacityFold:
    """Folds the capacity of pools; few facts, all kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        self._levels = Sheet("levels")
        self._pools = Sheet("pools")
        self._changes: list[Cells] = []
        self._books: dict[str, CapacityBook] = {}
        self._rows: dict[str, list[tuple[int, Level]]] = {}
        self._is_recalled = is_empty

    @property
    def is_whole(self) -> bool:
        """Whether everything is in memory."""
        return self._is_recalled

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read everything back once."""
        del events
        if self._is_recalled:
            return
        self._is_recalled = True
        for one in fetch(connection, SQL["changes_kept"], {}, _Change):
            book = self._books.setdefault(one.pool, CapacityBook())
            book.insert(Change(one.effective_at, one.position, one.kind, one.amount))
        for row in fetch(connection, SQL["rows_standing"], {}, _Row):
            cells = (
                row.pool, row.installed, row.lost, row.headroom, row.allocatable, row.valid_from,
                row.valid_to,
            )  # fmt: skip
            self._rows.setdefault(row.pool, []).append((row.row, cells))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case PoolOpened(data=made):
                cells = (made.pool, made.unit_label, made.granule, event.effective_at)
                self._pools.add(event.position, cells)
            case CapacityChanged(data=fact):
                amount = fact.total if fact.total is not None else fact.quantity
                if amount is None:
                    raise ValueError(f"capacity at position {event.position} has no amount")
                change = Change(event.effective_at, event.position, fact.kind, amount)
                book = self._books.setdefault(fact.pool, CapacityBook())
                book.insert(change)
                self._changes.append(
                    (event.position, fact.pool, fact.kind, amount, event.effective_at)
                )
                rows = self._rows.get(fact.pool, [])
                self._rows[fact.pool] = self._levels.restate(
                    rows, runs(fact.pool, book), event.position
                )
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        changes = Changes("changes", tuple(self._changes), ())
        self._changes = []
        return (self._levels.drain(), self._pools.drain(), changes)


def runs(pool: str, book: CapacityBook) -> list[Level]:
    """What a pool has from its first fact on, as runs; equal neighbours are one."""
    found: list[Level] = []
    for place, change in enumerate(book.changes):
        is_last = place + 1 == len(book.changes)
        end = FOREVER if is_last else book.changes[place + 1].effective_at
        level = book.levels[place]
        numbers = (level.installed, level.lost, level.headroom, level.allocatable)
        start = change.effective_at
        if start >= end:
            continue
        if found and found[-1][1:5] == numbers and found[-1][6] == start:
            start = found.pop()[5]
        found.append((pool, *numbers, start, end))
    return found

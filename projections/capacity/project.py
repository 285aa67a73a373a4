"""Facts about capacity folded into rows: what a pool has, in both clocks (domain, section 3)."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ledger.capacity import CapacityBook, Change, change_of
from ledger.events import CapacityChanged, Corrected, Event, PoolOpened
from ledger.facts import CapacityChange, PoolOpening
from ledger.periods import FOREVER, Instant
from ledger.sayings import Saying, sayings
from ledger.vocabulary import CapacityKind
from projections.memory import KeptWhole
from projections.sheets import Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.capacity", "recall.sql")

Level = tuple[str, int, int, int, int, Instant, Instant]
"""pool, installed, lost, headroom, allocatable, valid_from, valid_to."""
_FROM: Final = 5
_TO: Final = 6


Pool = tuple[str, str, int, Instant]
"""pool, unit_label, granule, opened_at."""


class _Change(Struct, frozen=True):
    row: int
    pool: str
    effective_at: Instant
    position: int
    kind: CapacityKind
    amount: int


class _Pool(Struct, frozen=True):
    row: int
    pool: str
    unit_label: str
    granule: int
    opened_at: Instant


class _Row(Struct, frozen=True):
    row: int
    pool: str
    installed: int
    lost: int
    headroom: int
    allocatable: int
    valid_from: Instant
    valid_to: Instant


class CapacityFold(KeptWhole):
    """Folds the capacity of pools; few facts, all kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        super().__init__(is_empty)
        self._levels = Sheet("levels")
        self._pools = Sheet("pools")
        self._changes = Sheet("changes")
        self._books: dict[str, CapacityBook] = {}
        self._rows: dict[str, list[tuple[int, Level]]] = {}
        self._opened: dict[str, list[tuple[int, Pool]]] = {}
        self._said: dict[int, int] = {}

    def read_back(self, connection: Connection) -> None:
        """Read everything back."""
        for one in fetch(connection, SQL["changes_standing"], {}, _Change):
            book = self._books.setdefault(one.pool, CapacityBook())
            book.insert(Change(one.effective_at, one.position, one.kind, one.amount))
            self._said[one.position] = one.row
        for pool in fetch(connection, SQL["pools_standing"], {}, _Pool):
            cells = (pool.pool, pool.unit_label, pool.granule, pool.opened_at)
            self._opened[pool.pool] = [(pool.row, cells)]
        for row in fetch(connection, SQL["rows_standing"], {}, _Row):
            cells = (
                row.pool, row.installed, row.lost, row.headroom, row.allocatable, row.valid_from,
                row.valid_to,
            )  # fmt: skip
            self._rows.setdefault(row.pool, []).append((row.row, cells))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case PoolOpened() | CapacityChanged():
                self._tell(
                    event.position, event.position, None, Saying(event.effective_at, event.data)
                )
            case Corrected(data=fact):
                was, now = sayings(fact)
                self._tell(event.position, fact.corrects, was, now)
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        return (self._levels.drain(), self._pools.drain(), self._changes.drain())

    def _tell(self, position: int, of: int, was: Saying | None, now: Saying | None) -> None:
        """From a position on, the event at the position `of` says something, or nothing."""
        said = now or was
        match said.fact if said is not None else None:
            case PoolOpening(pool=pool):
                self._open(position, pool, now)
            case CapacityChange(pool=pool):
                self._change(position, pool, _change(of, was), _change(of, now))
            case _:
                pass

    def _open(self, position: int, pool: str, now: Saying | None) -> None:
        wanted: list[Pool] = []
        if now is not None and isinstance(now.fact, PoolOpening):
            wanted = [(pool, now.fact.unit_label, now.fact.granule, now.at)]
        standing = self._opened.get(pool, [])
        self._opened[pool] = self._pools.restate(standing, wanted, position)

    def _change(self, position: int, pool: str, was: Change | None, now: Change | None) -> None:
        book = self._books.setdefault(pool, CapacityBook())
        if was is not None:
            book.remove(was)
            self._changes.close(self._said.pop(was.position), position)
        if now is not None:
            book.insert(now)
            cells = (now.position, pool, now.kind, now.amount, now.effective_at)
            self._said[now.position] = self._changes.add(position, cells)
        since = min(one.effective_at for one in (was, now) if one is not None)
        rows = self._rows.get(pool, [])
        # Those that end before stay as they are, however many there are.
        kept = bisect_left(rows, since, key=lambda row: row[1][_TO])
        begin = min([since, *(row[1][_FROM] for row in rows[kept : kept + 1])])
        wanted = runs(pool, book, begin)
        self._rows[pool] = rows[:kept] + self._levels.restate(rows[kept:], wanted, position)


def _change(position: int, said: Saying | None) -> Change | None:
    """What the event at a position says of capacity; None when it says nothing."""
    if said is None or not isinstance(said.fact, CapacityChange):
        return None
    return change_of(position, said.at, said.fact)


def runs(pool: str, book: CapacityBook, since: Instant) -> list[Level]:
    """What a pool has from an instant on, or its first fact, as runs; equal neighbours are one."""
    found: list[Level] = []
    first = bisect_left(book.changes, since, key=lambda change: change.effective_at)
    for place in range(first, len(book.changes)):
        change = book.changes[place]
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

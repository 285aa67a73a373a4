"""Reads capacity at an instant or over a period, as recorded by a position."""

from typing import Final

from msgspec import Struct

from ledger.capacity import CapacityBook, Change
from ledger.periods import Instant
from ledger.vocabulary import CapacityKind
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.capacity")


class Level(Struct, frozen=True):
    """A pool at an instant; None before its first capacity fact, when nothing is known."""

    pool: str
    unit_label: str
    granule: int
    installed: int | None
    lost: int | None
    headroom: int | None
    allocatable: int | None

    @property
    def unknown(self) -> bool:
        """Whether nothing was recorded of its capacity by then."""
        return self.allocatable is None


class _Pool(Struct, frozen=True):
    pool: str


class _Fact(Struct, frozen=True):
    pool: str
    effective_at: Instant
    position: int
    kind: CapacityKind
    amount: int


class Dated(Struct, frozen=True):
    """What the event at a position changes at an instant: what can be given out, by so much."""

    at: Instant
    pool: str
    kind: CapacityKind
    amount: int
    position: int
    allocatable: int


class LevelStep(Struct, frozen=True):
    """What a pool has over `[start, end)`."""

    pool: str
    start: Instant
    end: Instant
    installed: int
    lost: int
    headroom: int
    allocatable: int


def levels(
    connection: Connection, *, pool: str | None, valid_at: Instant, known_at: int
) -> list[Level]:
    """Every pool that was open or closed by the instant, by id."""
    given = {"pool": pool, "valid_at": valid_at, "known_at": known_at}
    return fetch(connection, SQL["levels"], given, Level)


def unshrunk(connection: Connection, known_at: int) -> set[str]:
    """The pools of which there was never less than before, whatever was recorded by a position.

    What is granted is bound by what there is, so that such a pool has all that is held of it, but
    for what somebody let be held beyond that, knowingly (`projections.history.breaches`).
    """
    found = fetch(connection, SQL["unshrunk"], {"known_at": known_at}, _Pool)
    return {one.pool for one in found}


def level_steps(
    connection: Connection, *, pool: str | None, start: Instant, end: Instant, known_at: int
) -> list[LevelStep]:
    """Steps clipped to `[start, end)`, by pool and time; none before a pool's first fact."""
    given = {"pool": pool, "start": start, "end": end, "known_at": known_at}
    return fetch(connection, SQL["level_steps"], given, LevelStep)


def dated(
    connection: Connection, *, pool: str | None, start: Instant, end: Instant, known_at: int
) -> list[Dated]:
    """Every fact about capacity that takes effect in `[start, end)`, by pool, time and position."""
    given = {"pool": pool, "end": end, "known_at": known_at}
    books: dict[str, CapacityBook] = {}
    for one in fetch(connection, SQL["facts"], given, _Fact):
        book = books.setdefault(one.pool, CapacityBook())
        book.insert(Change(one.effective_at, one.position, one.kind, one.amount))
    found: list[Dated] = []
    for name, book in sorted(books.items()):
        before = 0
        for change, level in zip(book.changes, book.levels, strict=True):
            turn = level.allocatable - before
            before = level.allocatable
            if change.effective_at >= start:
                found.append(Dated(change.effective_at, name, change.kind, change.amount,
                                   change.position, turn))  # fmt: skip
    return found

"""What changes in the hands of grants, when and by what: starts, ends, releases, moves, loans."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final, Literal

from msgspec import Struct

from ledger.periods import Instant
from ledger.vocabulary import GrantClass
from projections.holdings.numbering import of_units
from projections.holdings.standing import BACK, GIVEN, LENT, LOANED, MOVED_IN, MOVED_OUT, RELEASED
from projections.statements import Connection, fetch, rows, statements, texts

SQL: Final = statements("projections.holdings", "changes.sql")

FEW: Final = 50
"""So few units are looked up one by one, whatever part of all they are."""
AT_ONCE: Final = 2000
"""Of so many grants the rows are in memory at a time."""

Kind = Literal[
    "ends", "loan_ends", "loan_back", "released", "moved_out", "lent", "moved_in", "borrowed_in",
    "starts",
]  # fmt: skip

ORDER: Final[Mapping[Kind, int]] = {
    "ends": 0, "loan_ends": 1, "loan_back": 2, "released": 3, "moved_out": 4, "lent": 5,
    "moved_in": 6, "borrowed_in": 7, "starts": 8,
}  # fmt: skip
"""At one instant ends come first, and starts last."""

_BEGINS: Final[Mapping[int, Kind]] = {
    GIVEN: "starts", MOVED_IN: "moved_in", LOANED: "borrowed_in", RELEASED: "released",
    MOVED_OUT: "moved_out", LENT: "lent", BACK: "loan_back",
}  # fmt: skip


class Row(Struct, frozen=True, gc=False):
    """A row of the holdings: `other` is the loan on its lender, and the lender on its loan."""

    grant: str
    kind: int
    quantity: int
    start: Instant
    stop: Instant
    end: Instant
    ended: bool
    made: int
    known_from: int
    pool: str
    unit: str
    grant_class: GrantClass
    to_unit: str | None
    other: str | None


class _Named(Struct, frozen=True, gc=False):
    grant: str


class Change(Struct, frozen=True, gc=False):
    """A grant has `quantity` (signed) more in hand from an instant on, by the fact at `position`.

    `other` is the unit at the other side: of a move or a loan; None is the pool. `other_grant` is
    the loan where a lender is told of, and the lender where a loan is. `is_end`: it is the end of
    the grant, or for a lender that of a loan, believed from `position` on; `is_early` that a leg
    ended it.
    """

    at: Instant
    kind: Kind
    pool: str
    unit: str
    grant: str
    other: str | None
    quantity: int
    position: int
    other_grant: str | None
    grant_class: GrantClass
    is_end: bool
    is_early: bool


class Family:
    """The rows of grants and of those that lend to them, and what they tell together."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._of = {name: list(some) for name, some in groupby(rows, attrgetter("grant"))}
        self._makers = {name: some[0] for name, some in self._of.items() if some[0].kind <= LOANED}

    def changes(self, start: Instant, end: Instant) -> list[Change]:
        """Every change in `[start, end)`, in order."""
        return sorted(self.of_grants(self._makers, start, end), key=in_order)

    def of_grants(self, names: Iterable[str], start: Instant, end: Instant) -> Iterator[Change]:
        """The changes of some of the grants in `[start, end)`, one grant after the other."""
        for name in names:
            maker = self._makers.get(name)
            for change in self._of_grant(name, maker) if maker else ():
                if start <= change.at < end and change.quantity:
                    yield change

    @property
    def grants(self) -> Iterable[str]:
        """The grants whose rows these are."""
        return self._makers.keys()

    def _of_grant(self, name: str, maker: Row) -> Iterator[Change]:
        rows = self._of[name]
        lent: defaultdict[str | None, int] = defaultdict(int)
        for row in rows:
            if row.kind in (LENT, BACK) and row.start < self._stop(row):
                lent[row.other] += row.quantity
        for row in rows:
            if row.start < self._stop(row):
                yield _change(row, _BEGINS[row.kind], self._other(row, maker))
            if row.kind == LENT and row.start < self._stop(row) < maker.end:
                end = (self._stop(row), -lent[row.other], self._makers.get(row.other or "") or row)
                yield _change(row, "loan_back", row.to_unit, end)
        yield self._end(maker, rows)

    def _other(self, row: Row, maker: Row) -> str | None:
        """The unit at the other side of what begins with a row."""
        if row.kind not in (LOANED, RELEASED):
            return row.to_unit
        lender = self._lender_at(maker, row.start)
        return lender.unit if lender else None

    def _end(self, maker: Row, rows: Sequence[Row]) -> Change:
        """What a grant has in hand when it ends, and to whom it goes."""
        rest = sum(
            row.quantity
            for row in rows
            if row.start < maker.end and (row.kind < LENT or row.start < row.stop >= maker.end)
        )
        end = (maker.end, -rest, maker)
        lender = self._lender_at(maker, maker.end)
        if lender is None:
            return _change(maker, "ends", None, end)
        return _change(maker, "loan_ends", lender.unit, end)

    def _lender_at(self, maker: Row, at: Instant) -> Row | None:
        """The lender of a loan, if what leaves the loan at an instant goes back to it."""
        if maker.kind != LOANED or maker.other is None:
            return None
        lender = self._makers.get(maker.other)
        return lender if lender is not None and lender.start <= at < lender.end else None

    def _stop(self, row: Row) -> Instant:
        """Until when a row counts: what is on a lender of a loan, no longer than the loan."""
        if row.kind < LENT:
            return row.end
        loan = self._makers.get(row.other or "")
        return row.stop if loan is None else min(row.end, loan.end)


def _change(
    row: Row, kind: Kind, other: str | None, end: tuple[Instant, int, Row] | None = None
) -> Change:
    """What begins with a row, or an end: when, how much, and the row that says so."""
    at, quantity, by = end or (row.start, row.quantity, row)
    return Change(
        at=at,
        kind=kind,
        pool=row.pool,
        unit=row.unit,
        grant=row.grant,
        other=other,
        quantity=quantity,
        position=by.known_from if end else by.made,
        other_grant=row.other,
        grant_class=row.grant_class,
        is_end=end is not None,
        is_early=end is not None and by.ended,
    )


def in_order(change: Change) -> tuple[Instant, int, str, str, str, int]:
    """Where a change stands in a list."""
    return (
        change.at, ORDER[change.kind], change.pool, change.unit, change.grant, change.position,
    )  # fmt: skip


def between(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    start: Instant,
    end: Instant,
    known_at: int,
) -> list[Change]:
    """Every dated change of grants, of some units or all, in `[start, end)`, in order."""
    pools = None if pool is None else [pool]
    names = touched(connection, pools=pools, units=units, start=start, end=end, known_at=known_at)
    found = Family(family(connection, names, known_at)).changes(start, end)
    if units is None:
        return found
    wanted = set(units)
    return [one for one in found if one.unit in wanted and (pool is None or one.pool == pool)]


def one_by_one(
    connection: Connection, *, pools: Sequence[str], start: Instant, end: Instant, known_at: int
) -> Iterator[Change]:
    """Every dated change of all grants of pools in `[start, end)`, one grant after the other.

    However many there are, some grants are in memory at a time, and no one else waits for more.
    """
    every = touched(connection, pools=pools, units=None, start=start, end=end, known_at=known_at)
    others: set[str] = set()
    for names in _some(every):
        found = Family(family(connection, names, known_at))
        yield from found.of_grants(names, start, end)
        others.update(found.grants)
    # A lender that nothing is said of itself has more in hand when what it lent ends.
    for names in _some(sorted(others - set(every))):
        yield from Family(family(connection, names, known_at)).of_grants(names, start, end)


def every_pool(connection: Connection) -> list[str]:
    """Every pool of which anybody ever had anything."""
    return [pool for (pool,) in rows(connection, SQL["pools"], {})]


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), AT_ONCE):
        yield names[first : first + AT_ONCE]


def touched(
    connection: Connection,
    *,
    pools: Sequence[str] | None,
    units: Sequence[str] | None,
    start: Instant,
    end: Instant,
    known_at: int,
) -> list[str]:
    """The grants that change in `[start, end)`; of some units theirs, with others' that matter."""
    by = "touched_by_time" if _are_most(connection, units) else "touched_by_unit"
    period = {"start": start, "end": end, "known_at": known_at}
    given = {"pools": None if pools is None else list(pools), **period, **of_units(units)}
    return [one.grant for one in fetch(connection, SQL[by], given, _Named, prepare=False)]


def _are_most(connection: Connection, units: Sequence[str] | None) -> bool:
    """Whether they are all or most units: then what they have is looked for as that of all is."""
    if units is None or len(units) < FEW:
        return units is None
    ((found,),) = rows(connection, SQL["are_most"], {"units": list(units)})
    return bool(found)


def family(connection: Connection, grants: Sequence[str], known_at: int) -> list[Row]:
    """The rows of some grants, and of those that lend to them or that they lend to.

    Grants are looked up one by one: how many they are, no planner guesses.
    """
    found = rows_of(connection, grants, known_at)
    others = {row.other for row in found if row.other is not None} - set(grants)
    return [*found, *rows_of(connection, sorted(others), known_at)]


def rows_of(connection: Connection, grants: Sequence[str], known_at: int) -> list[Row]:
    """The rows of some grants alone."""
    if not grants:
        return []
    given = {"grants": texts(grants), "known_at": known_at}
    return fetch(connection, SQL["rows_of_grants"], given, Row, prepare=False)

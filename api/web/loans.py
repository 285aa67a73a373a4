"""Loans as rows of a page: who lends how much to whom, and until when."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from api.web.record import Record
from ledger.periods import Instant
from projections.holdings.changes import Row
from projections.holdings.lending import steps
from projections.holdings.standing import LOANED

Way = Literal["lent", "borrowed", "inside"]


class LoanRow(Struct, frozen=True, kw_only=True):
    """A loan of `first` at first, of which `in_hand` is out at the instant.

    `way` as those who ask see it: they lent it, borrowed it, or it passed between two of them.
    """

    way: Way
    loan: str
    pool: str
    lender_grant: str
    lender: str
    lender_name: str
    unit: str
    name: str
    first: int
    in_hand: int
    starts_at: Instant
    ends_at: Instant


def loans_of(record: Record, units: Collection[str]) -> tuple[LoanRow, ...]:
    """The loans that are out at the instant from or to some units; who is due first stands first.

    Those that stay among the units come last.
    """
    rows = record.family(sorted({one.grant for one in record.loaned if one.unit in units}))
    makers: Mapping[str, Row] = {row.grant: row for row in rows if row.kind <= LOANED}
    found: list[LoanRow] = []
    for loan in makers.values():
        lender = makers.get(loan.other or "") if loan.kind == LOANED else None
        if lender is None:
            continue
        in_hand = _in_hand(rows, loan.grant, record.valid_at)
        way = _way(lends=lender.unit in units, borrows=loan.unit in units)
        if in_hand and way is not None:
            found.append(_row(way, loan, lender, in_hand, record.names))
    order: Sequence[Way] = ("lent", "borrowed", "inside")
    return tuple(sorted(found, key=lambda row: (order.index(row.way), row.ends_at, row.loan)))


def _way(*, lends: bool, borrows: bool) -> Way | None:
    match lends, borrows:
        case True, True:
            return "inside"
        case True, False:
            return "lent"
        case False, True:
            return "borrowed"
        case _:
            return None


def _in_hand(rows: Sequence[Row], grant: str, at: Instant) -> int:
    return next((one.hold for one in steps(rows, grant) if one.start <= at < one.end), 0)


def _row(way: Way, loan: Row, lender: Row, in_hand: int, names: Mapping[str, str]) -> LoanRow:
    return LoanRow(
        way=way,
        loan=loan.grant,
        pool=loan.pool,
        lender_grant=lender.grant,
        lender=lender.unit,
        lender_name=names.get(lender.unit, lender.unit),
        unit=loan.unit,
        name=names.get(loan.unit, loan.unit),
        first=loan.quantity,
        in_hand=in_hand,
        starts_at=loan.start,
        ends_at=loan.end,
    )

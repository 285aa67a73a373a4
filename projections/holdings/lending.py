"""Reads loans: what is lent and borrowed at an instant, and what a grant owns and has in hand."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from projections.holdings.changes import Row
from projections.holdings.forks import look_at
from projections.holdings.standing import LENT, LOANED
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "lending.sql")


class Loaned(Struct, frozen=True):
    """What a grant has lent at an instant, or as a loan of `lender` has in hand."""

    pool: str
    unit: str
    grant: str
    lender: str | None
    lent: int
    borrowed_in: int


class Step(Struct, frozen=True):
    """What a grant owns over `[start, end)`, and has in hand: less what it has lent."""

    start: Instant
    end: Instant
    own: int
    hold: int


class Loan(Struct, frozen=True):
    """A loan that a grant made, over `[start, end)`: `first` at first."""

    grant: str
    unit: str
    start: Instant
    end: Instant
    first: int
    position: int


def loans(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Loaned]:
    """What grants have lent, and what loans have in hand, by pool, unit and grant."""
    given = look_at(pool, units, valid_at, known_at)
    return fetch(connection, SQL["loans"], given, Loaned)


def steps(rows: Sequence[Row], grant: str) -> list[Step]:
    """What a grant has over its life, from the rows of its family; without steps of nothing."""
    owned: defaultdict[Instant, int] = defaultdict(int)
    held: defaultdict[Instant, int] = defaultdict(int)
    for row in rows:
        if row.grant == grant and row.start < row.stop:
            for changes in (owned, held) if row.kind < LENT else (held,):
                changes[row.start] += row.quantity
                changes[row.stop] -= row.quantity
    found: list[Step] = []
    own = hold = 0
    for start, end in pairwise(sorted(held)):
        own, hold = own + owned.get(start, 0), hold + held[start]
        last = found[-1] if found else None
        if last is not None and (last.end, last.own, last.hold) == (start, own, hold):
            found[-1] = Step(last.start, end, own, hold)
        elif own or hold:
            found.append(Step(start, end, own, hold))
    return found


def loans_made(rows: Sequence[Row], grant: str) -> list[Loan]:
    """The loans made out of a grant, by start, from the rows of its family."""
    found = [
        Loan(row.grant, row.unit, row.start, row.end, row.quantity, row.made)
        for row in rows
        if row.kind == LOANED and row.other == grant
    ]
    return sorted(found, key=lambda loan: (loan.start, loan.grant))

"""Reads what units own guaranteed and have in hand: at an instant, and how it changes after it.

What a grant owns is what it has in hand, and what of it is lent.
"""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from ledger.periods import Instant
from ledger.vocabulary import GrantClass
from projections.holdings.changes import family, touched
from projections.holdings.forks import look_at
from projections.holdings.read import held_sums
from projections.holdings.standing import LENT
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "titles.sql")


class Lent(Struct, frozen=True):
    """What grants of a unit and class have lent to a unit."""

    pool: str
    unit: str
    grant_class: GrantClass
    to_unit: str
    quantity: int


class Part(Struct, frozen=True):
    """From an instant on a unit owns so much more guaranteed, or has so much more in hand."""

    pool: str
    unit: str
    what: Literal["title", "guaranteed", "borrowed"]
    at: Instant
    quantity: int


def lent(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Lent]:
    """What each unit has lent to whom at an instant, by pool, unit, class and borrower."""
    given = look_at(pool, units, valid_at, known_at)
    return fetch(connection, SQL["lent"], given, Lent)


def owned(
    connection: Connection,
    loans: Sequence[Lent],
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Part]:
    """What units, of all or of some, own guaranteed and have in hand at an instant.

    Given what they have lent then.
    """
    found: list[Part] = []
    for one in held_sums(connection, pool=pool, units=units, valid_at=valid_at, known_at=known_at):
        found.append(Part(one.pool, one.unit, one.grant_class, valid_at, one.quantity))
        if one.grant_class == "guaranteed":
            found.append(Part(one.pool, one.unit, "title", valid_at, one.quantity))
    return found + [
        Part(one.pool, one.unit, "title", valid_at, one.quantity)
        for one in loans
        if one.grant_class == "guaranteed"
    ]


def turns(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    start: Instant,
    end: Instant,
    known_at: int,
) -> list[Part]:
    """How that changes behind `start` and before `end`, in no order."""
    found: list[Part] = []
    wanted = None if units is None else set(units)
    pools = None if pool is None else [pool]
    names = touched(connection, pools=pools, units=units, start=start, end=end, known_at=known_at)
    for row in family(connection, names, known_at):
        is_other = wanted is not None and row.unit not in wanted
        if is_other or row.start == row.stop or pool not in (None, row.pool):
            continue
        for at, quantity in ((row.start, row.quantity), (row.stop, -row.quantity)):
            if start < at < end:
                found.append(Part(row.pool, row.unit, row.grant_class, at, quantity))
                if row.grant_class == "guaranteed" and row.kind < LENT:
                    found.append(Part(row.pool, row.unit, "title", at, quantity))
    return found

"""Reads the shares of units as recorded by a position; which counts when says `ledger.budgets`."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from ledger.budgets import Budget, ShareRecord
from ledger.periods import Instant
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.budgets")
Place = tuple[str, str]
"""A pool and a unit."""


class _Share(Struct, frozen=True):
    pool: str
    unit: str
    floor: int | None
    amount: int | None
    cap: int | None
    parent: str
    start: Instant
    until: Instant
    position: int


class _Place(Struct, frozen=True):
    pool: str
    unit: str


def budgets(
    connection: Connection, *, known_at: int, pool: str | None = None, unit: str | None = None
) -> Mapping[Place, Budget]:
    """The shares of each unit in each pool that was ever split for it, in the order of the log."""
    given = {"known_at": known_at, "pool": pool, "unit": unit}
    found: defaultdict[Place, list[ShareRecord]] = defaultdict(list)
    for one in fetch(connection, SQL["shares"], given, _Share):
        share = ShareRecord(
            one.position, one.start, one.until, one.parent, one.floor, one.amount, one.cap
        )
        found[one.pool, one.unit].append(share)
    return {place: tuple(shares) for place, shares in found.items()}


def turning(
    connection: Connection, *, pool: str | None, start: Instant, end: Instant, known_at: int
) -> Mapping[Place, Budget]:
    """The shares of each unit in each pool of which one begins or ends in `[start, end)`."""
    given = {"pool": pool, "start": start, "end": end, "known_at": known_at}
    found: dict[Place, Budget] = {}
    for one in fetch(connection, SQL["turning"], given, _Place):
        found |= budgets(connection, known_at=known_at, pool=one.pool, unit=one.unit)
    return found

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

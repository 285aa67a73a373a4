"""What the numbers of accounts stand for, kept in memory by whoever sums up everybody.

A number follows from pool, unit and class alone, so that what was read once holds for ever, and in
any database. Two thousand sums are told by number in a third of the time that their names take.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from ledger.vocabulary import GrantClass
from projections.statements import Connection, fetch, rows, statements

SQL: Final = statements("projections.holdings", "sums.sql")


class Sum(Struct, frozen=True, gc=False):
    """What one unit has in hand of a pool in grants of one class."""

    pool: str
    unit: str
    grant_class: GrantClass
    quantity: int


class _Account(Struct, frozen=True, gc=False):
    account: int
    pool: str
    unit: str
    grant_class: GrantClass


class _Known(Struct, frozen=True):
    """Accounts by number, and the place of each in the order of pools, units and classes."""

    accounts: dict[int, _Account]
    places: dict[int, int]


class Accounts:
    """The accounts that were read; whoever meets another one reads it, and those of that moment."""

    def __init__(self) -> None:
        self._known = _Known({}, {})

    def told(
        self, connection: Connection, sums: Iterable[tuple[int, int]], *, pool: str | None
    ) -> list[Sum]:
        """Sums by number as those of pools, units and classes, in this order; of a pool or all."""
        found = list(sums)
        known = self._knowing(connection, found)
        places, accounts = known.places, known.accounts
        found.sort(key=lambda one: places[one[0]])
        named = ((accounts[number], quantity) for number, quantity in found)
        return [
            Sum(of.pool, of.unit, of.grant_class, quantity)
            for of, quantity in named
            if pool is None or of.pool == pool
        ]

    def of_pools(self, connection: Connection, sums: Iterable[tuple[int, int]]) -> dict[str, int]:
        """Sums by number added up for each pool, in their order, but for those of nothing."""
        found = list(sums)
        accounts = self._knowing(connection, found).accounts
        of: Counter[str] = Counter()
        for number, quantity in found:
            of[accounts[number].pool] += quantity
        return {pool: of[pool] for pool in sorted(of) if of[pool]}

    def _knowing(self, connection: Connection, sums: Sequence[tuple[int, int]]) -> _Known:
        """Accounts, with all of which there are sums among them."""
        known = self._known
        if any(number not in known.places for number, _ in sums):
            known = self._known = _read(connection, known.accounts)
        return known


def holders_of(
    connection: Connection, *, pool: str | None, units: Sequence[str] | None
) -> list[tuple[str, str]]:
    """Pools and units, in order: of some or all, each pair that ever had anything to do."""
    given = {"pool": pool, "units": None if units is None else list(units)}
    return sorted(rows(connection, SQL["holders"], given, prepare=False))


def _read(connection: Connection, before: dict[int, _Account]) -> _Known:
    accounts = before | {
        one.account: one for one in fetch(connection, SQL["accounts"], {}, _Account)
    }
    order = sorted(accounts.values(), key=lambda one: (one.pool, one.unit, one.grant_class))
    return _Known(accounts, {one.account: place for place, one in enumerate(order)})


ACCOUNTS: Final = Accounts()
"""Those that this process has met."""

"""Reads what everybody has at an instant: the balance that was kept, and what was told since."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from projections.holdings.forks import around
from projections.holdings.numbering import of_units
from projections.statements import Connection, fetch, rows, statements

SQL: Final = statements("projections.holdings", "sums.sql")


class Balance(Struct, frozen=True):
    """The position of the balance to begin with, and that from which on all is told late."""

    kept: int
    told_by: int


def balance_before(
    connection: Connection, *, since: Instant, until: Instant, known_at: int
) -> Balance:
    """Where to begin with what happens in `(since, until]`, as recorded by a position."""
    given: dict[str, object] = {"since": since, "until": until, "known_at": known_at}
    (found,) = fetch(connection, SQL["balance_before"], given, Balance)
    return found


def sums_of_all(
    connection: Connection, *, valid_at: Instant, known_at: int
) -> list[tuple[int, int]]:  # fmt: skip
    """Accounts by number, and what they have in hand at an instant, as recorded by a position."""
    return rows(connection, SQL["sums_since"], _given(connection, valid_at, known_at))


def sums_of_units(
    connection: Connection, units: Sequence[str], *, valid_at: Instant, known_at: int
) -> list[tuple[int, int]]:
    """The same of some units' accounts."""
    given = _given(connection, valid_at, known_at)
    return rows(connection, SQL["sums_since_of_units"], given | of_units(units))


def _given(connection: Connection, valid_at: Instant, known_at: int) -> dict[str, object]:
    balance = balance_before(connection, since=valid_at, until=valid_at, known_at=known_at)
    return around(valid_at) | {
        "known_at": known_at, "kept": balance.kept, "told_by": balance.told_by,
    }  # fmt: skip

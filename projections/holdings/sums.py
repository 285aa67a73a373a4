"""Reads what everybody has at an instant from the sums that are kept, and what came since."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from projections.holdings.forks import sides_of_hours
from projections.holdings.numbering import of_units
from projections.statements import Connection, fetch, numbers, rows, statements

SQL: Final = statements("projections.holdings", "sums.sql")
REACH: Final = timedelta(days=6)
"""What is believed about a time further ahead than this is looked up, not summed up."""


class _Kept(Struct, frozen=True):
    position: int
    at: Instant


def sums_since(
    connection: Connection, *, valid_at: Instant, known_at: int
) -> list[tuple[int, int]] | None:
    """Accounts and what they have; None where that has to be looked up period by period."""
    given = _kept(connection, valid_at=valid_at, known_at=known_at)
    if given is None:
        return None
    return rows(connection, SQL["sums_since"], given)


def sums_since_of_units(
    connection: Connection, units: Sequence[str], *, valid_at: Instant, known_at: int
) -> list[tuple[int, int]] | None:
    """The same of some units' accounts."""
    given = _kept(connection, valid_at=valid_at, known_at=known_at)
    if given is None:
        return None
    return rows(connection, SQL["sums_since_of_units"], given | of_units(units))


def _kept(connection: Connection, *, valid_at: Instant, known_at: int) -> dict[str, object] | None:
    """What to ask with, beginning with sums that were kept, if there are any near enough."""
    given: dict[str, object] = {"valid_at": valid_at, "known_at": known_at}
    for kept in fetch(connection, SQL["kept_before"], given | {"reach": REACH}, _Kept):
        hour, before, after = sides_of_hours(kept.at)
        return given | {
            "kept": kept.position,
            "kept_at": kept.at,
            "hour": hour,
            "forks_before": numbers(before),
            "forks_after": numbers(after),
        }
    return None

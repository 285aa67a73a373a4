"""Reads pledges as recorded by a position; what counts when says `ledger.pledges`."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from ledger.periods import Instant
from ledger.pledges import Promise
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.pledges")


class Pledge(Struct, frozen=True, kw_only=True):
    """A pledge that the event at `made` gave, and what was said of it, in the order of the log."""

    pledge: str
    to_unit: str
    made: int
    by: str
    recorded_at: Instant
    said: tuple[Promise, ...]

    @property
    def start(self) -> Instant:
        """When it begins."""
        return min(one.start for one in self.said if not one.is_withdrawal)

    @property
    def until(self) -> Instant:
        """When it ends: as was said last."""
        return self.said[-1].until


class _Row(Struct, frozen=True):
    pledge: str
    to_unit: str
    position: int
    made: int
    by: str
    recorded_at: Instant
    valid_from: Instant
    valid_to: Instant
    pools: list[str]
    of_unit: str | None
    share_bp: int | None
    quantity: int | None


def pledges(
    connection: Connection,
    *,
    known_at: int,
    pledge: str | None = None,
    units: Sequence[str] | None = None,
) -> list[Pledge]:
    """Pledges in the order given: all, one, or those to some units; none corrected away."""
    given = {
        "known_at": known_at, "pledge": pledge, "units": None if units is None else list(units),
    }  # fmt: skip
    found: dict[str, list[_Row]] = {}
    for row in fetch(connection, SQL["promises"], given, _Row):
        found.setdefault(row.pledge, []).append(row)
    return [_pledge(rows) for rows in found.values()]


def _pledge(rows: Sequence[_Row]) -> Pledge:
    first = rows[0]
    return Pledge(
        pledge=first.pledge,
        to_unit=first.to_unit,
        made=first.made,
        by=first.by,
        recorded_at=first.recorded_at,
        said=tuple(
            Promise(
                one.position, one.valid_from, one.valid_to, tuple(one.pools), one.of_unit,
                one.share_bp, one.quantity,
            )
            for one in rows
        ),
    )  # fmt: skip

"""Reads what came back to a pool last before an instant: who gave back, whose grant ended."""

from datetime import timedelta
from itertools import accumulate
from typing import Final

from msgspec import Struct

from ledger.periods import Instant, shifted
from projections.holdings.changes import Change, Family, family
from projections.holdings.told import settled
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.holdings", "freed.sql")
LOOKED_BACK: Final = timedelta(days=30)
"""What came back longer ago says little about why there was room."""
MOST: Final = 5
"""So many are told of."""
_INSTANT: Final = timedelta(microseconds=1)


class _Gone(Struct, frozen=True):
    grant: str


def freed(
    connection: Connection, *, pool: str, quantity: int, by: Instant, besides: str, known_at: int
) -> list[Change]:
    """What came back to a pool last by an instant, newest first, until it makes up a quantity.

    As recorded by a position, which is that of the grant told of: what was not known when it was
    made gave no room to it. The grant `besides` is not counted. What goes back to a lender did
    not come back to the pool.
    """
    start = shifted(by, -LOOKED_BACK)
    given = {"pool": pool, "start": start, "end": by, "known_at": known_at, "most": 4 * MOST}
    gone = [one.grant for one in fetch(connection, SQL["gone"], given, _Gone)]
    if not gone:
        return []
    found = [
        change
        for change in Family(family(connection, gone, known_at)).changes(
            start, shifted(by, _INSTANT)
        )
        if change.kind in ("released", "ends") and change.other is None and change.grant != besides
    ]
    newest = found[::-1][:MOST]
    before = accumulate((-one.quantity for one in newest), initial=0)
    enough = [one for one, had in zip(newest, before, strict=False) if had < quantity]
    return settled(connection, enough, known_at)

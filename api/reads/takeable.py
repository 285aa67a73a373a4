"""What may be taken from who holds it, and from when on: notice, and the floors that keep it."""

from datetime import timedelta

from api.reads.look import Clocks, Look
from api.reads.measured import measured, tree, units_within
from api.reads.shapes_of_grants import Takeable
from ledger.budgets import share_at
from ledger.periods import MICROSECOND, Instant, shifted
from projections.budgets.read import Place, budgets
from projections.organisation import read as organisation


def takeable(
    look: Look, clocks: Clocks, place: Place, in_hand: int, *, borrowed: int, start: Instant
) -> Takeable:
    """What may be taken of what is in hand of a pool in a unit, which begins at an instant.

    Floors keep what is guaranteed; what is borrowed, loans among it, is the first to go.
    """
    days = notice_days(look, clocks, place[0])
    above_floors = _above_floors(look, clocks, place) if in_hand > borrowed else None
    kept = 0 if above_floors is None else max(0, in_hand - borrowed - above_floors)
    return Takeable(
        quantity=in_hand - kept,
        under_floor=kept,
        notice_days=days,
        earliest=max(shifted(clocks.valid_at, timedelta(days=days)), start),
    )


def notice_days(look: Look, clocks: Clocks, pool: str) -> int:
    """How many days beforehand who loses something of a pool is to know; none where not set."""
    found = organisation.rules(look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at)
    said = {one.pool: one.notice_days for one in found if one.notice_days is not None}
    return said.get(pool, said.get(None, 0))


def _above_floors(look: Look, clocks: Clocks, place: Place) -> int | None:
    """How much a unit and all above it keep beyond their floors, the least of it.

    None where none of them has a floor.
    """
    pool, unit = place
    at, known_at = clocks.valid_at, clocks.known_at
    above = organisation.path(look.connection, unit, valid_at=at, known_at=known_at)
    shares = budgets(look.connection, known_at=known_at, pool=pool)
    floors = {
        (pool, one.unit): share.floor
        for one in above
        if (share := share_at(shares.get((pool, one.unit), ()), at)) is not None and share.floor
    }
    if not floors:
        return None
    over = tree(look, clocks, "then", shifted(at, MICROSECOND))
    highest = next(one.unit for one in above if (pool, one.unit) in floors)
    within = units_within(look, "then", highest, known_at, over)
    found = measured(look, clocks, [*floors], over, pool=pool, units=within, is_window=False)
    return max(0, min(found[of].title[at] - found[of].lent - floor for of, floor in floors.items()))

"""What may be taken from who holds it, and from when on: notice, and the floors that keep it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property

from api.reads.look import Clocks, Look
from api.reads.measured import Tree, measured, tree, units_within
from api.reads.shapes_of_grants import Takeable
from ledger.budgets import share_at
from ledger.periods import MICROSECOND, Instant, shifted
from projections.budgets.read import Place, budgets
from projections.organisation import read as organisation


class Takings:
    """What may be taken at an instant, as recorded by a position, of whom so ever it is asked."""

    def __init__(self, look: Look, clocks: Clocks) -> None:
        self._look = look
        self._clocks = clocks
        self._above: dict[str, Sequence[organisation.Unit]] = {}
        self._within: dict[str, list[str] | None] = {}

    def of(self, place: Place, in_hand: int, *, borrowed: int, start: Instant) -> Takeable:
        """What may be taken of what is in hand of a pool in a unit, which begins at an instant.

        Floors keep what is guaranteed; what is borrowed, loans among it, is the first to go.
        """
        days = self._notice.get(place[0], self._notice.get(None, 0))
        above_floors = self._above_floors(place) if in_hand > borrowed else None
        kept = 0 if above_floors is None else max(0, in_hand - borrowed - above_floors)
        return Takeable(
            quantity=in_hand - kept,
            under_floor=kept,
            notice_days=days,
            earliest=max(shifted(self._clocks.valid_at, timedelta(days=days)), start),
        )

    @cached_property
    def _notice(self) -> Mapping[str | None, int]:
        """How many days beforehand who loses something is to know, of a pool or of all."""
        at, known_at = self._clocks.valid_at, self._clocks.known_at
        found = organisation.rules(self._look.connection, valid_at=at, known_at=known_at)
        return {one.pool: one.notice_days for one in found if one.notice_days is not None}

    @cached_property
    def _tree(self) -> Tree:
        """Who stands below whom at the instant."""
        return tree(self._look, self._clocks, "then", shifted(self._clocks.valid_at, MICROSECOND))

    def _below(self, unit: str) -> list[str] | None:
        """A unit and all below it; None for everybody."""
        if unit not in self._within:
            known_at = self._clocks.known_at
            self._within[unit] = units_within(self._look, "then", unit, known_at, self._tree)
        return self._within[unit]

    def _path(self, unit: str) -> Sequence[organisation.Unit]:
        if unit not in self._above:
            at, known_at = self._clocks.valid_at, self._clocks.known_at
            self._above[unit] = organisation.path(
                self._look.connection, unit, valid_at=at, known_at=known_at
            )
        return self._above[unit]

    def _above_floors(self, place: Place) -> int | None:
        """How much a unit and all above it keep beyond their floors, the least of it.

        None where none of them has a floor.
        """
        look, (pool, unit) = self._look, place
        at, known_at = self._clocks.valid_at, self._clocks.known_at
        above = self._path(unit)
        shares = budgets(look.connection, known_at=known_at, pool=pool)
        floors = {
            (pool, one.unit): share.floor
            for one in above
            if (share := share_at(shares.get((pool, one.unit), ()), at)) is not None and share.floor
        }
        if not floors:
            return None
        highest = next(one.unit for one in above if (pool, one.unit) in floors)
        found = measured(
            look, self._clocks, [*floors], self._tree, pool=pool, units=self._below(highest),
            is_window=False,
        )  # fmt: skip
        kept = (found[of].title[at] - found[of].lent - floor for of, floor in floors.items())
        return max(0, min(kept))
